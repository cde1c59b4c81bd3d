"""The courier's transactions: claiming what is due and recording what became of it, many rows by few statements.

No row is loaded as an object here: at hundreds of messages a second the mapping would cost more than the sending.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import (
    Integer,
    Row,
    Table,
    UpdateBase,
    and_,
    bindparam,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from foundation import clock, events
from foundation.ids import new_id
from foundation.sealing import SealError, unseal
from notifications import codes, queries, retry
from notifications.events import DeliveriesChanged, DeliveryChanged
from notifications.gateways.base import LONGEST_SEND, Channel, Gateway, Message, Outcome, Verdict
from notifications.models import Alert, Attempt, Delivery
from notifications.rendering import Content, Voice, contents

LEASE = timedelta(seconds=LONGEST_SEND + 15)
"""Longer than any gateway takes, so that a lease that ran out means a dead worker."""
_ENDS = {Verdict.ACCEPTED: "accepted", Verdict.PERMANENT: "failed"}
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Lane:
    """送信レーン: one gateway and its place among those of its channel; try n goes to the n-th in turn."""

    gateway: Gateway
    index: int
    of: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """送信物: one claimed delivery, ready to send; `message` is what came of it where it could not be made."""

    attempt: str
    lane: Lane
    delivery: Row[Any]
    content: Content
    message: Message | Outcome


@dataclass(frozen=True, slots=True)
class Sent:
    """送信の記録: what came of a parcel; `jitter` (0 to 1) spreads the retries."""

    parcel: Parcel
    outcome: Outcome
    jitter: float


def turn(
    session: Session, finished: Sequence[Sent], wants: Sequence[tuple[Lane, int]], worker: str, voice: Voice
) -> list[Parcel]:
    """Record what has finished, then claim for each lane as many as it has room for."""
    if finished:
        record(session, finished)
    claimed = [(lane, row) for lane, room in wants for row in _claim(session, lane, room, worker)]
    return _pack(session, claimed, voice) if claimed else []


def record(session: Session, finished: Sequence[Sent], *, is_told: bool = True) -> None:
    """Record what became of parcels and tell whoever listens; `is_told` False: record it and no more."""
    now = clock.now(session)
    session.execute(
        _FINISH_ATTEMPT,
        [
            {
                "the_id": sent.parcel.attempt,
                "new_state": sent.outcome.verdict.value,
                "new_provider_id": sent.outcome.provider_id,
                "new_code": sent.outcome.code,
                "new_finished_at": now,
            }
            for sent in finished
        ],
    )
    states = _own_states(session, finished)
    changes = [change for sent in finished if (change := _change(session, sent, states))]
    if changes:
        session.execute(_FINISH_DELIVERY, changes)
    ended = {change["the_id"]: change["new_state"] for change in changes if change["new_finished_at"]}
    told = [
        DeliveryChanged(
            sent.parcel.content.kind,
            sent.parcel.content.topic,
            sent.parcel.delivery.member,
            sent.parcel.delivery.id,
            queries.status_of(ended[sent.parcel.delivery.id]),
        )
        for sent in finished
        if is_told and sent.parcel.delivery.id in ended
    ]
    _tell(session, told)


def waiting(session: Session) -> int:
    """Return how many deliveries are not handed over yet."""
    return session.scalar(select(func.count()).where(Delivery.state.in_(("due", "leased")))) or 0


def expire_overdue(session: Session) -> None:
    """End what nobody could take over until its deadline."""
    table = _DELIVERIES.c
    now = clock.now(session)
    overdue = session.execute(
        update(_DELIVERIES)
        .where(
            table.state.in_(("due", "leased")),
            table.deadline_at <= now,
            or_(table.leased_until.is_(None), table.leased_until < now),
        )
        .values(state="expired", leased_until=None, leased_by=None, finished_at=now)
        .returning(table.id, table.alert_id, table.member)
    ).all()
    if not overdue:
        return
    alerts = {row.alert_id for row in overdue}
    topics = {
        row.id: (row.kind, row.topic)
        for row in session.execute(select(Alert.id, Alert.kind, Alert.topic).where(Alert.id.in_(alerts)))
    }
    told = [
        DeliveryChanged(*topics[row.alert_id], row.member, row.id, queries.status_of("expired")) for row in overdue
    ]
    _tell(session, told)


def _claim(session: Session, lane: Lane, room: int, worker: str) -> Sequence[Row[Any]]:
    """Lease the most urgent due rows whose next try is the lane's turn (foundation.leases, by bare rows)."""
    now = clock.now(session)
    wanted = {
        "the_channel": lane.gateway.channel.value,
        "the_index": lane.index,
        "of": lane.of,
        "now": now,
        "room": room,
        "until": now + LEASE,
        "worker": worker,
    }
    return session.execute(_CLAIM, wanted).all()


def _pack(session: Session, claimed: Sequence[tuple[Lane, Row[Any]]], voice: Voice) -> list[Parcel]:
    _give_up_on_dead(session, [row.id for _, row in claimed if row.attempt > 1])
    found = contents(session, list({row.alert_id for _, row in claimed}))
    parcels = [_parcel(session, lane, row, found[row.alert_id], voice) for lane, row in claimed]
    now = clock.now(session)
    session.execute(
        _POST_ATTEMPT,
        [
            {
                "id": parcel.attempt,
                "delivery_id": parcel.delivery.id,
                "number": parcel.delivery.attempt,
                "gateway": parcel.lane.gateway.name,
                "state": "posting",
                "posted_at": now,
            }
            for parcel in parcels
        ],
    )
    return parcels


def _give_up_on_dead(session: Session, deliveries: Sequence[str]) -> None:
    """Earlier tries of claimed rows that are still open belong to a dead worker: nobody knows whether they went."""
    if deliveries:
        session.execute(
            update(_ATTEMPTS)
            .where(_ATTEMPTS.c.delivery_id.in_(deliveries), _ATTEMPTS.c.state == "posting")
            .values(state="unknown", code="worker-lost", finished_at=clock.now(session))
        )


def _parcel(session: Session, lane: Lane, row: Row[Any], content: Content, voice: Voice) -> Parcel:
    attempt = new_id()
    message: Message | Outcome
    try:
        message = _message(session, attempt, row, content, voice)
    except SQLAlchemyError:
        raise
    except Exception as error:
        # One that can't be opened or put into words holds up no other; a person is shown that it failed, and why
        log.exception("a message could not be made", delivery=row.id, kind=content.kind)
        message = Outcome(Verdict.PERMANENT, code="sealed" if isinstance(error, SealError) else "text")
    return Parcel(attempt, lane, row, content, message)


def _message(session: Session, attempt: str, row: Row[Any], content: Content, voice: Voice) -> Message:
    token = codes.token_of(session, row.id) if row.token_digest else None
    text = voice.render(content, channel=Channel(row.channel), name=row.name, wave=row.wave, token=token)
    return Message(
        attempt=attempt,
        to=unseal(session, row.member, queries.ADDRESS, row.id, row.address_sealed),
        text=text.body,
        subject=text.subject,
        thread=row.alert_id,
    )


def _tell(session: Session, changes: Sequence[DeliveryChanged]) -> None:
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


def _own_states(session: Session, finished: Sequence[Sent]) -> Mapping[str, str]:
    """Return the states of those rows, locked, that nobody has claimed since (fencing): others stay as they are."""
    attempts = {sent.parcel.delivery.id: sent.parcel.delivery.attempt for sent in finished}
    rows = session.execute(_OWN_STATES, {"ids": list(attempts)})
    return {row.id: row.state for row in rows if row.attempt == attempts[row.id]}


def _change(session: Session, sent: Sent, states: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the row's new values, or None where it keeps its state."""
    row = sent.parcel.delivery
    state = states.get(row.id)
    end = _ENDS.get(sent.outcome.verdict)
    if state is None or (state == "superseded" and end != "accepted"):
        return None
    now = clock.now(session)
    if end:
        return {"the_id": row.id, "new_state": end, "new_due_at": now, "new_finished_at": now}
    wait = retry.pause(
        row.attempt,
        gateways=sent.parcel.lane.of,
        age=now - row.raised_at,
        jitter=sent.jitter,
        asked_to_wait=sent.outcome.retry_after,
    )
    if now + wait >= row.deadline_at:
        return {"the_id": row.id, "new_state": "expired", "new_due_at": now, "new_finished_at": now}
    return {"the_id": row.id, "new_state": "due", "new_due_at": now + wait, "new_finished_at": None}


def _table_of(model: Any) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


_DELIVERIES = _table_of(Delivery)
_ATTEMPTS = _table_of(Attempt)
_CLAIMED = [
    _DELIVERIES.c[name]
    for name in (
        "id",
        "alert_id",
        "member",
        "channel",
        "wave",
        "name",
        "address_sealed",
        "token_digest",
        "attempt",
        "raised_at",
        "deadline_at",
    )
]


def _claim_statement() -> UpdateBase:
    table = _DELIVERIES.c
    now = bindparam("now", type_=table.due_at.type)
    is_due = or_(
        and_(table.state == literal_column("'due'"), table.due_at <= now),
        and_(table.state == literal_column("'leased'"), table.leased_until < now),
    )
    chosen = (
        select(table.id)
        .where(
            table.channel == bindparam("the_channel"),
            # Spelled out, not bound: only then is the partial index of pending rows used
            table.state.in_((literal_column("'due'"), literal_column("'leased'"))),
            is_due,
            table.deadline_at > now,
            table.attempt % bindparam("of", type_=Integer) == bindparam("the_index"),
        )
        .order_by(table.priority, table.due_at, table.id)
        .limit(bindparam("room", type_=Integer))
        .with_for_update(skip_locked=True)
    )
    return (
        update(_DELIVERIES)
        .where(table.id.in_(chosen.scalar_subquery()))
        .values(
            state="leased",
            leased_until=bindparam("until"),
            leased_by=bindparam("worker"),
            attempt=table.attempt + 1,
        )
        .returning(*_CLAIMED)
    )


# Built once: building them anew each time costs as much as running them
_CLAIM = _claim_statement()
_OWN_STATES = (
    select(_DELIVERIES.c.id, _DELIVERIES.c.state, _DELIVERIES.c.attempt)
    .where(
        _DELIVERIES.c.id.in_(bindparam("ids", expanding=True)),
        _DELIVERIES.c.state.in_(("leased", "superseded")),
    )
    .order_by(_DELIVERIES.c.id)
    .with_for_update()
)
_POST_ATTEMPT = insert(_ATTEMPTS)
_FINISH_ATTEMPT = (
    update(_ATTEMPTS)
    .where(_ATTEMPTS.c.id == bindparam("the_id"))
    .values(
        state=bindparam("new_state"),
        provider_id=bindparam("new_provider_id"),
        code=bindparam("new_code"),
        finished_at=bindparam("new_finished_at"),
    )
)
_FINISH_DELIVERY = (
    update(_DELIVERIES)
    .where(_DELIVERIES.c.id == bindparam("the_id"))
    .values(
        state=bindparam("new_state"),
        due_at=bindparam("new_due_at"),
        finished_at=bindparam("new_finished_at"),
        leased_until=None,
        leased_by=None,
    )
)
