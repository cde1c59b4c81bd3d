"""Cutting an answer to a question about several requests into one answer for each."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from aid.models import Offer, RequestLine
from aid.requests.alerting import QUESTION
from notifications.events import AnswerReceived
from notifications.replies import Choice

_YES = (Choice.ACCEPT, Choice.PROVISIONAL)
_STANDS = ("offered", "provisional", "accepted")


def cut(
    session: Session, event: AnswerReceived, requests: Sequence[str], is_open: Collection[str]
) -> Iterator[tuple[str, AnswerReceived]]:
    """Yield, for each request that the answer speaks of, its own answer; `is_open`: those that still ask.

    Where any quantity was said, a line without one gives nothing: nobody promises a second request by saying 50 for
    the first. A yes that gives nothing for a request is a no to that one.

    What a partner has promised otherwise stays: silence does not undo it, nor does what is said to the others while
    the message asks about them alone.
    """
    standing = _standing(session, event.member, requests)
    rows = session.execute(select(RequestLine.id, RequestLine.request_id).where(RequestLine.id.in_(event.references)))
    request_of = {row.id: row.request_id for row in rows}
    is_counted = any(quantity is not None for quantity in event.quantities)
    said = list(zip(event.references, event.quantities, event.more, strict=True))
    for request in requests:
        own = [
            (line, 0 if quantity is None and is_counted else quantity, more)
            for line, quantity, more in said
            if request_of.get(line) == request
        ]
        is_silent = is_counted and all(request_of.get(line) != request or n is None for line, n, _ in said)
        is_about_others = bool(is_open) and request not in is_open and not any(quantity for _, quantity, _ in own)
        if request in standing and (is_silent or is_about_others):
            continue
        gives_nothing = event.choice in _YES and all(quantity == 0 for _, quantity, _ in own)
        yield (
            request,
            replace(
                event,
                kind=QUESTION,
                topic=request,
                choice=Choice.DECLINE if gives_nothing else event.choice,
                references=tuple(line for line, _, _ in own),
                quantities=tuple(quantity for _, quantity, _ in own),
                more=tuple(more for _, _, more in own),
            ),
        )


def _standing(session: Session, member: str, requests: Collection[str]) -> set[str]:
    """Return the requests to which a member's yes stands."""
    return set(
        session.scalars(
            select(Offer.request_id).where(
                Offer.member_id == member, Offer.request_id.in_(requests), Offer.status.in_(_STANDS)
            )
        )
    )
