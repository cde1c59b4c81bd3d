"""Why a plan leaves a need short, and what else a store could do: what a coordinator asks of a plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from aid.allocation.problem import Need, Plan, Problem, lacking

MOST_USES = 3
"""How many of those that have what is missing are named."""


class ShortCause(StrEnum):
    """不足の理由: the first that is true."""

    NOBODY_DECLARED = "nobody_declared"
    """登録なし: nobody has declared it."""
    ONLY_EXCLUDED = "only_excluded"
    """対象外のみ: those who declared it are hit, too late, ruled out or were asked already."""
    ALL_PROMISED = "all_promised"
    """全て約束済み: nothing of what they have was left before this plan."""
    MORE_URGENT = "more_urgent"
    """より緊急: more urgent needs use it."""
    SHARED = "shared"
    """分け合い: needs no more urgent than this one share what is too little for all."""


@dataclass(frozen=True, slots=True)
class Use:
    """使い道: units that a need gets of what another one lacks."""

    need: str
    priority: int
    units: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """不足: units of a need that stay unmet, why, and who has what could serve it, the most urgent first."""

    need: str
    units: int
    cause: ShortCause
    uses: tuple[Use, ...] = ()


@dataclass(frozen=True, slots=True)
class NextUse:
    """次善の使い道: the need that would gain most from one more unit of a store.

    `saved` is what that unit would save, in points times worth; `is_unmet` whether it would serve a unit that stays
    unmet, and not just serve one better.
    """

    need: str
    priority: int
    saved: int
    is_unmet: bool


class Explanation:
    """説明: what can be said of one plan; looked up as often as wanted."""

    def __init__(self, problem: Problem, plan: Plan, excluded: Mapping[str, int] | None = None) -> None:
        """Prepare a plan made for a problem; `excluded` says by need how many had the thing and were ruled out."""
        self._problem, self._plan, self._excluded = problem, plan, excluded or {}
        self._needs = {need.key: need for need in problem.needs}
        self._pool_of = {store.key: store.pool for store in problem.stores if store.pool}
        self._users: dict[str, list[tuple[str, int]]] = {}
        for (need, store), units in sorted(plan.units.items()):
            self._users.setdefault(store, []).append((need, units))

    def shortages(self) -> tuple[Shortage, ...]:
        """Return every need that is left short, the most urgent first."""
        return tuple(self._shortage(need) for need in self._problem.needs if self._plan.unmet[need.key] > 0)

    def next_use(self, store: str, besides: str | None = None) -> NextUse | None:
        """Return what one more unit of a store would be good for, a need left aside; None where for nothing."""
        found = [
            use
            for need, points in self._reached.get(store, ())
            if need.key != besides and (use := self._gain(need, store, points))
        ]
        return min(found, key=lambda use: (-use.saved, use.priority, use.need), default=None)

    def _shortage(self, need: Need) -> Shortage:
        units = self._plan.unmet[need.key]
        if not need.ways:
            ruled_out = self._excluded.get(need.key, 0) > 0
            return Shortage(need.key, units, ShortCause.ONLY_EXCLUDED if ruled_out else ShortCause.NOBODY_DECLARED)
        uses = self._uses(need)
        if not uses:
            return Shortage(need.key, units, ShortCause.ALL_PROMISED)
        is_urgent = any(use.priority < need.priority for use in uses)
        return Shortage(need.key, units, ShortCause.MORE_URGENT if is_urgent else ShortCause.SHARED, uses)

    def _uses(self, need: Need) -> tuple[Use, ...]:
        by_need: dict[str, int] = {}
        for store in self._competing(need):
            for other, units in self._users.get(store, ()):
                by_need[other] = by_need.get(other, 0) + units
        by_need.pop(need.key, None)
        uses = [Use(other, self._needs[other].priority, units) for other, units in by_need.items()]
        return tuple(sorted(uses, key=lambda use: (use.priority, -use.units, use.need))[:MOST_USES])

    def _competing(self, need: Need) -> set[str]:
        """The stores that could serve a need, and those that draw from the same people."""
        stores = {way.store for way in need.ways}
        pools = {self._pool_of[store] for store in stores & self._pool_of.keys()}
        return stores | {store for store, pool in self._pool_of.items() if pool in pools}

    @cached_property
    def _reached(self) -> Mapping[str, list[tuple[Need, int]]]:
        """The needs that a store could serve, each with the points of that way."""
        found: dict[str, list[tuple[Need, int]]] = {}
        for need in self._problem.needs:
            for way in need.ways:
                found.setdefault(way.store, []).append((need, way.points))
        return found

    def _gain(self, need: Need, store: str, points: int) -> NextUse | None:
        if unmet := self._plan.unmet[need.key]:
            saved = _last_lacking(need, unmet) - points * need.worth
            return NextUse(need.key, need.priority, saved, is_unmet=True)
        used = [way.points for way in need.ways if self._plan.units.get((need.key, way.store)) and way.store != store]
        saved = (max(used, default=0) - points) * need.worth
        return NextUse(need.key, need.priority, saved, is_unmet=False) if saved > 0 else None


def _last_lacking(need: Need, unmet: int) -> int:
    """What the last of the unmet units costs."""
    for units, cost in lacking(need):
        if unmet <= units:
            return cost
        unmet -= units
    raise ValueError("more is unmet than is needed")
