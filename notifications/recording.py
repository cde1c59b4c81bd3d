"""Recording: what became of the messages, a window of them by few statements, and telling whoever listens."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from operator import itemgetter
from typing import Any

import structlog
from sqlalchemy import BindParameter, Integer, String, UpdateBase, and_, bindparam, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from foundation import clock, events
from foundation.database.base import UtcDateTime
from foundation.database.statements import dialect_of, hand_over, handed_over, table_of
from notifications import providers, queries, retry
from notifications.claiming import Parcel
from notifications.events import AddressDied, DeliveriesChanged, DeliveryChanged
from notifications.gateways.base import Channel, Outcome, Verdict
from notifications.health import NOT_TRIED, Trial
from notifications.mailbox.statuses import gone, refused
from notifications.models import Attempt, Delivery
from notifications.providers import Known

_ENDS = {Verdict.ACCEPTED: "accepted", Verdict.PERMANENT: "failed"}
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Sent:
    """送信の記録: what came of a parcel, in how many seconds; `jitter` (0 to 1) spreads the retries.

    `peers` are the names of all gateways of its channel.
    """

    parcel: Parcel
    outcome: Outcome
    jitter: float
    seconds: float = 0.0
    peers: Sequence[str] = ()


def record(session: Session, finished: Sequence[Sent], known: Known, *, is_told: bool = True) -> Known:
    """Record what became of parcels, note what it says of their gateways, and tell whoever listens.

    `is_told` False: record it and no more. Return what is known of the gateways then.
    """
    now = clock.now(session)
    known = providers.hear(session, known, trials(finished))
    _finish_attempts(session, finished, now)
    refusals = _refusals(session, finished)
    judged = [(sent, _judged(sent, known, now, refusals)) for sent in finished]
    ended = _end(session, [(sent, end) for sent, end in judged if isinstance(end, str)], now)
    _put_off(session, [(sent, due_at) for sent, due_at in judged if isinstance(due_at, datetime)])
    _bury(session, finished)
    if is_told:
        tell(session, [change for sent in finished if (change := _change(sent, ended))])
    return known


def record_alone(session: Session, sent: Sent, *, is_told: bool) -> None:
    """Record one result, as `record` does."""
    record(session, [sent], providers.look(session), is_told=is_told)


def give_back(session: Session, parcels: Sequence[Parcel]) -> None:
    """Let messages wait again that were never sent, since their gateway is not to be tried now: no try is counted."""
    if not parcels:
        return
    rows = [
        {"id": parcel.attempt, "state": "temporary", "provider_id": None, "code": NOT_TRIED} for parcel in parcels
    ]
    session.execute(_finish(dialect_of(session)), {**hand_over(rows), "now": clock.now(session)})
    back = [{"the_id": parcel.delivery.id, "the_attempt": parcel.delivery.attempt} for parcel in parcels]
    session.execute(_back(), sorted(back, key=itemgetter("the_id")))


def trials(finished: Sequence[Sent]) -> Mapping[str, Sequence[Trial]]:
    """Return by gateway what it did with the messages."""
    made: dict[str, list[Trial]] = defaultdict(list)
    for sent in finished:
        made[sent.parcel.gateway.name].append(Trial(sent.outcome, sent.seconds))
    return made


def tell(session: Session, changes: Sequence[DeliveryChanged]) -> None:
    """Tell the listener; one that fails must not undo the record of what was sent, or it would be sent again."""
    if not changes:
        return
    try:
        with session.begin_nested():
            events.emit(session, DeliveriesChanged(tuple(changes)))
    except SQLAlchemyError:
        raise
    except Exception:
        log.exception("a change was not heard", deliveries=[change.delivery for change in changes])


def _bury(session: Session, finished: Sequence[Sent]) -> None:
    """Tell of addresses that a relay refused as gone; a listener that fails must not undo the record."""
    for sent in finished:
        message, reason = sent.parcel.message, gone(sent.outcome.code)
        if sent.outcome.verdict is not Verdict.PERMANENT or reason is None or isinstance(message, Outcome):
            continue
        died = AddressDied(sent.parcel.delivery.member, sent.parcel.gateway.channel, message.to, reason)
        try:
            with session.begin_nested():
                events.emit(session, died)
        except SQLAlchemyError:
            raise
        except Exception:
            log.exception("a dead address was not heard of", delivery=sent.parcel.delivery.id)


def _finish_attempts(session: Session, finished: Sequence[Sent], now: datetime) -> None:
    rows = [
        {
            "id": sent.parcel.attempt,
            "state": sent.outcome.verdict.value,
            "provider_id": sent.outcome.provider_id,
            "code": sent.outcome.code,
        }
        for sent in finished
    ]
    session.execute(_finish(dialect_of(session)), {**hand_over(rows), "now": now})


def _refusals(session: Session, finished: Sequence[Sent]) -> Mapping[str, int]:
    """Count, of mails that a relay refused just now and another may take, how many relays have refused each."""
    asked = [sent.parcel.delivery.id for sent in finished if len(sent.peers) > 1 and _is_refused(sent)]
    if not asked:
        return {}
    table = _ATTEMPTS.c
    counted = select(table.delivery_id, func.count().label("relays")).where(
        table.delivery_id.in_(asked), table.state == Verdict.PERMANENT.value
    )
    return {row.delivery_id: row.relays for row in session.execute(counted.group_by(table.delivery_id))}


def _is_refused(sent: Sent) -> bool:
    """Tell whether a relay refused this mail for a reason that is not its address; a test goes by no other."""
    is_mail = sent.parcel.gateway.channel is Channel.EMAIL and sent.parcel.delivery.only_by is None
    return is_mail and sent.outcome.verdict is Verdict.PERMANENT and refused(sent.outcome.code)


def _judged(sent: Sent, known: Known, now: datetime, refusals: Mapping[str, int]) -> str | datetime:
    """Return the state in which the delivery ends, or the instant of its next try."""
    if 0 < refusals.get(sent.parcel.delivery.id, 0) < len(sent.peers):
        return now
    if end := _ENDS.get(sent.outcome.verdict):
        return end
    row, own = sent.parcel.delivery, sent.parcel.gateway.name
    open_ = [name for name in sent.peers if name != own and providers.condition_of(known.get(name)).is_open_to(now)]
    wait = retry.pause(
        row.tries + 1,
        gateways=1 + len(open_),
        age=now - row.raised_at,
        jitter=sent.jitter,
        # It is the provider that is left alone so long; another one may take the message
        asked_to_wait=None if open_ else sent.outcome.retry_after,
    )
    return now + wait if now + wait < row.deadline_at else "expired"


def _end(session: Session, ends: Sequence[tuple[Sent, str]], now: datetime) -> Mapping[tuple[str, int], str]:
    """End deliveries, by id and attempt; return those that nobody has claimed or taken back since (fencing)."""
    if not ends:
        return {}
    rows = [
        {"id": sent.parcel.delivery.id, "attempt": sent.parcel.delivery.attempt, "state": end} for sent, end in ends
    ]
    done = session.execute(_finish_deliveries(dialect_of(session)), {**hand_over(rows), "now": now})
    return {(row.id, row.attempt): row.state for row in done}


def _put_off(session: Session, later: Sequence[tuple[Sent, datetime]]) -> None:
    """Let deliveries wait for their next try, but for those that were claimed or taken back since."""
    rows = [
        {
            "the_id": sent.parcel.delivery.id,
            "the_attempt": sent.parcel.delivery.attempt,
            "the_gateway": sent.parcel.gateway.name,
            "next_at": due_at,
        }
        for sent, due_at in later
    ]
    if rows:
        session.execute(_wait(), sorted(rows, key=itemgetter("the_id")))


def _change(sent: Sent, ended: Mapping[tuple[str, int], str]) -> DeliveryChanged | None:
    content, row = sent.parcel.content, sent.parcel.delivery
    state = ended.get((row.id, row.attempt))
    return (
        DeliveryChanged(content.kind, content.topic, row.member, row.id, queries.status_of(state)) if state else None
    )


_DELIVERIES = table_of(Delivery)
_ATTEMPTS = table_of(Attempt)
_NOW: BindParameter[Any] = bindparam("now", type_=UtcDateTime)


@cache
def _finish(dialect: str) -> UpdateBase:
    given = handed_over(dialect, id=String(), state=String(), provider_id=String(), code=String())
    said = {name: given.c[name] for name in ("state", "provider_id", "code")}
    return update(_ATTEMPTS).where(_ATTEMPTS.c.id == given.c.id).values(**said, finished_at=_NOW)


@cache
def _finish_deliveries(dialect: str) -> UpdateBase:
    """What was taken back meanwhile and got out all the same is shown as sent."""
    given = handed_over(dialect, id=String(), attempt=Integer(), state=String())
    table = _DELIVERIES.c
    got_out = and_(table.state == "superseded", given.c.state == "accepted")
    # Locked in the order of their ids, so that two couriers never wait for each other
    own = (
        select(table.id, given.c.state)
        .join_from(given, _DELIVERIES, table.id == given.c.id)
        .where(table.attempt == given.c.attempt, or_(table.state == "leased", got_out))
        .order_by(table.id)
        .with_for_update(of=_DELIVERIES)
        .subquery()
    )
    return (
        update(_DELIVERIES)
        .where(table.id == own.c.id)
        .values(
            state=own.c.state, tries=table.tries + 1, due_at=_NOW, finished_at=_NOW, leased_until=None, leased_by=None
        )
        .returning(table.id, table.attempt, table.state)
    )


@cache
def _wait() -> UpdateBase:
    table = _DELIVERIES.c
    return (
        update(_DELIVERIES)
        .where(table.id == bindparam("the_id"), table.attempt == bindparam("the_attempt"), table.state == "leased")
        .values(
            state="due",
            tries=table.tries + 1,
            last_gateway=bindparam("the_gateway"),
            due_at=bindparam("next_at"),
            leased_until=None,
            leased_by=None,
        )
    )


@cache
def _back() -> UpdateBase:
    table = _DELIVERIES.c
    return (
        update(_DELIVERIES)
        .where(table.id == bindparam("the_id"), table.attempt == bindparam("the_attempt"), table.state == "leased")
        .values(state="due", leased_until=None, leased_by=None)
    )
