"""Which partners are alerted together: as few as will very likely cover the need, the next when they may not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from aid.waves.cover import CERTAINTY, Ask, certainty, fewest

RENEWED_BELOW = 0.9
"""A wave is renewed at once when its chance has fallen below this share of the certainty that it was made for."""


class WavedCandidate(Protocol):
    """波の割当: a partner with the wave it was given for one line."""

    @property
    def member(self) -> str: ...
    @property
    def wave(self) -> int: ...


class WavedRanking(Protocol):
    """照合結果: the part of a ranking that waves are made of."""

    @property
    def candidates(self) -> Sequence[WavedCandidate]: ...


@dataclass(frozen=True, slots=True)
class WaveTerms:
    """照会の波の条件: the chance with which a wave is to cover a need, and how wide it is at the least.

    `certainty` 0 asks for no chance: then `cover` (times the need) and `minimum` (partners) alone make a wave.
    """

    certainty: float = CERTAINTY
    cover: float = 1.0
    minimum: int = 3


def is_likely(need: int, out: Sequence[Ask], terms: WaveTerms) -> bool:
    """Tell whether those who are being asked will cover the need as certainly as a wave is to."""
    return need <= 0 or (terms.certainty > 0 and certainty(need, out) >= terms.certainty)


def may_lack(need: int, out: Sequence[Ask], terms: WaveTerms) -> bool:
    """Tell whether all of these together do not make a wave as the terms want it."""
    if terms.certainty:
        return not is_likely(need, out, terms)
    return sum(ask.quantity for ask in out) < terms.cover * need


def is_doubtful(need: int, out: Sequence[Ask], terms: WaveTerms) -> bool:
    """Tell whether so little is to be expected of those who are being asked that others are asked at once.

    Where no certainty is asked for: whether they could not cover the need even if all of them gave all.
    """
    if need <= 0:
        return False
    if not terms.certainty:
        return sum(ask.quantity for ask in out) < need
    return certainty(need, out) < RENEWED_BELOW * terms.certainty


def chosen(need: int, candidates: Sequence[Ask], terms: WaveTerms, out: Sequence[Ask] = ()) -> tuple[int, ...]:
    """Return which candidates, given in rank order, make the next wave besides those who are being asked.

    The fewest from the first that reach the certainty; or fewer of twice as many, taken by what each is expected to
    offer, where that reaches it as well. Then as many more in rank order as the floors ask for.
    """
    picked = _fewest(need, candidates, terms.certainty, out) if terms.certainty else set()
    held = sum(candidates[place].quantity for place in picked)
    for place, candidate in enumerate(candidates):
        if len(picked) >= terms.minimum and held >= terms.cover * need:
            break
        if place not in picked:
            picked.add(place)
            held += candidate.quantity
    return tuple(sorted(picked))


def numbered(need: int, candidates: Sequence[Ask], terms: WaveTerms, out: Sequence[Ask] = ()) -> tuple[int, ...]:
    """Wave numbers (from 1) for candidates in rank order.

    Only the first wave is exact. Who follows depends on answers that are still to come: later waves are shown as wide
    as the first, in partners and in what they are expected to offer.
    """
    first = set(chosen(need, candidates, terms, out))
    wanted = sum(candidates[place].expected for place in first)
    numbers, wave, size, expected = [], 2, 0, 0.0
    for place, candidate in enumerate(candidates):
        if place in first:
            numbers.append(1)
            continue
        if size >= terms.minimum and expected >= wanted:
            wave, size, expected = wave + 1, 0, 0.0
        numbers.append(wave)
        size += 1
        expected += candidate.expected
    return tuple(numbers)


def _fewest(need: int, candidates: Sequence[Ask], target: float, out: Sequence[Ask]) -> set[int]:
    count = fewest(need, candidates, target, out)
    by_yield = sorted(range(min(2 * count, len(candidates))), key=lambda place: -candidates[place].expected)
    best = [candidates[place] for place in by_yield]
    fewer = fewest(need, best, target, out)
    return set(by_yield[:fewer]) if fewer < count else set(range(count))


def merge(rankings: Sequence[WavedRanking]) -> tuple[tuple[str, int], ...]:
    """Member and wave for a request with several lines: one alert each, in its earliest wave.

    Sorted by wave, then member. A number may be missing: use `following`, never `wave + 1`.
    """
    earliest: dict[str, int] = {}
    for ranking in rankings:
        for candidate in ranking.candidates:
            wave = earliest.get(candidate.member, candidate.wave)
            earliest[candidate.member] = min(wave, candidate.wave)
    return tuple(sorted(earliest.items(), key=lambda entry: (entry[1], entry[0])))


def following(waves: Sequence[tuple[str, int]], wave: int) -> int | None:
    """The number of the next wave that holds anybody, or None after the last."""
    return min((number for _, number in waves if number > wave), default=None)


def replacing(quantities: Sequence[int], lost: int) -> int:
    """How many partners in rank order, each able to give `quantities[i]`, stand in for those that can't be reached.

    `lost` is what those could have given together; at least one stands in, as far as there is anybody.
    """
    held = count = 0
    while count < len(quantities) and (count == 0 or held < lost):
        held += quantities[count]
        count += 1
    return count
