"""Wave sizes: exact against every possible outcome, and no larger than they must be."""

from dataclasses import replace
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aid.waves.choosing import WaveTerms, chosen
from aid.waves.cover import ALL_OF_IT, CERTAINTY, Ask, certainty, chance_in_time, chance_of_yes, fewest

GREAT = st.lists(st.builds(Ask, st.integers(1, 900), st.floats(0.1, 0.9)), max_size=6)
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


@given(need=st.integers(1, 20), asks=st.lists(ASKS, min_size=1, max_size=6), more=st.integers(1, 9))
def test_who_could_give_more_or_is_likelier_to_never_makes_it_less_sure(
    need: int, asks: list[Ask], more: int
) -> None:
    first = certainty(need, asks)
    richer = [replace(asks[0], quantity=asks[0].quantity + more), *asks[1:]]
    likelier = [replace(asks[0], chance=min(asks[0].chance + 0.1, 0.99)), *asks[1:]]
    for better in (richer, likelier, [*asks, Ask(more, 0.5)]):
        assert certainty(need, better) >= first - 1e-12
    assert certainty(need, asks[::-1]) == pytest.approx(first), "the order of those asked never matters"


@given(
    need=st.sampled_from([0, 1, 2_000_000_000]), asks=st.lists(ASKS | st.just(Ask(2_000_000_000, 0.5)), max_size=4)
)
def test_needs_of_nothing_and_huge_ones_are_counted_as_well(need: int, asks: list[Ask]) -> None:
    assert 0 <= certainty(need, asks) <= 1 + 1e-9
    assert fewest(need, asks) <= len(asks)
    assert need or fewest(need, asks) == 0


def test_one_yes_is_no_promise() -> None:
    assert chance_of_yes(1, 1) == pytest.approx(5 / 9)
    assert chance_of_yes(0, 0) == pytest.approx(0.5)
    assert chance_of_yes(80, 100) == pytest.approx(84 / 108)


@given(chance=st.floats(0.05, 0.95), silent=st.floats(1, 500), minutes=st.floats(1, 500))
def test_silence_makes_a_yes_less_likely(chance: float, silent: float, minutes: float) -> None:
    assert 0 <= chance_in_time(chance, minutes, silent) <= chance + 1e-9
    assert chance_in_time(chance, minutes) <= chance


def test_silence_is_weighed_against_those_who_never_say_no() -> None:
    """At the median half of the yeses have come and a quarter of all noes have been said: 25 of 62.5 are left."""
    assert chance_in_time(0.5, 1e9, silent_for=30, median=30) == pytest.approx(0.4)


def test_a_slow_group_is_given_less_hope_in_the_same_time() -> None:
    assert chance_in_time(0.5, 60, median=30) == pytest.approx(0.378, abs=0.001)
    assert chance_in_time(0.5, 60, median=120) == pytest.approx(0.122, abs=0.001)
    assert chance_in_time(0.5, 600, silent_for=60, median=120) > chance_in_time(0.5, 600, silent_for=60, median=30)


@settings(deadline=None, max_examples=30)
@given(need=st.integers(401, 5_000), asks=GREAT)
def test_a_great_need_is_counted_in_steps_and_never_overstated(need: int, asks: list[Ask]) -> None:
    assert certainty(need, asks) <= by_hand(need, asks) + 1e-9


def test_a_need_that_all_cannot_cover_is_told_without_computing() -> None:
    assert fewest(10_000, [Ask(5, 0.5)] * 1_000) == 1_000


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_wave_covers_as_often_as_it_promises(seed: int) -> None:
    """Partners whose real chances are only known from up to twelve calls each, and who take their time."""
    random = Random(seed)
    rounds = 500
    covered = sum(_is_covered(random) for _ in range(rounds))
    assert 0.93 <= covered / rounds <= 0.98


def _is_covered(random: Random) -> bool:
    """Rank sixty partners by what is known of them, ask a wave, and see who answers within the hour."""
    real = [random.betavariate(5, 5) for _ in range(60)]
    calls = [random.randrange(13) for _ in real]
    said = [sum(random.random() < chance for _ in range(asked)) for chance, asked in zip(real, calls, strict=True)]
    known = [chance_of_yes(yes, asked) for yes, asked in zip(said, calls, strict=True)]
    order = sorted(range(len(real)), key=lambda place: -known[place])
    asks = [Ask(8, chance_in_time(known[place], 60)) for place in order]
    wave = [order[place] for place in chosen(40, asks, WaveTerms(minimum=1))]
    answering = [place for place in wave if random.random() < real[place] and random.lognormvariate(0, 1) * 30 <= 60]
    return sum(8 if random.random() < ALL_OF_IT else 4 for _ in answering) >= 40
