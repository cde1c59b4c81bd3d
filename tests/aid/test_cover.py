"""Wave sizes: exact against every possible outcome, and no larger than they must be."""

from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aid.cover import ALL_OF_IT, CERTAINTY, Ask, certainty, chance_in_time, chance_of_yes, fewest

ASKS = st.builds(Ask, st.integers(0, 9), st.floats(0.01, 0.99))


def by_hand(need: int, asks: list[Ask]) -> float:
    """Add up every possible outcome."""
    reached = 0.0
    for outcome in product(range(3), repeat=len(asks)):
        chance, units = 1.0, 0
        for what, ask in zip(outcome, asks, strict=True):
            chance *= (1 - ask.chance, ask.chance * ALL_OF_IT, ask.chance * (1 - ALL_OF_IT))[what]
            units += (0, ask.quantity, (ask.quantity + 1) // 2)[what]
        reached += chance if units >= need else 0.0
    return reached


@given(need=st.integers(0, 20), asks=st.lists(ASKS, max_size=6))
def test_the_certainty_is_exact(need: int, asks: list[Ask]) -> None:
    assert certainty(need, asks) == pytest.approx(by_hand(need, asks))


@given(need=st.integers(1, 20), asks=st.lists(ASKS, max_size=9), asked=st.lists(ASKS, max_size=3))
def test_no_fewer_would_do(need: int, asks: list[Ask], asked: list[Ask]) -> None:
    count = fewest(need, asks, asked=asked)
    if count < len(asks):
        assert certainty(need, [*asked, *asks[:count]]) >= CERTAINTY
    if count:
        assert certainty(need, [*asked, *asks[: count - 1]]) < CERTAINTY


@given(need=st.integers(1, 30), asks=st.lists(ASKS, max_size=9))
def test_a_greater_need_never_takes_fewer(need: int, asks: list[Ask]) -> None:
    assert fewest(need, asks) <= fewest(need + 1, asks)


def test_one_yes_is_no_promise() -> None:
    assert chance_of_yes(1, 1) == pytest.approx(5 / 9)
    assert chance_of_yes(0, 0) == pytest.approx(0.5)
    assert chance_of_yes(80, 100) == pytest.approx(84 / 108)


@given(chance=st.floats(0.05, 0.95), silent=st.floats(1, 500), minutes=st.floats(1, 500))
def test_silence_makes_a_yes_less_likely(chance: float, silent: float, minutes: float) -> None:
    assert 0 <= chance_in_time(chance, minutes, silent) <= chance + 1e-9
    assert chance_in_time(chance, minutes) <= chance


def test_a_wave_covers_as_often_as_it_promises() -> None:
    """Ten thousand draws of partners whose real chances are only known from eight calls each."""
    random = Random(1)
    covered = 0
    rounds = 2_000
    for _ in range(rounds):
        real = [random.betavariate(5, 5) for _ in range(60)]
        asks = [Ask(8, chance_of_yes(sum(random.random() < each for _ in range(8)), 8)) for each in real]
        count = fewest(40, asks)
        offered = sum((8 if random.random() < ALL_OF_IT else 4) for each in real[:count] if random.random() < each)
        covered += offered >= 40
    assert 0.93 <= covered / rounds <= 0.98
