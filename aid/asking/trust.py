"""How far a message is trusted: a known number and a code together verify, either alone does not.

Wrong codes are counted per sender and per member; beyond the limit no code is looked at, and people call back.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.orm import Session

from aid.asking import codes
from aid.asking.models import AskedMessage, RequestCode
from foundation import clock
from foundation.sealing import digest

WRONG_OF_SENDER = 5
WRONG_OF_MEMBER = 50
"""Wrong codes in a day. A member has some forty live codes among 350,000: who also forges a contact's number and
tries every day, hits one after half a year on average; its leaders hear of the first that is wrong."""
_DAY = timedelta(days=1)


def code_digest(session: Session, member: str, code: str) -> bytes:
    """Return what is kept of a code: bound to its member, without the check character."""
    return digest(session, "request-code", f"{member}:{code[: codes.LENGTH]}")


def sender_digest(session: Session, sender: str) -> bytes:
    """Return what a sender is known again by."""
    return digest(session, "asked-sender", sender.casefold())


def take_code(session: Session, member: str, sender: bytes, code: str) -> bool:
    """Use a code up, once; False where it is none of the member's, used, void, or too many were wrong."""
    if not codes.is_whole(code) or is_barred(session, member, sender):
        return False
    taken = session.execute(
        update(RequestCode)
        .where(
            RequestCode.member_id == member,
            RequestCode.digest == code_digest(session, member, code),
            RequestCode.used_at.is_(None),
            RequestCode.voided_at.is_(None),
        )
        .values(used_at=clock.now(session))
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", taken).rowcount == 1


def is_barred(session: Session, member: str, sender: bytes) -> bool:
    """Tell whether so many codes were wrong within a day that none is looked at."""
    since = clock.now(session) - _DAY
    wrong = select(func.count()).select_from(AskedMessage).where(AskedMessage.has_wrong_code, AskedMessage.at > since)
    of_sender = session.scalar(wrong.where(AskedMessage.sender_digest == sender)) or 0
    of_member = session.scalar(wrong.where(AskedMessage.member_id == member)) or 0
    return of_sender >= WRONG_OF_SENDER or of_member >= WRONG_OF_MEMBER


def codes_left(session: Session, people: Sequence[str]) -> dict[str, int]:
    """Return how many codes of each person's card are still good."""
    rows = session.execute(
        select(RequestCode.person_id, func.count())
        .where(RequestCode.person_id.in_(people), RequestCode.used_at.is_(None), RequestCode.voided_at.is_(None))
        .group_by(RequestCode.person_id)
    )
    return {person: count for person, count in rows}  # noqa: C416 — rows are no pairs to a type checker
