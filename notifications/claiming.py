"""Claiming: what is due is leased, put into words and noted as being posted, many rows by few statements.

No row is loaded as an object here: at hundreds of messages a second the mapping would cost more than the sending.
"""

import math
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from operator import attrgetter
from typing import Any

import structlog
from sqlalchemy import (
    Insert,
    Integer,
    Row,
    String,
    UpdateBase,
    bindparam,
    case,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from foundation import clock, leases
from foundation.database.base import UtcDateTime
from foundation.database.statements import dialect_of, hand_over, handed_over, table_of
from foundation.ids import new_ids
from foundation.sealing import SealError, keyring_of, unseal
from notifications import codes, health, providers, queries, sms
from notifications.doubts import Doubt, in_doubt
from notifications.gateways.base import Channel, Gateway, Message, Outcome, Verdict
from notifications.health import Candidate
from notifications.mailbox.tags import Mailbox, Tagged, tag
from notifications.models import Attempt, Delivery
from notifications.providers import Known
from notifications.rendering import Content, Texts, Voice, contents
from notifications.wording import ABOUT, ANSWERED, REPLY

SPILLS_AFTER = timedelta(seconds=10)
"""How long what is due waits for the rate of the gateway in front, where the order of the setting decides."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Want:
    """空き: how many messages a worker can post to a gateway now, and whether all its slots have long been busy."""

    gateway: Gateway
    room: int
    is_stuck: bool = False


@dataclass(frozen=True, slots=True)
class Parcel:
    """送信物: one claimed delivery, ready to send; `message` is what came of it where it could not be made.

    `is_posting`: its record says so. One that waits for a slot is only claimed: nobody may post it yet. `doubt` is
    an earlier try that may have gone out.
    """

    attempt: str
    gateway: Gateway
    delivery: Row[Any]
    content: Content
    message: Message | Outcome
    is_posting: bool = True
    doubt: Doubt | None = None


@dataclass(slots=True)
class _Room:
    """What is left of a want while its rows are given out."""

    want: Want
    candidate: Candidate
    is_open: bool
    is_probe_due: bool
    left: int
    tokens: float
    given: int = 0

    @property
    def name(self) -> str:
        return self.want.gateway.name

    @property
    def may_wait(self) -> bool:
        """Tell whether a message more may wait here for a slot. Its rate is no such thing: it is a contract's."""
        return self.left > -self.want.gateway.window and self.given < self.tokens


def claim(session: Session, wants: Sequence[Want], known: Known, worker: str, voice: Voice) -> list[Parcel]:
    """Lease the most urgent due rows, as many as there is room for, and choose a gateway for each."""
    rooms = [_room(session, want, known) for want in wants]
    claimed: list[tuple[_Room, Row[Any]]] = []
    for channel in dict.fromkeys(want.gateway.channel for want in wants):
        own = [room for room in rooms if room.want.gateway.channel is channel]
        claimed += _given_out(session, channel, [room for room in own if room.is_open], worker)
        for room in own:
            if room.is_probe_due:
                _probe(session, room, worker, claimed)
    for room in rooms:
        if room.given and room.want.gateway.rate:
            providers.spend(session, room.name, room.given)
    return _parcels(session, claimed, voice) if claimed else []


def _room(session: Session, want: Want, known: Known) -> _Room:
    now, row = clock.now(session), known.get(want.gateway.name)
    condition = providers.condition_of(row)
    is_open, tokens = condition.is_open_to(now), math.inf
    if is_open and want.gateway.rate:
        tokens = int(providers.refill(session, want.gateway.name, want.gateway.rate))
    candidate = Candidate(want.gateway.name, condition.points(now), want.gateway.weight, want.is_stuck)
    left = int(min(want.room, tokens))
    return _Room(want, candidate, is_open, condition.is_probe_due(now), left, tokens)


def _given_out(
    session: Session, channel: Channel, rooms: Sequence[_Room], worker: str
) -> list[tuple[_Room, Row[Any]]]:
    """Lease what those in front have room for; what another has refused just now goes past that one."""
    _pass_by_limited(session, channel, rooms)
    front = {each.name for each in health.front([room.candidate for room in rooms])}
    total = sum(room.left for room in rooms if room.name in front)
    rows = _leased(session, channel, total, worker, [room.name for room in rooms]) if total > 0 else []
    return [(_chosen(rooms, front, row), row) for row in rows]


def _pass_by_limited(session: Session, channel: Channel, rooms: Sequence[_Room]) -> None:
    """Let what has been due for a while go past gateways whose rate is used up just now, as past a stuck one."""
    limited = [room for room in rooms if room.tokens < 1]
    if not limited or len(limited) == len(rooms) or not _is_overdue(session, channel):
        return
    for room in limited:
        room.candidate = replace(room.candidate, is_stuck=True)


def _is_overdue(session: Session, channel: Channel) -> bool:
    table, before = _DELIVERIES.c, clock.now(session) - SPILLS_AFTER
    overdue = select(table.id).where(
        # Spelled out, not bound: only then does the planner see that the partial index holds these rows
        table.state == literal_column("'due'", String),
        table.channel == channel.value,
        table.due_at < before,
        table.only_by.is_(None),
    )
    return session.scalar(overdue.limit(1)) is not None


def _chosen(rooms: Sequence[_Room], front: Collection[str], row: Row[Any]) -> _Room:
    """Choose among those in front; for a retry among all others than the last, which may have to wait for a slot.

    A test goes by the gateway that it tests.
    """
    if len(rooms) == 1:
        return _given(rooms[0])
    if row.only_by is not None:
        return _given(next(room for room in rooms if room.name == row.only_by))
    is_retry = row.last_gateway is not None and any(room.name != row.last_gateway for room in rooms)
    fitting = [room for room in rooms if room.left > 0 and (room.name in front or is_retry)]
    if is_retry and not any(room.name != row.last_gateway for room in fitting):
        fitting = [room for room in rooms if room.may_wait]
    dice = random.random()  # noqa: S311 — shares out work; no secret
    chosen = health.choose([room.candidate for room in fitting], last=row.last_gateway, dice=dice)
    return _given(next(room for room in fitting or rooms if chosen is None or room.name == chosen.name))


def _given(room: _Room) -> _Room:
    room.left, room.given = room.left - 1, room.given + 1
    return room


def _probe(session: Session, room: _Room, worker: str, claimed: list[tuple[_Room, Row[Any]]]) -> None:
    """Let one message go to a provider whose breaker is open, if it is time and nobody else has begun to."""
    condition = providers.take_probe(session, room.name)
    if condition is None:
        return
    rows = _leased(session, room.want.gateway.channel, 1, worker, [room.name])
    row = rows[0] if rows else _lent(room, claimed, is_overdue=condition.is_probe_overdue(clock.now(session)))
    if row is not None:
        providers.begin_probe(session, room.name, condition)
        room.given += 1
        claimed.append((room, row))


def _lent(room: _Room, claimed: list[tuple[_Room, Row[Any]]], *, is_overdue: bool) -> Row[Any] | None:
    """Take the least urgent message that another route was given and refused before; overdue, any.

    With few messages none is ever left over: this one would stay shut for good, even if the other fails.
    """
    for place, (other, row) in reversed(list(enumerate(claimed))):
        is_elsewhere = row.channel == room.want.gateway.channel and row.only_by is None
        is_retry = row.last_gateway not in {None, room.name}
        if is_elsewhere and other.is_open and (is_retry or is_overdue):
            other.given -= 1
            lent: Row[Any] = claimed.pop(place)[1]
            return lent
    return None


def _parcels(session: Session, claimed: Sequence[tuple[_Room, Row[Any]]], voice: Voice) -> list[Parcel]:
    repeated = [row.id for _, row in claimed if row.attempt > 1]
    _give_up_on_dead(session, repeated)
    doubts = in_doubt(session, repeated)
    found = contents(session, {row.alert_id for _, row in claimed})
    keyring_of(session).read_ahead(session, {row.member for _, row in claimed})
    texts, left = Texts(voice), {room.name: max(room.want.room, room.is_probe_due) for room, _ in claimed}
    parcels = []
    for (room, row), attempt in zip(claimed, new_ids(len(claimed)), strict=True):
        left[room.name] -= 1
        gateway, content = room.want.gateway, found[row.alert_id]
        message = _made(session, attempt, row, content, texts, gateway)
        is_posting = left[room.name] >= 0
        parcels.append(Parcel(attempt, gateway, row, content, message, is_posting, doubts.get(row.id)))
    posted = [
        {
            "id": parcel.attempt,
            "delivery_id": parcel.delivery.id,
            "number": parcel.delivery.attempt,
            "gateway": parcel.gateway.name,
            "state": "posting" if parcel.is_posting else "claimed",
        }
        for parcel in parcels
    ]
    session.execute(_post(dialect_of(session)), {**hand_over(posted), "now": clock.now(session)})
    return parcels


def post(session: Session, attempts: Sequence[str]) -> None:
    """Note that claimed attempts have a slot now and are about to be posted."""
    if attempts:
        session.execute(
            update(_ATTEMPTS)
            .where(_ATTEMPTS.c.id.in_(attempts), _ATTEMPTS.c.state == "claimed")
            .values(state="posting", posted_at=clock.now(session))
        )


def _leased(session: Session, channel: Channel, room: int, worker: str, names: Collection[str]) -> Sequence[Row[Any]]:
    of = {"the_channel": channel.value, "the_names": list(names)}
    rows = session.execute(_claim(), {**leases.leave(session, worker, room), **of})
    # An update gives its rows back in any order
    return sorted(rows, key=attrgetter("priority", "id"))


def _give_up_on_dead(session: Session, deliveries: Sequence[str]) -> None:
    """Earlier tries of claimed rows that are still open belong to a dead worker.

    What it had only claimed was never sent. Of what it was posting nobody knows whether it went: that counts.
    """
    if not deliveries:
        return
    was_posting = _ATTEMPTS.c.state == "posting"
    lost = session.execute(
        update(_ATTEMPTS)
        .where(_ATTEMPTS.c.delivery_id.in_(deliveries), _ATTEMPTS.c.state.in_(("claimed", "posting")))
        .values(
            state=case((was_posting, "unknown"), else_="temporary"),
            code="worker-lost",
            finished_at=clock.now(session),
        )
        .returning(_ATTEMPTS.c.delivery_id, _ATTEMPTS.c.gateway, _ATTEMPTS.c.state)
    ).all()
    for row in sorted(lost):
        if row.state == "unknown":
            session.execute(
                update(_DELIVERIES)
                .where(_DELIVERIES.c.id == row.delivery_id)
                .values(tries=_DELIVERIES.c.tries + 1, last_gateway=row.gateway)
            )


def _made(
    session: Session, attempt: str, row: Row[Any], content: Content, texts: Texts, gateway: Gateway
) -> Message | Outcome:
    try:
        return _message(session, attempt, row, content, texts, gateway)
    except SQLAlchemyError:
        raise
    except Exception as error:
        # One that can't be opened or put into words holds up no other; a person is shown that it failed, and why
        log.exception("a message could not be made", delivery=row.id, kind=content.kind)
        return Outcome(Verdict.PERMANENT, code="sealed" if isinstance(error, SealError) else "text")


def _message(
    session: Session, attempt: str, row: Row[Any], content: Content, texts: Texts, gateway: Gateway
) -> Message:
    token = codes.token_of(session, row.id) if row.token_digest else None
    channel, can = Channel(row.channel), gateway.capabilities
    may_reply = can.is_two_way if channel is Channel.SMS else texts.voice.has_replies
    text = texts.render(
        content,
        channel=channel,
        name=row.name,
        wave=row.wave,
        token=token,
        own=content.own(row.wave, row.member),
        may_reply_by_sms=may_reply,
    )
    body = text.body
    if channel is Channel.SMS:
        body = sms.fit(body, can.most_units - sms.units(texts.voice.mark), may_reply=may_reply)
    to = unseal(session, row.member, queries.ADDRESS, row.id, row.address_sealed)
    ways = _ways_back(session, attempt, row, content, texts.voice.mailbox) if channel is Channel.EMAIL else _NO_WAYS
    return Message(attempt, to, body, text.subject, row.alert_id, *ways)


_NO_WAYS = "", "", None


def _ways_back(
    session: Session, attempt: str, row: Row[Any], content: Content, mailbox: Mailbox | None
) -> tuple[str, str, str | None]:
    """Return where a mail's bounces and its replies go, and what it answers by itself."""
    facts = content.waves[row.wave].facts if content.kind == REPLY else {}
    answered = facts.get(ANSWERED)
    if mailbox is None:
        return "", "", answered
    bounce = mailbox.address(tag(session, Tagged.BOUNCE, attempt))
    return bounce, mailbox.address(tag(session, Tagged.REPLY, facts.get(ABOUT) or row.id)), answered


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
    "tries",
    "last_gateway",
    "only_by",
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
        or_(table.only_by.is_(None), table.only_by.in_(bindparam("the_names", expanding=True))),
        order=(table.priority, table.due_at, table.id),
        returning=[table[name] for name in _CLAIMED],
    )


@cache
def _post(dialect: str) -> Insert:
    given = handed_over(
        dialect, id=String(), delivery_id=String(), number=Integer(), gateway=String(), state=String()
    )
    rows = select(*given.c, bindparam("now", type_=UtcDateTime))
    return insert(_ATTEMPTS).from_select([*given.c.keys(), "posted_at"], rows)
