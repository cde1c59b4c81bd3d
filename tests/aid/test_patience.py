"""How long one that has only received is waited for, and how far a question came: rules without a database."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aid.escalation.lifecycle import LONGEST_CALL, CallOutcome, is_calling
from aid.patience import LONGEST, pause
from aid.reaching import Standing, Why, reason, standing
from aid.waves.choosing import replacing

HOUR = timedelta(hours=1)
NOW = datetime(2026, 6, 1, 3, 0, tzinfo=UTC)


def test_reminders_come_at_growing_intervals_to_six_hours() -> None:
    hours = [pause(HOUR, repeats) / HOUR for repeats in range(6)]
    assert hours == [1, 2, 4, 6, 6, 6]


@given(st.integers(1, 2000), st.integers(0, 10_000))
def test_nobody_is_pressed_sooner_than_the_terms_say_nor_forgotten(minutes: int, repeats: int) -> None:
    answer_time = timedelta(minutes=minutes)
    waited = pause(answer_time, repeats)
    assert answer_time <= waited <= max(LONGEST, answer_time)
    assert waited <= pause(answer_time, repeats + 1)


@given(st.lists(st.integers(0, 50), max_size=30), st.integers(0, 500))
def test_as_many_stand_in_as_could_give_what_was_lost(quantities: list[int], lost: int) -> None:
    count = replacing(quantities, lost)
    assert (count >= 1) == bool(quantities), "one at least, where there is anybody"
    if count < len(quantities):
        assert sum(quantities[:count]) >= lost
    assert count <= 1 or sum(quantities[: count - 1]) < lost, "and not one more than needed"


STATUSES = st.sets(st.sampled_from(["queued", "sending", "accepted", "delivered", "failed", "superseded", "expired"]))


@given(st.booleans(), st.booleans(), STATUSES)
def test_what_a_partner_says_counts_more_than_its_messages(
    is_answered: bool, is_received: bool, statuses: set[str]
) -> None:
    found = standing(is_answered=is_answered, is_received=is_received, statuses=statuses)
    assert (found is Standing.ANSWERED) == is_answered
    assert (found is Standing.RECEIVED) == (is_received and not is_answered)
    if found is Standing.NOT_REACHED:
        assert not statuses & {"accepted", "delivered"}


@pytest.mark.parametrize(
    ("status", "code", "was_taken_over", "failing_since", "why"),
    [
        ("failed", "5.1.1 unknown", False, None, Why.ADDRESS_DEAD),
        ("failed", "address", False, None, Why.ADDRESS_DEAD),
        ("failed", "554 no", False, None, Why.REFUSED),
        ("failed", None, False, None, Why.REFUSED),
        ("failed", None, True, None, Why.NOT_DELIVERED),
        ("queued", "busy", False, NOW, Why.PROVIDERS_DOWN),
        ("queued", None, False, None, Why.WAITING),
        ("expired", "busy", False, NOW, Why.EXPIRED),
        ("superseded", None, False, None, Why.TAKEN_BACK),
    ],
)
def test_every_message_that_did_not_arrive_says_why(
    status: str, code: str | None, was_taken_over: bool, failing_since: datetime | None, why: Why
) -> None:
    found = reason(status, code=code, was_taken_over=was_taken_over, failing_since=failing_since)
    assert found is not None
    assert found.why is why
    assert "{" not in found.phrase("ja") + found.phrase("en")


@pytest.mark.parametrize("status", ["accepted", "delivered"])
def test_what_arrived_needs_no_reason(status: str) -> None:
    assert reason(status, code=None, was_taken_over=True, failing_since=None) is None


def test_a_gateway_is_down_since_an_hour_of_japan() -> None:
    found = reason("queued", code="busy", was_taken_over=False, failing_since=NOW)
    assert found is not None
    assert "06/01 12:00" in found.phrase("ja")


def test_a_call_that_nobody_ends_is_over_after_a_while() -> None:
    assert is_calling(CallOutcome.CALLING, NOW, NOW + LONGEST_CALL - timedelta(seconds=1))
    assert not is_calling(CallOutcome.CALLING, NOW, NOW + LONGEST_CALL)
    assert not is_calling(CallOutcome.NO_ANSWER, NOW, NOW)
