"""Claiming: what is due is leased, put into words and noted as being posted, many rows by few statements.

No row is loaded as an object here: at hundreds of messages a second the mapping would cost more than the sending.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from operator import attrgetter
from typing import Any

import structlog
from sqlalchemy import Insert, Integer, Row, String, UpdateBase, and_, bindparam, insert, literal, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from foundation import clock, leases
from foundation.database.base import UtcDateTime
from foundation.database.statements import dialect_of, hand_over, handed_over, table_of
from foundation.ids import new_id
from foundation.sealing import SealError, unseal
from notifications import codes, queries, sms
from notifications.doubts import Doubt, in_doubt
from notifications.gateways.base import Channel, Gateway, Message, Outcome, Verdict
from notifications.models import Attempt, Delivery
from notifications.rendering import Content, Texts, Voice, contents

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Lane:
    """送信レーン: one gateway and its place among those of its channel; try n goes to the n-th in turn."""

    gateway: Gateway
    index: int
    of: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """送信物: one claimed delivery, ready to send; `message` is what came of it where it could not be made.

    `doubt` is an earlier try that may have gone out.
    """

    attempt: str
    lane: Lane
    delivery: Row[Any]
    content: Content
    message: Message | Outcome
    doubt: Doubt | None = None


def claim(session: Session, wants: Sequence[tuple[Lane, int]], worker: str, voice: Voice) -> list[Parcel]:
    """Lease for each lane the most urgent due rows whose next try is its turn, as many as it has room for."""
    claimed = [(lane, row) for lane, room in wants for row in _leased(session, lane, room, worker)]
    if not claimed:
        return []
    repeated = [row.id for _, row in claimed if row.attempt > 1]
    _give_up_on_dead(session, repeated)
    doubts = in_doubt(session, repeated)
    found = contents(session, {row.alert_id for _, row in claimed})
    texts = Texts(voice)
    parcels = [
        replace(_parcel(session, lane, row, found[row.alert_id], texts), doubt=doubts.get(row.id))
        for lane, row in claimed
    ]
    posted = [
        {
            "id": parcel.attempt,
            "delivery_id": parcel.delivery.id,
            "number": parcel.delivery.attempt,
            "gateway": parcel.lane.gateway.name,
        }
        for parcel in parcels
    ]
    session.execute(_post(dialect_of(session)), {**hand_over(posted), "now": clock.now(session)})
    return parcels


def _leased(session: Session, lane: Lane, room: int, worker: str) -> Sequence[Row[Any]]:
    turn = {
        "the_channel": lane.gateway.channel.value,
        "the_index": lane.index,
        "of": lane.of,
        "the_name": lane.gateway.name,
    }
    rows = session.execute(_claim(), {**leases.leave(session, worker, room), **turn})
    # An update gives its rows back in any order
    return sorted(rows, key=attrgetter("priority", "id"))


def _give_up_on_dead(session: Session, deliveries: Sequence[str]) -> None:
    """Earlier tries of claimed rows that are still open belong to a dead worker: nobody knows whether they went."""
    if deliveries:
        session.execute(
            update(_ATTEMPTS)
            .where(_ATTEMPTS.c.delivery_id.in_(deliveries), _ATTEMPTS.c.state == "posting")
            .values(state="unknown", code="worker-lost", finished_at=clock.now(session))
        )


def _parcel(session: Session, lane: Lane, row: Row[Any], content: Content, texts: Texts) -> Parcel:
    attempt = new_id()
    message: Message | Outcome
    try:
        message = _message(session, attempt, row, content, texts, lane.gateway)
    except SQLAlchemyError:
        raise
    except Exception as error:
        # One that can't be opened or put into words holds up no other; a person is shown that it failed, and why
        log.exception("a message could not be made", delivery=row.id, kind=content.kind)
        message = Outcome(Verdict.PERMANENT, code="sealed" if isinstance(error, SealError) else "text")
    return Parcel(attempt, lane, row, content, message)


def _message(
    session: Session, attempt: str, row: Row[Any], content: Content, texts: Texts, gateway: Gateway
) -> Message:
    token = codes.token_of(session, row.id) if row.token_digest else None
    channel, can = Channel(row.channel), gateway.capabilities
    may_reply = can.is_two_way if channel is Channel.SMS else texts.voice.has_replies
    text = texts.render(
        content, channel=channel, name=row.name, wave=row.wave, token=token, may_reply_by_sms=may_reply
    )
    body = text.body
    if channel is Channel.SMS:
        body = sms.fit(body, can.most_units - sms.units(texts.voice.mark), may_reply=may_reply)
    return Message(
        attempt=attempt,
        to=unseal(session, row.member, queries.ADDRESS, row.id, row.address_sealed),
        text=body,
        subject=text.subject,
        thread=row.alert_id,
    )


_DELIVERIES = table_of(Delivery)
_ATTEMPTS = table_of(Attempt)
_CLAIMED = (
    "id",
    "alert_id",
    "member",
    "channel",
    "wave",
    "priority",
    "name",
    "address_sealed",
    "token_digest",
    "attempt",
    "raised_at",
    "deadline_at",
)


@cache
def _claim() -> UpdateBase:
    table = _DELIVERIES.c
    return leases.claiming(
        _DELIVERIES,
        table.channel == bindparam("the_channel"),
        table.deadline_at > bindparam("lease_now", type_=UtcDateTime),
        or_(
            and_(table.only_by.is_(None), table.attempt % bindparam("of", type_=Integer) == bindparam("the_index")),
            table.only_by == bindparam("the_name"),
        ),
        order=(table.priority, table.due_at, table.id),
        returning=[table[name] for name in _CLAIMED],
    )


@cache
def _post(dialect: str) -> Insert:
    given = handed_over(dialect, id=String(), delivery_id=String(), number=Integer(), gateway=String())
    rows = select(*given.c, literal("posting"), bindparam("now", type_=UtcDateTime))
    return insert(_ATTEMPTS).from_select([*given.c.keys(), "state", "posted_at"], rows)
