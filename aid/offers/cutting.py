"""Cutting an answer to a question about several requests into one answer for each."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from aid.offers.taking import Asked
from aid.requests.alerting import QUESTION
from notifications.events import AnswerReceived
from notifications.replies import Choice

_YES = (Choice.ACCEPT, Choice.PROVISIONAL)


def cut(
    event: AnswerReceived, asked: Sequence[Asked], is_open: Collection[str]
) -> Iterator[tuple[Asked, AnswerReceived]]:
    """Yield, for each request that the answer speaks of, its own answer; `is_open`: those that still ask.

    Where any quantity was said, a line without one gives nothing: nobody promises a second request by saying 50 for
    the first. A yes that gives nothing for a request is a no to that one.

    What a partner has promised otherwise stays: silence does not undo it, nor does what is said to the others while
    the message asks about them alone.
    """
    request_of = {line.id: line.request_id for each in asked for line in each.lines}
    is_counted = any(quantity is not None for quantity in event.quantities)
    said = list(zip(event.references, event.quantities, event.more, strict=True))
    for each in asked:
        request = each.request.id
        own = [
            (line, 0 if quantity is None and is_counted else quantity, more)
            for line, quantity, more in said
            if request_of.get(line) == request
        ]
        is_silent = is_counted and all(request_of.get(line) != request or n is None for line, n, _ in said)
        is_about_others = bool(is_open) and request not in is_open and not any(quantity for _, quantity, _ in own)
        if each.is_promised and (is_silent or is_about_others):
            continue
        gives_nothing = event.choice in _YES and all(quantity == 0 for _, quantity, _ in own)
        yield (
            each,
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
