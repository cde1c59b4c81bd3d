from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aid.waves import assign, following, merge


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
