"""How long a non-disclosure agreement holds: from its first day to its last, unless it is revoked before."""

from calendar import monthrange
from datetime import date, timedelta
from enum import StrEnum

YEARLY = 12
"""The months of an agreement that says nothing: its NDAs then end with the fiscal year, not on an anniversary."""
LAST_MONTH, LAST_DAY = 3, 31
"""The fiscal year (年度) ends on March 31."""


class NdaWay(StrEnum):
    """署名の方法: confirmed by the person in the product, noted from a sheet of paper, or that sheet as a file."""

    IN_PRODUCT = "in_product"
    PAPER = "paper"
    SCAN = "scan"


class NdaStatus(StrEnum):
    """秘密保持契約の状態: derived from its days, never stored."""

    PENDING = "pending"
    IN_FORCE = "in_force"
    EXPIRED = "expired"
    REVOKED = "revoked"


def standing(starts_on: date, ends_on: date, today: date, *, is_revoked: bool) -> NdaStatus:
    """Return what an NDA is worth on a day in Japan; both its first and its last day count."""
    if is_revoked:
        return NdaStatus.REVOKED
    if today < starts_on:
        return NdaStatus.PENDING
    return NdaStatus.IN_FORCE if today <= ends_on else NdaStatus.EXPIRED


def last_day(starts_on: date, months: int) -> date:
    """Return the last day of an NDA: the next March 31 where it is yearly, else so many months less a day."""
    if months == YEARLY:
        year = starts_on.year + (starts_on.month > LAST_MONTH)
        return date(year, LAST_MONTH, LAST_DAY)
    years, month = divmod(starts_on.month - 1 + months, 12)
    year, month = starts_on.year + years, month + 1
    return date(year, month, min(starts_on.day, monthrange(year, month)[1])) - timedelta(days=1)
