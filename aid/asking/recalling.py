"""Taking a request back by a message: `取消 042129-2026-0007 8J4K`, from the number that asked, with a card's code.

Whatever else such a message says, and every change of a request, is for a person.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.callers import Caller, bound_member
from aid.asking import codes, cutting, filing, trust, wording
from aid.asking.folding import fold
from aid.asking.keeping import keep
from aid.asking.messages import Message, remember
from aid.asking.models import AskedMessage
from aid.asking.readings import Refused
from aid.lifecycle import RequestStatus
from aid.models import AidRequest
from aid.offers import ending
from aid.requests.schemas import Reason
from foundation.problems import Problem
from notifications.events import MessageVerdict

_RECALLS = frozenset(
    map(fold, ("取消", "取消し", "取り消し", "とりけし", "キャンセル", "CANCEL", "TORIKESI", "TORIKESHI"))
)
_AMENDS = frozenset(map(fold, ("変更", "訂正", "へんこう", "HENKO", "HENKOU")))
_BETWEEN = re.compile(r"[\s、。,:]+")
_NUMBER = re.compile(r"(?:(?:[0-9A-F]{6,12}-)?20[0-9]{2}-)?[0-9]{4,}")
_LONG_DASH = re.compile(r"(?<=[0-9])ー(?=[0-9])")
_ENDED = frozenset({RequestStatus.CANCELLED, RequestStatus.CLOSED})


@dataclass(frozen=True, slots=True)
class Recall:
    """取消し・変更の連絡: of which request by its number, or the end of it; a change is not read further."""

    number: str
    code: str | None = None
    is_change: bool = False


def read(text: str, *, is_drill: bool) -> Recall | None:
    """Read a message that takes a request back, or begins to change one; None where it is anything else."""
    try:
        folded = _LONG_DASH.sub("-", cutting.unmarked(text, is_drill=is_drill))
    except Refused:
        return None
    pieces = [piece for piece in _BETWEEN.split(folded) if piece]
    numbers = [piece for piece in pieces if _NUMBER.fullmatch(piece)]
    if len(numbers) != 1:
        return None
    if pieces[0] in _AMENDS:
        return Recall(numbers[0], is_change=True)
    found = [piece for piece in pieces if codes.is_code(piece)]
    if sum(piece in _RECALLS for piece in pieces) != 1 or len(found) > 1 or len(pieces) != len(found) + 2:
        return None
    return Recall(numbers[0], found[0] if found else None)


def arrived(session: Session, message: Message, recall: Recall) -> MessageVerdict:
    """Cancel the request, or leave the message to people and tell its sender why."""
    request = _asked_here(session, message, recall.number)
    claimed = _claimed(session, message.callers, request) if request else None
    if request is None or claimed is None or message.event.is_reply:
        return _kept(session, message, None, "recall-elsewhere", wording.recall_kept(recall.number))
    if RequestStatus(request.status) in _ENDED:
        ja = wording.RECALL_ENDED.format(number=request.number)
        return MessageVerdict(True, "recall-ended", ja, claimed.member, claimed.municipality)
    if recall.is_change:
        return _kept(session, message, claimed, "amend-by-person", wording.AMEND_KEPT.format(number=request.number))
    if recall.code is None:
        return _kept(session, message, claimed, "recall-no-code", wording.recall_kept(request.number))
    return _cancelled(session, message, request, claimed, recall.code)


def _cancelled(session: Session, message: Message, request: AidRequest, claimed: Caller, code: str) -> MessageVerdict:
    try:
        with session.begin_nested():
            if not trust.take_code(session, claimed.member, message.sender, code):
                remember(session, message, claimed, has_wrong_code=True)
                return _kept(session, message, claimed, "recall-wrong-code", wording.RECALL_WRONG_CODE)
            actor = filing.actor_for(claimed, request.group_id)
            ending.cancel(session, actor, request.id, Reason(reason=wording.RECALLED_BY[message.event.channel]))
    except Problem:
        return _kept(session, message, claimed, "recall-refused", wording.recall_kept(request.number))
    remember(session, message, claimed)
    ja = wording.RECALLED.format(number=request.number)
    return MessageVerdict(True, "recalled", ja, claimed.member, claimed.municipality)


def _asked_here(session: Session, message: Message, number: str) -> AidRequest | None:
    """Return the one request that this number asked for and that is named so, or by the end of its number."""
    asked = session.scalars(
        select(AidRequest)
        .join(AskedMessage, AskedMessage.request_id == AidRequest.id)
        .where(AskedMessage.sender_digest == message.sender)
    ).unique()
    found = [each for each in asked if each.number == number or each.number.endswith(f"-{number}")]
    return found[0] if len(found) == 1 else None


def _claimed(session: Session, callers: Sequence[Caller], request: AidRequest) -> Caller | None:
    own = next((each for each in callers if each.member == request.requester_id), None)
    return own or bound_member(session, request.requester_id)


def _kept(session: Session, message: Message, claimed: Caller | None, reason: str, ja: str) -> MessageVerdict:
    return keep(session, message.event.channel, message.callers, claimed, reason, ja)
