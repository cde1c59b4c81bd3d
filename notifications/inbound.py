"""What gateways bring in: stored in one transaction, understood in a second, never dropped.

A code counts only from the phone it was sent to. What can't be read or placed waits for a person, and its sender
is told once in one line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from foundation import clock, events
from foundation.calls import CallDatabase
from foundation.database import Busy, Database
from foundation.database.statements import insert_or_skip
from foundation.ids import new_id
from foundation.problems import Unavailable
from foundation.sealing import digest, seal, unseal
from notifications import actions, answers, codes, phones, queries, replies, reports
from notifications.alerts import Addressee
from notifications.answers import Asked, Given
from notifications.events import MessageArrived, MessageVerdict, Via
from notifications.gateways.base import Channel
from notifications.mailbox import letters, naming, own_words
from notifications.mailbox.letters import Letter
from notifications.mailbox.tags import Mailbox
from notifications.models import Alert, Delivery, InboundMessage, Recipient, ReplyCode
from notifications.replies import Reply, Unreadable
from notifications.wording import ABOUT, ANSWERED, CODE_MISSING, HELP, REPLY

AUTOMATIC_REPLIES = 5
"""The most that one number is sent by itself in an hour: two machines must not talk to each other for ever."""
_HOUR = timedelta(hours=1)
_REPEATED = timedelta(seconds=60)
"""A provider without event ids that repeats a call does it within seconds; a person does not."""
_RECENT = timedelta(days=30)
"""How far back a message to a number tells whose it is."""
MAIL = "mail"
"""Stands for the gateway of what came by LMTP or by the mail hook."""
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


async def receive_mail(
    database: Database | CallDatabase, mailbox: Mailbox, raw: bytes, *, sender: str | None, recipients: Sequence[str]
) -> None:
    """Store a mail, once for each of its recipients, then handle it. `sender` None, recipients empty: not known."""
    letter = letters.read(raw, sender)
    given = [mailbox.tag_in(each) for each in recipients or letter.recipients]
    marks = list(dict.fromkeys(each for each in given if each is not None)) or [""]
    stored = [await database.write(store_mail, letter, mark) for mark in marks]
    for message_id in filter(None, stored):
        await settle(database, message_id)


async def settle(database: Database | CallDatabase, message_id: str) -> None:
    """Handle a stored message; one that breaks the handling is left to a person.

    What only had to wait too long, for a lock or for the database, breaks nothing: the worker handles it later.
    """
    try:
        await database.write(handle, message_id)
    except (Busy, Unavailable) as problem:
        log.warning("inbound message waits", inbound=message_id, reason=problem.code())
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


def store_mail(session: Session, letter: Letter, mark: str) -> str | None:
    """Keep what matters of a mail to one of our addresses; None where it is a repeat of one that is kept."""
    named = naming.named(session, letter, mark)
    # Tags that we never gave out are one place, or a mail to a thousand of them would be kept a thousand times
    place = (named.attempt if letter.report else named.delivery) or ""
    row = new_id()
    kept = insert_or_skip(
        session,
        InboundMessage,
        {
            "id": row,
            "gateway": MAIL,
            "channel": Channel.EMAIL.value,
            "provider_event_id": letter.event(place),
            "sender_sealed": seal(session, queries.INBOUND_OWNER, queries.SENDER, row, letter.sender),
            "sender_digest": codes.address_digest(session, letter.sender),
            "text_sealed": seal(session, queries.INBOUND_OWNER, queries.TEXT, row, letter.text),
            "text_digest": digest(session, "inbound-text", letter.text),
            "received_at": clock.now(session),
            "kind": letter.kind.value,
            "message_id": letter.message_id or None,
            "delivery_id": named.delivery,
            "attempt_id": named.attempt,
            "fate": letter.report.fate.value if letter.report else None,
            "status": letter.report.status if letter.report else None,
        },
    )
    return row if kept else None


def handle(session: Session, message_id: str) -> None:
    """Understand one stored message: an answer, a report, what the room above knows, or something for a person."""
    message = session.get(InboundMessage, message_id, with_for_update=True)
    if message is None or message.result is not None:
        return
    if message.kind == letters.Kind.REPORT:
        # None: the worker looks again
        if reason := reports.note(session, message):
            _finish(session, message, "noted", reason)
        return
    _note_member(session, message)
    read = _read(session, message)
    if message.kind == letters.Kind.AUTOMATIC:
        # It never counts. One that reads like an answer is looked at: a person may have been taken for a machine
        is_like_one = message.delivery_id is not None and isinstance(read, Reply)
        _finish(session, message, "needs_person" if is_like_one else "noted", "automatic")
        return
    if isinstance(read, Unreadable):
        if _is_heard_above(session, message):
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
    if message.delivery_id is not None:
        owners = session.execute(_owner_of(message.delivery_id)).all()
    if len(owners) == 1:
        message.member, message.municipality = owners[0]


def _owner_of(delivery: str) -> Select[*tuple[Any, ...]]:
    owner = select(Delivery.member, Recipient.municipality).join(Recipient, Recipient.id == Delivery.recipient_id)
    return owner.where(Delivery.id == delivery)


def _read(session: Session, message: InboundMessage) -> Reply | Unreadable:
    """Read what was written; a mail's tag names the question, so that its code may be left out."""
    text = _text(session, message)
    if message.channel != Channel.EMAIL:
        return replies.parse(replies.first_line(text))
    line = own_words.answer(text)
    if line is None:
        return Unreadable(replies.Reason.AMBIGUOUS)
    code = session.scalar(
        select(ReplyCode.code)
        .join(Delivery, Delivery.alert_id == ReplyCode.alert_id)
        .where(Delivery.id == message.delivery_id)
    )
    return replies.parse_to(line, code) if code else replies.parse(line)


def _place(session: Session, message: InboundMessage, read: Reply) -> Asked | Unplaced:
    """Find the one delivery that the sender answers."""
    if message.channel == Channel.EMAIL:
        return _place_mail(session, message, read)
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
    return _open(session, delivery, read)


def _place_mail(session: Session, message: InboundMessage, read: Reply) -> Asked | Unplaced:
    """A mail answers what its tag or its reference names: anybody can write any address into `From`."""
    delivery = session.get(Delivery, message.delivery_id) if message.delivery_id else None
    if delivery is None:
        return Unplaced("no-token")
    if delivery.token_digest is None:
        return Unplaced("not-asked")
    code = session.scalar(select(ReplyCode.code).where(ReplyCode.alert_id == delivery.alert_id))
    return _open(session, delivery, read) if read.code == code else Unplaced("other-code")


def _open(session: Session, delivery: Delivery, read: Reply) -> Asked | Unplaced:
    asked = answers.asked_by(session, delivery)
    if not answers.may_open(session, asked):
        return Unplaced("left")
    return asked if len(read.quantities) <= len(asked.lines) else Unplaced("too-many-quantities")


def _is_heard_above(session: Session, message: InboundMessage) -> bool:
    """Hand what is no answer to the room above; tell whether it knew what to make of it."""
    text = _text(session, message)
    if message.channel == Channel.EMAIL:
        text = "\n".join(own_words.own(text))
    replied = session.get(Delivery, message.delivery_id) if message.delivery_id else None
    is_reply = replied is not None and replied.token_digest is not None
    event = MessageArrived(message.id, Channel(message.channel), _address(session, message), text, is_reply)
    verdict = events.emit(session, event)
    if verdict is None:
        return False
    assert isinstance(verdict, MessageVerdict)
    if verdict.member is not None:
        message.member, message.municipality = verdict.member, verdict.municipality
    message.watcher, message.watching_group = verdict.watcher, verdict.group
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
    if not _may_be_written_to(message, address):
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
    facts = {"ja": text}
    if message.channel == Channel.EMAIL:
        facts |= {ANSWERED: message.message_id or "", ABOUT: message.delivery_id or ""}
    actions.raise_alert(session, kind=REPLY, topic=message.id, facts=facts, addressees=[to], priority=1)


def _may_be_written_to(message: InboundMessage, address: str) -> bool:
    """Tell whether a line may go back. Mail that shows no tag of ours may be forged: then only to whom we know."""
    if message.channel == Channel.SMS:
        return phones.is_mobile(address)
    return bool(address) and (message.delivery_id is not None or message.member is not None)
