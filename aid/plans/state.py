"""What a round of planning looks at, and what it makes of it: plain facts; the same facts give the same plan.

Keys are numbers of requests and codes of municipalities, never ids: they order everything, and a replayed disaster
has the same ones.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256

from aid.allocation.problem import Way
from aid.plans.choosing import Forecast, Holding
from aid.waves.cover import Ask


@dataclass(frozen=True, slots=True)
class OpenLine:
    """未充足の品目: what a line still needs; `ways` are those who could serve it and were not asked, one of each.

    The store of a way is named by who has it and its kind, which may be one that stands in for the line's.
    `left_out` counts, by the code of the reason, who could not. `out` is how many were asked and have not answered,
    `waiting` how many of those still have time to.
    """

    key: str
    request: str
    number: str
    line: str
    kind: str
    priority: int
    needed: int
    ways: tuple[Way, ...]
    asked: tuple[Ask, ...] = ()
    out: int = 0
    waiting: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def brief(self) -> "OpenLine":
        """The line with the first of its ways alone: whether there is any."""
        return replace(self, ways=self.ways[:1])


@dataclass(frozen=True, slots=True)
class Pin:
    """指定: ask this store for this line in any case; None: for all that is needed."""

    line: str
    store: str
    quantity: int | None


@dataclass(frozen=True, slots=True)
class Rules:
    """計画への指示: what people decided; `priorities` by request number, `forbidden` pairs of line and store."""

    pins: tuple[Pin, ...] = ()
    forbidden: frozenset[tuple[str, str]] = frozenset()
    priorities: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class State:
    """計画の前提: everything that a round may know. `members` by store key: who holds it."""

    planning: str
    at: datetime
    is_held: bool
    lines: tuple[OpenLine, ...]
    holdings: tuple[Holding, ...]
    forecasts: tuple[Forecast, ...]
    rules: Rules
    members: Mapping[str, str]

    @property
    def digest(self) -> str:
        """A digest of the facts, without anything that a replay could not have again."""
        facts = (
            [(each.key, each.kind, each.priority, each.needed, each.ways, each.asked) for each in self.lines],
            self.holdings,
            self.forecasts,
            self.rules.pins,
            sorted(self.rules.forbidden),
            sorted(self.rules.priorities.items()),
        )
        return sha256(repr(facts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ToAsk:
    """照会の案: units to ask a store for, for a line."""

    line: OpenLine
    store: str
    quantity: int
    chance: float
    is_pinned: bool

    @property
    def kind(self) -> str:
        """What the store holds: the kind asked for, or what stands in for it."""
        return self.store.rpartition("|")[2]

    @property
    def instead(self) -> str | None:
        """What would stand in for the kind asked for, if anything."""
        return None if self.kind == self.line.kind else self.kind


@dataclass(frozen=True, slots=True)
class Outlook:
    """品目の見通し: how sure it is that a line will be covered, what is short, and why."""

    line: OpenLine
    priority: int
    certainty: float
    short: int
    cause: str | None
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Made:
    """計画: what a round wants to ask, what is short, and for which priority one more unit of a kind would matter.

    `digest` is that of the whole state. `why` tells by line and member why it is asked, in words for itself.
    """

    state: State
    digest: str
    asks: tuple[ToAsk, ...]
    outlooks: tuple[Outlook, ...]
    prices: Mapping[str, int]
    cost: int
    solver: str
    is_optimal: bool
    why: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)

    @property
    def asked(self) -> dict[str, set[str]]:
        """The members that are to be asked, by line."""
        return self.members_by_line(self.asks)

    def members_by_line(self, asks: Iterable[ToAsk]) -> dict[str, set[str]]:
        """Return the members of some of the asks, by line."""
        found: dict[str, set[str]] = {}
        for ask in asks:
            found.setdefault(ask.line.line, set()).add(self.state.members[ask.store])
        return found

    @property
    def brief(self) -> "Made":
        """The plan without its ways, of which a nation has millions: all that is needed to act on it."""
        lines = tuple(line.brief for line in self.state.lines)
        forecasts = tuple(replace(each, ways=()) for each in self.state.forecasts)
        return replace(
            self,
            state=replace(self.state, lines=lines, forecasts=forecasts),
            asks=tuple(replace(ask, line=ask.line.brief) for ask in self.asks),
            outlooks=tuple(replace(each, line=each.line.brief) for each in self.outlooks),
        )
