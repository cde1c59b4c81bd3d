"""A plan in sections: each is acted on in a transaction of its own, the most urgent first.

A nation's round asks thousands of times: in one transaction, all who answer meanwhile would wait for the whole of it.
Broken off midway, what was asked stands, and the round that comes in its place asks for the rest.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from aid.plans.state import Made, ToAsk

SIZE = 250
"""Asks after which a section is full; all asks of one partner are in one, for it gets one message."""


@dataclass(frozen=True, slots=True)
class Section:
    """計画の一区切り: the asks, and the requests that nobody is left to ask for, that are acted on together.

    The first section opens the round, the last one ends it; both may be the same.
    """

    made: Made
    asks: tuple[ToAsk, ...]
    left: tuple[str, ...]
    is_first: bool
    is_last: bool

    @property
    def requests(self) -> set[str]:
        """The ids of the requests that it may change."""
        return {ask.line.request for ask in self.asks} | set(self.left)

    @property
    def asked(self) -> dict[str, set[str]]:
        """The members that are to be asked, by line."""
        return self.made.members_by_line(self.asks)


def cut(made: Made, size: int = SIZE) -> list[Section]:
    """Return a plan's sections, one at least, of about so many asks each; the same plan is cut alike."""
    together, left = list(_together(made, size)) or [[]], _left(made)
    room = max(size - len(together[-1]), 0)
    works = [*((asks, []) for asks in together[:-1]), (together[-1], left[:room])]
    works += [([], left[first : first + size]) for first in range(room, len(left), size)]
    last = len(works) - 1
    return [
        Section(made, tuple(asks), tuple(left), is_first=place == 0, is_last=place == last)
        for place, (asks, left) in enumerate(works)
    ]


def _together(made: Made, size: int) -> Iterator[list[ToAsk]]:
    """Return the asks, those of a partner together, in the order of the most urgent of each."""
    by_member: dict[str, list[ToAsk]] = {}
    for ask in made.asks:
        by_member.setdefault(made.state.members[ask.store], []).append(ask)
    full: list[ToAsk] = []
    for asks in by_member.values():
        full += asks
        if len(full) >= size:
            yield full
            full = []
    if full:
        yield full


def _left(made: Made) -> list[str]:
    """Return the requests that people must see to: short, nothing is asked now, and nobody asked has time left."""
    asked = {ask.line.request for ask in made.asks}
    busy = {each.line.request for each in made.outlooks if each.line.waiting or each.line.ways}
    short = {each.line.request for each in made.outlooks if each.short}
    return sorted(short - asked - busy)
