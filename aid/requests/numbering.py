"""Document numbers of requests: one series per requester and fiscal year."""

from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from aid.models import RequestCounter
from foundation import clock
from foundation.database.statements import dialect_of, insert_of, table_of


def next_number(session: Session, member: str, municipality: str | None) -> str:
    """Return the member's next request number of this fiscal year, such as `042129-2026-0007`.

    The counter's row is locked to the commit, so the series has no holes and no twins.
    """
    year = clock.fiscal_year(clock.today(session))
    counter = {"member_id": member, "fiscal_year": year, "last": 1}
    last = session.scalars(_counting(dialect_of(session)), counter).one()
    return f"{municipality or member[-12:]}-{year}-{last:04d}"


@cache
def _counting(dialect: str) -> Any:
    counters = table_of(RequestCounter)
    return (
        insert_of(RequestCounter, dialect)
        .on_conflict_do_update(index_elements=counters.primary_key, set_={"last": counters.c.last + 1})
        .returning(counters.c.last)
    )
