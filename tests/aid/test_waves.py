from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aid.waves.choosing import WaveTerms, assign, chosen, following, is_doubtful, is_likely, merge, numbered
from aid.waves.cover import CERTAINTY, Ask, certainty, fewest

PLAIN = WaveTerms(minimum=1, cover=0.0)
ASKS = st.lists(st.builds(Ask, st.integers(1, 30), st.floats(0.05, 0.95)), max_size=25)


@dataclass(frozen=True)
class Waved:
    member: str
    wave: int


@dataclass(frozen=True)
class OneLine:
    candidates: tuple[Waved, ...]


@pytest.mark.parametrize(
    ("quantities", "need", "expected"),
    [
        ([], 60, ()),
        ([60, 60, 60, 60], 60, (1, 1, 1, 2)),
        ([10] * 20, 60, (1,) * 18 + (2, 2)),
        ([1, 1], 100, (1, 1)),
        ([2] * 7, 2, (1, 1, 1, 2, 2, 2, 3)),
    ],
)
def test_wave_covers_three_times_the_need(quantities: list[int], need: int, expected: tuple[int, ...]) -> None:
    assert assign(quantities, need, cover=3.0, minimum=3) == expected


@given(st.lists(st.integers(1, 100), max_size=60), st.integers(1, 100), st.floats(0.5, 6), st.integers(1, 6))
def test_everybody_is_in_one_wave_and_each_wave_is_no_bigger_than_it_must(
    quantities: list[int], need: int, cover: float, minimum: int
) -> None:
    numbers = assign(quantities, need, cover, minimum)
    assert len(numbers) == len(quantities)
    assert list(numbers) == sorted(numbers)
    assert set(numbers) == set(range(1, max(numbers, default=0) + 1))
    for wave in set(numbers):
        held = [quantity for quantity, number in zip(quantities, numbers, strict=True) if number == wave]
        is_full_without_the_last = sum(held[:-1]) >= cover * need and len(held) > minimum
        assert not is_full_without_the_last
        if wave < max(numbers):
            assert sum(held) >= cover * need
            assert len(held) >= minimum


def test_member_of_several_lines_is_alerted_once_in_its_earliest_wave() -> None:
    first = OneLine((Waved("a", 1), Waved("b", 2), Waved("c", 3)))
    second = OneLine((Waved("c", 1), Waved("b", 3)))
    merged = merge([first, second])
    assert merged == (("a", 1), ("c", 1), ("b", 2))
    assert merge([second, first]) == merged


def test_following_wave_skips_numbers_that_nobody_holds() -> None:
    waves = (("a", 1), ("b", 3))
    assert following(waves, 0) == 1
    assert following(waves, 1) == 3
    assert following(waves, 3) is None


@given(need=st.integers(1, 60), candidates=ASKS, out=ASKS)
def test_a_wave_reaches_its_certainty_with_no_more_than_the_first_in_rank_would(
    need: int, candidates: list[Ask], out: list[Ask]
) -> None:
    wave = [candidates[place] for place in chosen(need, candidates, PLAIN, out)]
    first = fewest(need, candidates, asked=out)
    assert len(wave) <= max(first, 1)
    if certainty(need, [*out, *candidates]) >= CERTAINTY:
        assert certainty(need, [*out, *wave]) >= CERTAINTY
    elif candidates:
        assert len(wave) == len(candidates), "where all do not suffice, all are asked"


def test_who_is_likely_to_give_much_spares_the_others() -> None:
    seldom, always = Ask(10, 0.2), Ask(10, 0.9)
    candidates = [seldom, seldom, always, always, always, seldom, seldom, seldom, *[seldom] * 12]
    assert chosen(10, candidates, PLAIN) == (2, 3, 4)
    assert numbered(10, candidates, PLAIN)[:6] == (2, 2, 1, 1, 1, 2), (
        "later waves are as wide as the first, in rank order"
    )


def test_the_floors_widen_a_wave_and_never_narrow_it() -> None:
    sure = [Ask(10, 0.99)] * 9
    assert chosen(10, sure, PLAIN) == (0, 1)
    assert chosen(10, sure, WaveTerms(minimum=4)) == (0, 1, 2, 3)
    assert chosen(10, sure, WaveTerms(minimum=1, cover=3.0)) == (0, 1, 2)
    assert chosen(10, sure, WaveTerms(certainty=0.0, cover=1000.0)) == tuple(range(9))
    unsure = [Ask(10, 0.3)] * 30
    assert len(chosen(10, unsure, WaveTerms(minimum=4, cover=2.0))) == len(chosen(10, unsure, PLAIN)) == 11


@given(need=st.integers(0, 60), out=ASKS)
def test_what_is_likely_is_not_doubtful(need: int, out: list[Ask]) -> None:
    assert not (is_likely(need, out, PLAIN) and is_doubtful(need, out, PLAIN))
    floors = WaveTerms(certainty=0.0)
    assert is_likely(need, out, floors) is (need == 0)
    assert is_doubtful(need, out, floors) is (sum(ask.quantity for ask in out) < need)
