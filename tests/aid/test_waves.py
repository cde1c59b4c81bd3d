from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from aid.waves.choosing import WaveTerms, chosen, following, is_doubtful, is_likely, merge, numbered
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


def test_member_of_several_lines_is_alerted_once_in_its_earliest_wave() -> None:
    first = OneLine((Waved("a", 1), Waved("b", 2), Waved("c", 3)))
    second = OneLine((Waved("c", 1), Waved("b", 3)))
    merged = merge([first, second])
    assert merged == (("a", 1), ("c", 1), ("b", 2))
    assert merge([second, first]) == merged


@given(
    st.lists(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 4)).map(dict.items), max_size=4),
    st.randoms(use_true_random=False),
)
def test_the_order_of_lines_and_candidates_never_matters(lines: list[Any], random: Any) -> None:
    told = [OneLine(tuple(Waved(*each) for each in line)) for line in lines]
    again = [OneLine(tuple(random.sample(line.candidates, len(line.candidates)))) for line in told]
    random.shuffle(again)
    assert merge(again) == merge(told)


@given(need=st.integers(0, 60), candidates=ASKS, out=ASKS, cover=st.floats(0, 3), minimum=st.integers(1, 6))
def test_everybody_is_in_one_wave_and_no_wave_is_wider_than_it_must_be(
    need: int, candidates: list[Ask], out: list[Ask], cover: float, minimum: int
) -> None:
    terms = WaveTerms(cover=cover, minimum=minimum)
    numbers = numbered(need, candidates, terms, out)
    assert len(numbers) == len(candidates)
    assert {place for place, number in enumerate(numbers) if number == 1} == set(chosen(need, candidates, terms, out))
    later = [number for number in numbers if number > 1]
    assert later == sorted(later), "whoever follows the first wave follows in rank order"
    assert set(later) == set(range(2, max(later, default=1) + 1))
    wanted = sum(ask.expected for ask, number in zip(candidates, numbers, strict=True) if number == 1)
    for wave in set(later):
        held = [ask.expected for ask, number in zip(candidates, numbers, strict=True) if number == wave]
        assert len(held) <= minimum or sum(held[:-1]) < wanted
        assert wave == max(later) or len(held) >= minimum


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


def test_a_wave_that_is_a_little_less_sure_is_not_renewed_at_once() -> None:
    """Made for 95 %, it is renewed below 85.5 %."""
    for chance, is_renewed in ((0.94, False), (0.86, False), (0.85, True)):
        out = [Ask(10, chance)]
        assert not is_likely(5, out, PLAIN)
        assert is_doubtful(5, out, PLAIN) is is_renewed
