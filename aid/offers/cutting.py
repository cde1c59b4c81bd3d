"""Cutting an answer to a question about several requests into one answer for each."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from aid.models import RequestLine
from aid.requests.alerting import QUESTION
from notifications.events import AnswerReceived
from notifications.replies import Choice

_YES = (Choice.ACCEPT, Choice.PROVISIONAL)


def cut(session: Session, event: AnswerReceived, requests: Sequence[str]) -> Iterator[tuple[str, AnswerReceived]]:
    """Yield, for each request that the answer speaks of, its own answer.

    Where any quantity was said, a line without one gives nothing: nobody promises a second request by saying 50 for
    the first. A yes that gives nothing for a request is a no to that one.
    """
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
