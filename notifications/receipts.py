"""What became of a message after a gateway took it: providers report late, twice, out of order, or never.

A receipt is stored in one transaction and handled in a second. It only ever raises what is known: delivered stays
delivered, and a missing receipt means nothing. One that says that the message did not get through opens its delivery
again, for another route or another time.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from foundation import clock
from foundation.calls import CallDatabase
from foundation.database import Busy, Database
from foundation.database.statements import insert_or_skip
from foundation.ids import new_id
from foundation.problems import Unavailable
from notifications import queries, recording, retry
from notifications.events import DeliveryChanged
from notifications.gateways.base import FOUND, Channel
from notifications.gateways.calling import Fate, Report
from notifications.mailbox import statuses
from notifications.models import Alert, Attempt, Delivery, Receipt, Recipient

_RANK = {None: 0, Fate.FAILED: 1, Fate.DEAD: 2, Fate.DELIVERED: 3}
_UNDELIVERED = ("due", "leased", "accepted", "failed", "expired", "superseded")
_LOOK_AGAIN = timedelta(seconds=5)
_NOT_RECORDED = timedelta(minutes=10)
"""For how long a receipt may come before its message is recorded under the provider's id."""
_AFTER_DEFECT = timedelta(minutes=5)
_AT_ONCE = 100
log = structlog.get_logger()


class Result(StrEnum):
    """到達通知の処理: what came of a receipt."""

    RAISED = "raised"
    REOPENED = "reopened"
    NO_NEWS = "no_news"
    LATE = "late"
    FOREIGN = "foreign"


async def receive(database: Database | CallDatabase, gateway: str, reports: Sequence[Report], *, routes: int) -> None:
    """Store what a provider reports, then handle it; if that fails, the worker does it later.

    `routes`: how many gateways the channel has.
    """
    for receipt in await database.write(store, gateway, reports):
        await settle(database, receipt, routes=routes)


async def settle(database: Database | CallDatabase, receipt: str, *, routes: int) -> None:
    """Handle a stored receipt; one that breaks the handling is tried again later, one that had to wait soon."""
    try:
        await database.write(handle, receipt, routes=routes)
    except (Busy, Unavailable) as problem:
        log.warning("receipt waits", receipt=receipt, reason=problem.code())
    except Exception:
        log.exception("receipt not handled", receipt=receipt)
        await database.write(put_off, receipt)


def store(session: Session, gateway: str, reports: Sequence[Report]) -> list[str]:
    """Keep receipts as they came; return those that hold news. Repeats, and those that name nothing, are left out."""
    rows = [_row(gateway, report, clock.now(session)) for report in reports if report.attempt or report.provider_id]
    if not rows:
        return []
    new = set(insert_or_skip(session, Receipt, *rows))
    return [row["id"] for row in rows if row["id"] in new and row["result"] is None]


def handle(session: Session, receipt_id: str, *, routes: int) -> None:
    """Understand one stored receipt."""
    receipt = session.get(Receipt, receipt_id, with_for_update=True)
    if receipt is None or receipt.result is not None or receipt.fate is None:
        return
    now = clock.now(session)
    attempt = _attempt_of(session, receipt)
    if attempt is not None:
        result = report(session, attempt, Fate(receipt.fate), receipt.code, routes=routes)
    else:
        is_lost = receipt.subject.startswith("a:") or now >= receipt.received_at + _NOT_RECORDED
        result = Result.FOREIGN if is_lost else None
    if result is None:
        receipt.due_at = now + _LOOK_AGAIN
    else:
        receipt.result, receipt.handled_at = result.value, now
    session.flush()


def report(session: Session, attempt_id: str, fate: Fate, code: str | None, *, routes: int) -> Result | None:
    """Note what became of an attempt, by a receipt or a bounce; None: its sending is not recorded yet, ask again."""
    # The attempt first, as the courier does where it records, so that the two never wait for each other
    attempt = session.get_one(Attempt, attempt_id, with_for_update=True, populate_existing=True)
    delivery = session.get_one(Delivery, attempt.delivery_id, with_for_update=True, populate_existing=True)
    if fate is not Fate.DELIVERED and attempt.state == "posting" and delivery.state == "leased":
        return None
    if _RANK[fate] <= _RANK[Fate(attempt.fate) if attempt.fate else None]:
        return Result.NO_NEWS
    attempt.fate, attempt.reported_at = fate.value, clock.now(session)
    if fate is Fate.DELIVERED:
        return _raise(session, delivery, "delivered") if delivery.state in _UNDELIVERED else Result.NO_NEWS
    attempt.code = code or attempt.code
    session.flush()
    return _failed(session, delivery, attempt, fate, routes)


def unhandled(session: Session) -> list[tuple[str, str]]:
    """Return the receipts that are due to be handled, each with its gateway."""
    rows = session.execute(
        select(Receipt.id, Receipt.gateway)
        .where(Receipt.result.is_(None), Receipt.due_at <= clock.now(session) - _LOOK_AGAIN)
        .order_by(Receipt.due_at)
        .limit(_AT_ONCE)
    )
    return [(row.id, row.gateway) for row in rows]


def put_off(session: Session, receipt_id: str) -> None:
    """Let a receipt whose handling failed wait, so that it holds up no other."""
    session.execute(
        update(Receipt)
        .where(Receipt.id == receipt_id, Receipt.result.is_(None))
        .values(due_at=clock.now(session) + _AFTER_DEFECT)
        .execution_options(synchronize_session=False)
    )


def _row(gateway: str, report: Report, now: datetime) -> dict[str, Any]:
    is_news = report.fate is not None
    return {
        "id": new_id(),
        "gateway": gateway,
        "subject": f"a:{report.attempt}" if report.attempt else f"p:{report.provider_id}",
        "word": report.word,
        "code": report.code,
        "fate": report.fate.value if report.fate else None,
        "received_at": now,
        "due_at": now,
        "handled_at": None if is_news else now,
        "result": None if is_news else Result.NO_NEWS.value,
    }


def _attempt_of(session: Session, receipt: Receipt) -> str | None:
    """Return the one attempt of this gateway that a receipt is about."""
    kind, _, name = receipt.subject.partition(":")
    which = Attempt.id == name if kind == "a" else Attempt.provider_id == name
    found = session.scalars(select(Attempt.id).where(Attempt.gateway == receipt.gateway, which).limit(2)).all()
    return found[0] if len(found) == 1 else None


def _failed(session: Session, delivery: Delivery, attempt: Attempt, fate: Fate, routes: int) -> Result:
    is_latest = not _was_handed_over_since(session, delivery, attempt.number)
    if fate is Fate.DEAD and (delivery.state == "due" or (delivery.state == "accepted" and is_latest)):
        return _raise(session, delivery, "failed")
    if delivery.state != "accepted" or not is_latest:
        return Result.LATE
    pause = _pause(session, delivery, attempt.code, routes)
    now = clock.now(session)
    if pause is None or now + pause >= delivery.deadline_at or not _is_wanted(session, delivery):
        return _raise(session, delivery, "failed")
    delivery.state, delivery.due_at, delivery.finished_at = "due", now + pause, None
    delivery.last_gateway = attempt.gateway
    _tell(session, delivery)
    return Result.REOPENED


def _pause(session: Session, delivery: Delivery, code: str | None, routes: int) -> timedelta | None:
    """Return how long a message that did not get through waits; None: there is no use in another try."""
    codes = session.scalars(
        select(Attempt.code).where(Attempt.delivery_id == delivery.id, Attempt.fate.in_(("failed", "dead")))
    ).all()
    if delivery.channel == Channel.EMAIL and statuses.refused(code):
        return retry.pause_after_refusal(sum(statuses.refused(each) for each in codes) or 1)
    return retry.pause_after_failure(len(codes) or 1, gateways=routes)


def _was_handed_over_since(session: Session, delivery: Delivery, number: int) -> bool:
    """Tell whether a later try took the message over, and not only found that this one had."""
    later = select(Attempt.id).where(
        Attempt.delivery_id == delivery.id,
        Attempt.number > number,
        Attempt.state == "accepted",
        func.coalesce(Attempt.code, "") != FOUND,
    )
    return session.scalar(later.limit(1)) is not None


def _is_wanted(session: Session, delivery: Delivery) -> bool:
    """Tell whether anybody still waits for the message: its alert is open, and its member has not answered.

    What a later wave has told the same person by the same way is not said in its old words. A test of a gateway has
    failed when the gateway says so.
    """
    alert = session.get_one(Alert, delivery.alert_id)
    recipient = session.get_one(Recipient, delivery.recipient_id)
    is_told_only = delivery.token_digest is None
    if delivery.only_by is not None or _is_told_anew(session, delivery):
        return False
    return alert.state == "open" and (is_told_only or recipient.state not in {"answered", "closed"})


def _is_told_anew(session: Session, delivery: Delivery) -> bool:
    later = select(Delivery.id).where(
        Delivery.recipient_id == delivery.recipient_id,
        Delivery.channel == delivery.channel,
        Delivery.holder == delivery.holder,
        Delivery.wave > delivery.wave,
        Delivery.state != "superseded",
    )
    return session.scalar(later.limit(1)) is not None


def _raise(session: Session, delivery: Delivery, state: str) -> Result:
    delivery.state, delivery.leased_until, delivery.leased_by = state, None, None
    delivery.finished_at = clock.now(session)
    _tell(session, delivery)
    return Result.RAISED


def _tell(session: Session, delivery: Delivery) -> None:
    session.flush()
    alert = session.get_one(Alert, delivery.alert_id)
    status = queries.status_of(delivery.state)
    recording.tell(session, [DeliveryChanged(alert.kind, alert.topic, delivery.member, delivery.id, status)])
