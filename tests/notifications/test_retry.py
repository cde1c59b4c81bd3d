from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from notifications import retry

FRESH = timedelta()


def seconds(tries: int, **given: object) -> float:
    arguments = {"gateways": 1, "age": FRESH, "jitter": 0.0} | given
    return retry.pause(tries, **arguments).total_seconds()  # type: ignore[arg-type]  # a table of arguments


def test_every_gateway_of_the_channel_is_tried_once_without_waiting() -> None:
    assert [seconds(tries, gateways=3) for tries in (1, 2, 3)] == [0, 0, 2]


def test_the_pauses_grow_to_two_minutes_in_the_first_hour() -> None:
    assert [seconds(tries) for tries in range(1, 9)] == [2, 5, 15, 30, 60, 120, 120, 120]


def test_an_older_message_is_tried_every_half_hour() -> None:
    assert seconds(50, age=timedelta(hours=1)) == 1800


def test_a_provider_that_asks_for_patience_gets_it() -> None:
    assert seconds(1, asked_to_wait=90.0) == 90
    assert seconds(6, asked_to_wait=90.0) == 120


@given(st.integers(1, 10_000), st.integers(1, 5), st.floats(0, 1), st.integers(0, 14 * 86_400))
def test_a_pause_is_never_longer_than_half_an_hour(tries: int, gateways: int, jitter: float, age: int) -> None:
    pause = retry.pause(tries, gateways=gateways, age=timedelta(seconds=age), jitter=jitter)
    assert timedelta() <= pause <= timedelta(minutes=30)
