"""What is given in the place of what was asked for: a notebook for a desktop PC."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from agreements.terms import Terms
from aid.models import AidRequest, OfferLine, RequestLine
from aid.ranking import traits
from inventory import stock


def kinds_for(request: AidRequest, line: RequestLine) -> tuple[str, ...]:
    """Return what may stand in for what a line asks, by the terms frozen onto the request; best first."""
    return traits.kinds_instead(line.kind, Terms.from_json(request.terms).ranking.least_fit)


def given_instead(session: Session, lines: Sequence[OfferLine], kinds: dict[str, str]) -> dict[str, dict[str, int]]:
    """Return, by offered line, how much of other kinds is promised; `kinds` tells what each request line asks."""
    promised = stock.promised_kinds(session, [each.id for each in lines])
    return {
        each.id: others
        for each in lines
        if (others := {kind: n for kind, n in promised.get(each.id, {}).items() if kind != kinds[each.line_id]})
    }
