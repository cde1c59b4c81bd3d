"""A code that comes after its request: it starts what waited for it."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.callers import Caller, bound_caller
from aid.asking import filing, trust, wording
from aid.asking.messages import Message, remember
from aid.asking.models import AskedMessage
from aid.asking.readings import CodeAlone
from aid.lifecycle import RequestStatus
from aid.models import AidRequest
from aid.requests import actions
from foundation import clock
from notifications.events import MessageVerdict

WAITS = timedelta(hours=72)
"""How long a request waits for its code by message; after that people call back."""


def code_arrived(session: Session, message: Message, reading: CodeAlone) -> MessageVerdict | None:
    """Verify the request that waits for a code; None where none does: the code says nothing by itself then.

    Only a number known for the member verifies with it: the code alone was as much when it came with the request.
    """
    named = bound_caller(session, reading.municipality) if reading.municipality else None
    callers = [each for each in message.callers if named is None or each.member == named.member]
    waiting = _waiting(session, message, callers)
    if waiting is None:
        return None
    claimed = next(each for each in callers if each.member == waiting.requester_id)
    if not trust.take_code(session, claimed.member, message.sender, reading.code):
        remember(session, message, claimed, has_wrong_code=True)
        return MessageVerdict(True, "code-wrong", wording.WRONG_CODE, claimed.member, claimed.municipality)
    view = actions.verify(session, filing.actor_for(claimed, waiting.group_id), waiting.id, how="code")
    said = wording.receipt(view, is_verified=True, has_wrong_code=False)
    remember(session, message, claimed, request=view.id, receipt=said)
    return MessageVerdict(True, "code-right", said, claimed.member, claimed.municipality)


def _waiting(session: Session, message: Message, callers: Sequence[Caller]) -> AidRequest | None:
    """Return the one request that waits: the one that this number asked for, else the only one of its member."""
    rows = session.execute(
        select(AidRequest, AskedMessage.sender_digest)
        .join(AskedMessage, AskedMessage.request_id == AidRequest.id)
        .where(
            AidRequest.requester_id.in_([each.member for each in callers]),
            AidRequest.status == RequestStatus.UNVERIFIED,
            AidRequest.is_proxy.is_(False),
            AidRequest.made_at > clock.now(session) - WAITS,
        )
    ).all()
    own = {request.id: request for request, sender in rows if sender == message.sender}
    found = own or {request.id: request for request, _ in rows}
    return next(iter(found.values())) if len(found) == 1 else None
