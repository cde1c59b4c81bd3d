"""After an amendment: of each partner still asked is held what the corrected question asks of it."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from aid.digests import queries as digests
from aid.models import AidRequest, RequestLine
from aid.requests import asks, matching, standing_down


def hold_anew(session: Session, request: AidRequest, rows: Sequence[RequestLine]) -> None:
    """Hold what is asked by the lines as they are now.

    Who was asked for certain quantities is asked for no more than those, and for no more than is lacking; whom that
    leaves with nothing stands down. Of all others all that is lacking is asked, as far as they have it free.
    """
    idle = asks.idle_in(session, request.id, rows)
    asks.ask_no_more_than_lacks(session, request.id, rows)
    if idle:
        # All in one order, the others too: two requests that share messages would each wait for the other
        digests.locked(session, [digest for digest, _ in digests.open_digests(session, request.id)])
        request.tellings += 1
        over = [row for row in rows if any(row.id in lines for lines in idle.values())]
        standing_down.stand_down(
            session, request, sorted(idle), over, topic=request.id, wave=request.tellings, is_complete=True
        )
    named = asks.named_in(session, request.id)
    waiting = [member for member in asks.waiting_members(session, request.id) if member not in named]
    if waiting:
        held = asks.held_of(session, request.id, waiting)
        asks.release(session, request.id, waiting)
        before = {member: held.get(member, {}) for member in waiting}
        asks.hold(session, request, rows, matching.asked_anew(session, request, rows, before))
