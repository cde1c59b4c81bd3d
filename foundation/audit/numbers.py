"""Numbers by which people find a reading again: printed in the watermark, kept among the facts of its rows.

`261122-K7M2-9QXD`: the day in Japan, then forty random bits in letters that can't be taken for digits (Crockford's
Base32). The rows of one reading in several chains carry the same number, and its hash covers it.
"""

import secrets
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from sqlalchemy import ColumnElement, and_, false
from sqlalchemy.orm import Session

from foundation import clock
from foundation.audit.models import Audit
from foundation.clock import JAPAN

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
AuditNumber = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{6}-[0-9A-Za-z]{4}-[0-9A-Za-z]{4}$"),
    AfterValidator(str.upper),
]
"""監査番号: as it is printed, in capitals or not."""


def new_number(session: Session) -> str:
    """Return a number for what is recorded in this transaction."""
    code = "".join(secrets.choice(LETTERS) for _ in range(8))
    return f"{clock.today(session):%y%m%d}-{code[:4]}-{code[4:]}"


def numbered(number: str) -> ColumnElement[bool]:
    """Limit the record to the rows of a number; its day leaves few to look into."""
    try:
        day = datetime.strptime(number[:6], "%y%m%d").replace(tzinfo=JAPAN)
    except ValueError:
        return false()
    return and_(Audit.at >= day, Audit.at < day + timedelta(days=1), Audit.facts["number"].as_string() == number)
