"""All open needs against all that could be given: what goes in, what comes out, and how both are counted.

The cost of a plan is in points of the ranking (lower is better) times a unit's worth. A unit's worth makes one usual
request of any kind weigh the same: forty PCs or four satellite phones. Everything is a whole number.

What was accepted is no longer part of the problem and so can't be taken back; it is told (`served`, `given`, `away`)
only for the steps of fairness, which count from the first unit.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import NamedTuple

REQUEST_WORTH = 1_000
LACKING = {1: 2_000_000, 2: 600_000, 3: 200_000, 4: 70_000}
"""Points for a usual request that stays wholly unmet, by priority: above any way's cost, so serving always wins."""
LENDING = ((50, 0), (30, 4_000), (20, 12_000))
"""Percent of a store and the points a unit of it costs: the load is shared before anybody is drained."""
AWAY = ((50, 0), (50, 6_000))
"""The same for the people of one member that may be away at once."""
PEOPLE_WORTH = REQUEST_WORTH // 2
"""A person's worth where the pool does not know what for: that of a usual request for two."""


@dataclass(frozen=True, slots=True)
class Pool:
    """要員の枠: people of a member that may still go, whatever they are sent for; `away` were promised before."""

    key: str
    free: int
    away: int = 0


@dataclass(frozen=True, slots=True)
class Store:
    """出せるもの: what a member has left of one kind, its own reserve not counted; `worth` is a unit's.

    `given` are the units that were promised before.
    """

    key: str
    free: int
    worth: int
    pool: str | None = None
    given: int = 0


class Way(NamedTuple):
    """手立て: one store that could serve a need; `points` as its ranking counts them. A nation has a million."""

    store: str
    points: int


@dataclass(frozen=True, slots=True)
class Need:
    """未充足の要請: what is still needed of one line; `worth` is a unit's, `served` are the units promised before."""

    key: str
    quantity: int
    priority: int
    worth: int
    ways: tuple[Way, ...]
    served: int = 0


@dataclass(frozen=True, slots=True)
class Pin:
    """固定: units of a store that people decided to use for a need."""

    need: str
    store: str
    units: int


@dataclass(frozen=True, slots=True)
class Problem:
    """割当の問題: in one order whatever the order it came in, so that the same facts give the same plan."""

    pools: tuple[Pool, ...]
    stores: tuple[Store, ...]
    needs: tuple[Need, ...]
    pins: tuple[Pin, ...] = ()

    @classmethod
    def of(
        cls,
        pools: Sequence[Pool],
        stores: Sequence[Store],
        needs: Sequence[Need],
        pins: Sequence[Pin] = (),
        forbidden: Collection[tuple[str, str]] = (),
    ) -> "Problem":
        """Put everything in order: needs by urgency, the rest by key, each need's ways by cost.

        Ways that people have forbidden, each (need, store), are left out.
        """
        return cls(
            tuple(sorted(pools, key=lambda pool: pool.key)),
            tuple(sorted(stores, key=lambda store: store.key)),
            tuple(
                replace(need, ways=_allowed(need, forbidden))
                for need in sorted(needs, key=lambda need: (need.priority, need.key))
            ),
            tuple(sorted(pins, key=lambda pin: (pin.need, pin.store))),
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """割当案: units by (need, store), what stays unmet by need, and what one more unit of a store would save.

    No plan costs less than `bound`, where that is known.
    """

    units: Mapping[tuple[str, str], int]
    unmet: Mapping[str, int]
    cost: int
    worth_more: Mapping[str, int] = field(default_factory=dict)
    is_optimal: bool = True
    bound: int | None = None


def _allowed(need: Need, forbidden: Collection[tuple[str, str]]) -> tuple[Way, ...]:
    ways = need.ways
    if forbidden:
        ways = tuple(way for way in ways if (need.key, way.store) not in forbidden)
    return tuple(sorted(ways, key=attrgetter("points", "store")))


def lending(store: Store) -> list[tuple[int, int]]:
    """Return what the next units of a store cost, as (units, cost of each), the cheapest first; some may be empty."""
    return [(units, points * store.worth) for units, points in _next(store.given, store.free, LENDING)]


def sending(pool: Pool) -> list[tuple[int, int]]:
    """Return what the next people of a pool cost, as (people, cost of each), like `lending`."""
    return [(units, points * PEOPLE_WORTH) for units, points in _next(pool.away, pool.free, AWAY)]


def lacking(need: Need) -> list[tuple[int, int]]:
    """Return what leaving units of a need unmet costs, as (units, cost of each): those let go first are cheaper.

    Half of all that was wanted is dearer than the other half, so that everybody gets something first. Like `lending`,
    some may be empty.
    """
    whole = LACKING[need.priority] * need.worth
    second = min((need.served + need.quantity) // 2, need.quantity)
    return [(second, whole * 4 // 5), (need.quantity - second, whole * 6 // 5)]


def _next(used: int, free: int, shares: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Split what was used and is free by percentages, rounded up from the first, and leave out what was used."""
    whole = left = used + free
    found = []
    for percent, points in shares:
        units = min(left, -(-whole * percent // 100))
        left -= units
        gone = min(used, units)
        used -= gone
        found.append((units - gone, points))
    return found


def settled(problem: Problem) -> tuple[Problem, dict[tuple[str, str], int]]:
    """Take out what is pinned: return what is left to decide and the pinned units by (need, store).

    A pin holds as far as there is something to give, something is needed and the way is not excluded.
    """
    if not problem.pins:
        return problem, {}
    pools, stores = {pool.key: pool for pool in problem.pools}, {store.key: store for store in problem.stores}
    needs = {need.key: need for need in problem.needs}
    units: dict[tuple[str, str], int] = {}
    for pin in problem.pins:
        need, store = needs.get(pin.need), stores.get(pin.store)
        if need is None or store is None or all(way.store != pin.store for way in need.ways):
            continue
        pool = pools[store.pool] if store.pool else None
        held = max(min(pin.units, need.quantity, store.free, pool.free if pool else pin.units), 0)
        needs[need.key] = replace(need, quantity=need.quantity - held, served=need.served + held)
        stores[store.key] = replace(store, free=store.free - held, given=store.given + held)
        if pool:
            pools[pool.key] = replace(pool, free=pool.free - held, away=pool.away + held)
        if held:
            units[need.key, store.key] = units.get((need.key, store.key), 0) + held
    return Problem(tuple(pools.values()), tuple(stores.values()), tuple(needs.values())), units


def plan_of(
    problem: Problem,
    units: Mapping[tuple[str, str], int],
    worth_more: Mapping[str, int] | None = None,
    *,
    bound: int | None = None,
) -> Plan:
    """Count what a plan leaves unmet and what it costs; it is optimal where it costs as little as its bound."""
    unmet = {need.key: need.quantity for need in problem.needs}
    for (need, _), number in units.items():
        unmet[need] -= number
    cost = cost_of(problem, units)
    return Plan(units, unmet, cost, worth_more or {}, cost == bound, bound)


def cost_of(problem: Problem, units: Mapping[tuple[str, str], int]) -> int:
    """Return what a plan costs.

    Raises ValueError where it gives more than there is or than is needed, or by a way that there is not.
    """
    given, cost = dict[str, int](), 0
    taken = by_need(units)
    for need in problem.needs:
        own = taken.pop(need.key, {})
        points = {way.store: way.points for way in need.ways if way.store in own}
        if len(points) < len(own):
            raise ValueError("the plan takes a way that there is not")
        for store, number in own.items():
            given[store] = given.get(store, 0) + number
            cost += number * points[store] * need.worth
        cost += _convex(need.quantity - sum(own.values()), lacking(need))
    if taken:
        raise ValueError("the plan takes a way that there is not")
    return cost + _cost_of_giving(problem, given)


def by_need(units: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    """Return what each need takes, by store; nothing that is nought."""
    found: dict[str, dict[str, int]] = {}
    for (need, store), number in units.items():
        if number:
            found.setdefault(need, {})[store] = number
    return found


def _cost_of_giving(problem: Problem, given: Mapping[str, int]) -> int:
    cost, away = 0, dict[str, int]()
    for store in problem.stores:
        if used := given.get(store.key, 0):
            cost += _convex(used, lending(store))
            if store.pool:
                away[store.pool] = away.get(store.pool, 0) + used
    return cost + sum(_convex(away.get(pool.key, 0), sending(pool)) for pool in problem.pools)


def _convex(units: int, pieces: Sequence[tuple[int, int]]) -> int:
    if units < 0:
        raise ValueError("more is given than is needed")
    cost = 0
    for most, each in pieces:
        taken = min(units, most)
        cost += taken * each
        units -= taken
    if units:
        raise ValueError("more is given than there is")
    return cost


def joined(
    decided: Mapping[tuple[str, str], int], pinned: Mapping[tuple[str, str], int]
) -> dict[tuple[str, str], int]:
    """Return the units of a plan for what is `settled` together with the pinned ones."""
    return {key: decided.get(key, 0) + pinned.get(key, 0) for key in sorted({*decided, *pinned})}
