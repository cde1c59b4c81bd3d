"""Which partners are alerted together: the first wave at once, the next when answers stay out."""

from collections.abc import Sequence
from typing import Protocol


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


def assign(quantities: Sequence[int], need: int, cover: float, minimum: int) -> tuple[int, ...]:
    """Wave numbers (from 1) for partners in rank order, each able to give `quantities[i]`.

    A wave is full when it could give `cover` times the need and holds `minimum` partners: many will
    not answer or give less, and one answer must not decide alone.
    """
    waves = []
    wave, held, size = 1, 0, 0
    for quantity in quantities:
        if size >= minimum and held >= cover * need:
            wave, held, size = wave + 1, 0, 0
        waves.append(wave)
        held += quantity
        size += 1
    return tuple(waves)


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
