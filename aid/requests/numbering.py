"""Document numbers of requests: one series per requester and fiscal year."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from aid.models import RequestCounter
from foundation import clock
from foundation.database.statements import insert_or_skip


def next_number(session: Session, member: str, municipality: str | None) -> str:
    """Return the member's next request number of this fiscal year, such as `042129-2026-0007`.

    The counter's row is locked to the commit, so the series has no holes and no twins.
    """
    year = clock.fiscal_year(clock.today(session))
    insert_or_skip(session, RequestCounter, {"member_id": member, "fiscal_year": year, "last": 0})
    last = session.execute(
        update(RequestCounter)
        .where(RequestCounter.member_id == member, RequestCounter.fiscal_year == year)
        .values(last=RequestCounter.last + 1)
        .returning(RequestCounter.last)
        .execution_options(synchronize_session=False)
    ).scalar_one()
    return f"{municipality or member[-12:]}-{year}-{last:04d}"
