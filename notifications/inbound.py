"""What gateways bring in: stored in one transaction, understood in a second, never dropped.

A code counts only from the phone it was sent to. What can't be read or placed waits for a person, and its sender
is told once in one line.
"""

from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from foundation import clock, events
from foundation.calls import CallDatabase
from foundation.database import Database
from foundation.database.statements import insert_or_skip
from foundation.ids import new_id
from foundation.sealing import digest, seal, unseal
from notifications import actions, answers, codes, phones, queries, replies
from notifications.alerts import Addressee
from notifications.answers import Asked, Given
from notifications.events import MessageArrived, MessageVerdict, Via
from notifications.gateways.base import Channel
from notifications.models import Alert, Delivery, InboundMessage, Recipient, ReplyCode
from notifications.replies import Reply, Unreadable
from notifications.wording import CODE_MISSING, HELP, REPLY

AUTOMATIC_REPLIES = 5
"""The most that one number is sent by itself in an hour: two machines must not talk to each other for ever."""
_HOUR = timedelta(hours=1)
_REPEATED = timedelta(seconds=60)
"""A provider without event ids that repeats a call does it within seconds; a person does not."""
_RECENT = timedelta(days=30)
"""How far back a message to a number tells whose it is."""
_STRANGER = "stranger"
"""Stands for the member of a sender that no message was ever sent to."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Arrived:
    """届いた返信: as the gateway handed it over; `event` is the provider's id of it, if it has one."""

    gateway: str
    channel: Channel
    sender: str
    text: str
    event: str | None = None


@dataclass(frozen=True, slots=True)
class Unplaced:
    """行き先不明: why no question could be found for a reply."""

    reason: str


async def receive(database: Database | CallDatabase, arrived: Arrived) -> None:
    """Store a message, then handle it; if that fails, the worker does it later."""
    message_id = await database.write(store, arrived)
    if message_id is not None:
        await settle(database, message_id)


async def settle(database: Database | CallDatabase, message_id: str) -> None:
    """Handle a stored message; one that breaks the handling is left to a person."""
    try:
        await database.write(handle, message_id)
    except Exception:
        log.exception("inbound message not handled", inbound=message_id)
        await database.write(leave_to_person, message_id)


def store(session: Session, arrived: Arrived) -> str | None:
    """Keep a message as it came; None where it is a repeat of one that is kept."""
    sender = _sender(arrived)
    sender_digest = codes.address_digest(session, sender)
    text_digest = digest(session, "inbound-text", arrived.text)
    if arrived.event is None and _is_repeat(session, arrived.gateway, sender_digest, text_digest):
        return None
    row = new_id()
    kept = insert_or_skip(
        session,
        InboundMessage,
        {
            "id": row,
            "gateway": arrived.gateway,
            "channel": arrived.channel.value,
            "provider_event_id": arrived.event,
            "sender_sealed": seal(session, queries.INBOUND_OWNER, queries.SENDER, row, sender),
            "sender_digest": sender_digest,
            "text_sealed": seal(session, queries.INBOUND_OWNER, queries.TEXT, row, arrived.text),
            "text_digest": text_digest,
            "received_at": clock.now(session),
        },
    )
    return row if kept else None


def handle(session: Session, message_id: str) -> None:
    """Understand one stored message: an answer, what the room above knows, or something for a person."""
    message = session.get(InboundMessage, message_id, with_for_update=True)
    if message is None or message.result is not None:
        return
    text = _text(session, message)
    read = replies.parse(replies.first_line(text))
    _note_member(session, message)
    if isinstance(read, Unreadable):
        if _is_heard_above(session, message, text):
            return
        words = CODE_MISSING if read.reason is replies.Reason.CODE else HELP
        _keep_for_person(session, message, f"unreadable-{read.reason}", words)
        return
    asked = _place(session, message, read)
    if isinstance(asked, Unplaced):
        _keep_for_person(session, message, asked.reason, HELP)
    else:
        _answer(session, message, asked, read)


def leave_to_person(session: Session, message_id: str) -> None:
    """Mark a message whose handling failed."""
    message = session.get_one(InboundMessage, message_id, with_for_update=True)
    if message.result is None:
        _finish(session, message, "needs_person", "failed")


def unhandled(session: Session) -> list[str]:
    """Return the messages whose handling was cut short."""
    before = clock.now(session) - timedelta(seconds=5)
    waiting = select(InboundMessage.id).where(InboundMessage.result.is_(None), InboundMessage.received_at <= before)
    return list(session.scalars(waiting.order_by(InboundMessage.received_at).limit(100)))


def _sender(arrived: Arrived) -> str:
    try:
        return phones.normalise(arrived.sender) if arrived.channel is Channel.SMS else arrived.sender.strip()
    except phones.BadPhone:
        return arrived.sender.strip()


def _is_repeat(session: Session, gateway: str, sender: bytes, text: bytes) -> bool:
    last = session.execute(
        select(InboundMessage.gateway, InboundMessage.text_digest)
        .where(InboundMessage.sender_digest == sender, InboundMessage.received_at > clock.now(session) - _REPEATED)
        .order_by(InboundMessage.id.desc())
        .limit(1)
    ).one_or_none()
    return last is not None and tuple(last) == (gateway, text)


def _address(session: Session, message: InboundMessage) -> str:
    return unseal(session, queries.INBOUND_OWNER, queries.SENDER, message.id, message.sender_sealed)


def _text(session: Session, message: InboundMessage) -> str:
    return unseal(session, queries.INBOUND_OWNER, queries.TEXT, message.id, message.text_sealed)


def _note_member(session: Session, message: InboundMessage) -> None:
    """Note whose the sender's number is, if messages to it were for one member alone.

    Anybody may enter any number as their own, so where two members did, neither reads what comes from it.
    """
    owners = session.execute(
        select(Delivery.member, func.max(Recipient.municipality))
        .join(Recipient, Recipient.id == Delivery.recipient_id)
        .join(Alert, Alert.id == Delivery.alert_id)
        .where(
            Delivery.address_digest == message.sender_digest,
            Delivery.raised_at > clock.now(session) - _RECENT,
            Alert.kind != REPLY,
        )
        .group_by(Delivery.member)
        .limit(2)
    ).all()
    if len(owners) == 1:
        message.member, message.municipality = owners[0]


def _place(session: Session, message: InboundMessage, read: Reply) -> Asked | Unplaced:
    """Find the one delivery that the sender answers."""
    theirs = (
        select(Delivery)
        .join(ReplyCode, ReplyCode.alert_id == Delivery.alert_id)
        .where(
            ReplyCode.code == read.code,
            Delivery.address_digest == message.sender_digest,
            Delivery.channel == message.channel,
        )
        .order_by(Delivery.id)
    )
    # The last wave sent to this address says which lines were asked in which order
    latest = {delivery.recipient_id: delivery for delivery in session.scalars(theirs)}
    if len(latest) != 1:
        return Unplaced("ambiguous" if latest else "unknown-code")
    (delivery,) = latest.values()
    asked = answers.asked_by(session, delivery)
    if not answers.may_open(session, asked):
        return Unplaced("left")
    return asked if len(read.quantities) <= len(asked.lines) else Unplaced("too-many-quantities")


def _is_heard_above(session: Session, message: InboundMessage, text: str) -> bool:
    """Hand what is no answer to the room above; tell whether it knew what to make of it."""
    event = MessageArrived(message.id, Channel(message.channel), _address(session, message), text)
    verdict = events.emit(session, event)
    if verdict is None:
        return False
    assert isinstance(verdict, MessageVerdict)
    if verdict.member is not None:
        message.member, message.municipality = verdict.member, verdict.municipality
    message.watcher = verdict.watcher
    _finish(session, message, "taken" if verdict.is_taken else "needs_person", verdict.code)
    _reply(session, message, verdict.ja)
    return True


def _answer(session: Session, message: InboundMessage, asked: Asked, read: Reply) -> None:
    via: Via = "sms" if message.channel == Channel.SMS else "mail"
    given = Given(via, read.choice, read.quantities, inbound=message.id)
    verdict = answers.take(session, asked, given)
    closed = "closed" if verdict is answers.CLOSED else "refused"
    _finish(session, message, "taken" if verdict.is_taken else closed, verdict.code)
    _reply(session, message, verdict.ja)


def _keep_for_person(session: Session, message: InboundMessage, reason: str, words: str) -> None:
    _finish(session, message, "needs_person", reason)
    _reply(session, message, words)


def _finish(session: Session, message: InboundMessage, result: str, reason: str | None) -> None:
    message.result, message.reason, message.handled_at = result, reason, clock.now(session)
    session.flush()


def _reply(session: Session, message: InboundMessage, text: str) -> None:
    """Send one line back, unless the number was sent enough already or is none that can be written to."""
    address = _address(session, message)
    if message.channel == Channel.SMS and not phones.is_mobile(address):
        return
    sent = (
        select(func.count())
        .select_from(Delivery)
        .join(Alert, Alert.id == Delivery.alert_id)
        .where(
            Delivery.address_digest == message.sender_digest,
            Alert.kind == REPLY,
            Delivery.raised_at > clock.now(session) - _HOUR,
        )
    )
    if (session.scalar(sent) or 0) >= AUTOMATIC_REPLIES:
        return
    to = Addressee(
        member=message.member or _STRANGER,
        municipality=message.municipality,
        person=None,
        name="",
        channel=Channel(message.channel),
        address=address,
    )
    actions.raise_alert(session, kind=REPLY, topic=message.id, facts={"ja": text}, addressees=[to], priority=1)
