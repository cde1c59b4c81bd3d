"""Messages that ask for aid: filed where they are understood and trusted, otherwise kept for a person."""

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements import callers as agreements
from agreements import directory
from agreements.callers import Caller
from aid.asking import filing, following, grammar, recalling, trust, waiting, wording
from aid.asking.cutting import LONGEST
from aid.asking.keeping import keep
from aid.asking.messages import Message, remember
from aid.asking.models import AskedMessage, RequestPlace
from aid.asking.readings import Asked, CodeAlone, Reading, Unread
from aid.incidents import queries as incidents
from aid.requests.schemas import LineDraft, RequestDraft, RequestView
from foundation import clock
from foundation.clock import JAPAN
from foundation.mode import Instance, Mode
from foundation.problems import Problem
from foundation.sealing import digest
from notifications.events import MessageArrived, MessageVerdict

STRANGER = "asking-unknown-sender"
TOO_MANY = "asking-too-many"
_REPEATED = timedelta(hours=1)
_SIGNATURE = re.compile(r"(?m)^-- ?\r?$")


class _Kept(Exception):
    """人が見る: why a message that was read is not filed."""

    def __init__(self, reason: str, ja: str = wording.KEPT) -> None:
        self.reason, self.ja = reason, ja


def message_arrived(session: Session, event: MessageArrived) -> MessageVerdict | None:
    """File what a message asks, or say why a person looks at it; None where nothing in it asks."""
    message = _known(session, event)
    recall = recalling.read(_without_signature(event.text), is_drill=_is_drill(session))
    if recall is not None:
        return recalling.arrived(session, message, recall)
    reading = read(session, _without_signature(event.text), message.callers)
    if isinstance(reading, CodeAlone):
        return following.code_arrived(session, message, reading)
    if isinstance(reading, Unread):
        return _unread(session, message, reading)
    claimed = _claimed(session, message, reading)
    try:
        return _asked(session, message, reading, claimed)
    except _Kept as kept:
        return keep(session, event.channel, message.callers, claimed, kept.reason, kept.ja)


def read(session: Session, text: str, callers: Sequence[Caller]) -> Reading:
    """Read a message as its sender would mean it."""
    return grammar.read(text, own_names=sorted({each.name for each in callers}), is_drill=_is_drill(session))


def _is_drill(session: Session) -> bool:
    return session.scalar(select(Instance.mode)) == Mode.DRILL


def _without_signature(text: str) -> str:
    """Return a long mail's text above its signature (RFC 3676, 4.3); a short one is read whole, to the last word."""
    return text if len(text) <= LONGEST else _SIGNATURE.split(text, maxsplit=1)[0]


def _known(session: Session, event: MessageArrived) -> Message:
    opened = [each.id for each in incidents.opened(session)]
    return Message(
        event,
        agreements.callers(session, event.channel, event.sender, opened),
        trust.sender_digest(session, event.sender),
        digest(session, "asked-text", " ".join(event.text.split())),
    )


def _unread(session: Session, message: Message, reading: Unread) -> MessageVerdict | None:
    if not (reading.lines or wording.seems_to_ask(message.event.text)):
        return None
    fault = reading.troubles[0].fault.value
    return keep(session, message.event.channel, message.callers, None, f"asking-{fault}"[:24], wording.UNREAD)


def _claimed(session: Session, message: Message, asked: Asked) -> Caller | None:
    """Return whom the message asks for: the member it names, else the one whose number it came from."""
    if asked.municipality is not None:
        own = next((each for each in message.callers if each.municipality == asked.municipality), None)
        return own or agreements.bound_caller(session, asked.municipality)
    members = {each.member for each in message.callers}
    return message.callers[0] if len(members) == 1 else None


def _asked(session: Session, message: Message, asked: Asked, claimed: Caller | None) -> MessageVerdict:
    if message.event.is_reply:
        raise _Kept("asking-in-reply", wording.IN_REPLY)
    if claimed is None:
        raise _Kept(STRANGER, wording.UNKNOWN)
    if _names_another(message.event.text, claimed.name):
        raise _Kept("asking-other-name")
    again = _repeated(session, message)
    if again is not None:
        return MessageVerdict(
            True, "asked-again", again.receipt or wording.KEPT, claimed.member, claimed.municipality
        )
    return _filed(session, message, asked, claimed, _draft(session, message, asked, claimed))


def _filed(session: Session, message: Message, asked: Asked, claimed: Caller, draft: RequestDraft) -> MessageVerdict:
    """File a request; its code is used up with it, or not at all. Raises _Kept."""
    try:
        with session.begin_nested():
            request, is_verified, has_wrong_code = _file_once(session, message, asked, claimed, draft)
    except _Kept as kept:
        is_wrong = kept.reason in {STRANGER, TOO_MANY} and asked.code is not None
        remember(session, message, claimed, has_wrong_code=is_wrong)
        raise
    except Problem:
        raise _Kept("asking-refused") from None
    receipt = wording.receipt(request, is_verified=is_verified, has_wrong_code=has_wrong_code)
    remember(session, message, claimed, request=request.id, receipt=receipt, has_wrong_code=has_wrong_code)
    code = "asked" if is_verified else "asked-unverified"
    return MessageVerdict(True, code, receipt, claimed.member, claimed.municipality)


def _file_once(
    session: Session, message: Message, asked: Asked, claimed: Caller, draft: RequestDraft
) -> tuple[RequestView, bool, bool]:
    """File, and say whether that is verified and whether a code was wrong; the caller undoes it all on a _Kept."""
    is_known = any(each.member == claimed.member for each in message.callers)
    has_code = asked.code is not None and trust.take_code(session, claimed.member, message.sender, asked.code)
    if not (is_known or has_code):
        raise _Kept(STRANGER, wording.UNKNOWN)
    request = filing.file(session, claimed, draft, is_verified=is_known and has_code)
    # Filing has waited for whoever files for the member: the same message may have come twice at once
    if _repeated(session, message) is not None:
        raise _Kept("asked-again")
    if not (is_known and has_code) and waiting.are_too_many(session, claimed.member):
        raise _Kept(TOO_MANY)
    return request, is_known and has_code, asked.code is not None and not has_code


def _draft(session: Session, message: Message, asked: Asked, claimed: Caller) -> RequestDraft:
    """Return the request as the portal would file it. Raises _Kept where incident or group are not certain."""
    incident = filing.incident_for(session, claimed)
    group = filing.group_for(session, claimed, incident) if incident else None
    if incident is None or group is None:
        raise _Kept("asking-no-incident" if incident is None else "asking-which-group")
    return RequestDraft(
        incident=incident,
        group=group,
        requester=claimed.municipality or claimed.member,
        lines=[LineDraft(kind=line.kind, quantity=line.quantity) for line in asked.lines],
        priority=2 if asked.is_urgent else 3,
        needed_by=needed_by(session, asked.days),
        place=_place(session, claimed.member, asked),
        via=message.via,
    )


def needed_by(session: Session, days: int | None) -> datetime | None:
    """Return the end of the day, in Japan, that lies so many days ahead."""
    if days is None:
        return None
    return datetime.combine(clock.today(session) + timedelta(days=days), time(23, 59), JAPAN)


def _place(session: Session, member: str, asked: Asked) -> str | None:
    if asked.place_number is None:
        return asked.place
    place = session.get(RequestPlace, (member, asked.place_number))
    return place.name if place else f"場所番号{asked.place_number}（登録なし）"


def _names_another(text: str, own: str) -> bool:
    """Tell whether another municipality is named: whose need it is then, a person must say."""
    rest = text.replace(own, " ")
    named = [place.name for place in directory.municipalities() if place.name in rest]
    return any(not any(name != other and name in other for other in named) for name in named)


def _repeated(session: Session, message: Message) -> AskedMessage | None:
    return session.scalar(
        select(AskedMessage)
        .where(
            AskedMessage.sender_digest == message.sender,
            AskedMessage.text_digest == message.text,
            AskedMessage.request_id.is_not(None),
            AskedMessage.at > clock.now(session) - _REPEATED,
        )
        .order_by(AskedMessage.at.desc())
        .limit(1)
    )
