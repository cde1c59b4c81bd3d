from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.secrecy import NdaStatus, last_day, standing

DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2090, 12, 31))


@pytest.mark.parametrize(
    ("starts_on", "months", "last"),
    [
        (date(2026, 4, 1), 12, date(2027, 3, 31)),
        (date(2026, 12, 24), 12, date(2027, 3, 31)),
        (date(2027, 3, 31), 12, date(2027, 3, 31)),
        (date(2026, 4, 1), 6, date(2026, 9, 30)),
        (date(2026, 4, 1), 24, date(2028, 3, 31)),
        (date(2026, 8, 31), 6, date(2027, 2, 27)),
        (date(2026, 12, 1), 1, date(2026, 12, 31)),
    ],
)
def test_it_ends_with_the_fiscal_year_or_after_its_months(starts_on: date, months: int, last: date) -> None:
    assert last_day(starts_on, months) == last


@given(DAYS, st.integers(min_value=1, max_value=60))
def test_it_never_ends_before_it_begins(starts_on: date, months: int) -> None:
    assert starts_on - timedelta(days=1) < last_day(starts_on, months) <= starts_on + timedelta(days=31 * months)


@given(DAYS, st.integers(min_value=0, max_value=800), DAYS, st.booleans())
def test_it_is_in_force_from_its_first_to_its_last_day_alone(
    starts_on: date, days: int, today: date, is_revoked: bool
) -> None:
    ends_on = starts_on + timedelta(days=days)
    found = standing(starts_on, ends_on, today, is_revoked=is_revoked)
    assert (found is NdaStatus.IN_FORCE) == (starts_on <= today <= ends_on and not is_revoked)
    assert (found is NdaStatus.REVOKED) == is_revoked
    if not is_revoked:
        assert (found is NdaStatus.PENDING, found is NdaStatus.EXPIRED) == (today < starts_on, today > ends_on)
