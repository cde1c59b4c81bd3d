"""All open needs against all that could be given: what goes in, what comes out, and how both are counted.

The cost of a plan is in points of the ranking (lower is better) times a unit's worth. A unit's worth makes one usual
request of any kind weigh the same: forty PCs or four satellite phones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

REQUEST_WORTH = 1_000
LACKING = {1: 2_000_000, 2: 600_000, 3: 200_000, 4: 70_000}
"""Points for a usual request that stays wholly unmet, by priority: above any way's cost, so serving always wins."""
LENDING = ((50, 0), (30, 4_000), (20, 12_000))
"""Percent of a store and the points a unit of it costs: the load is shared before anybody is drained."""
AWAY = ((50, 0), (50, 6_000))
"""The same for the people of one member that may be away at once."""


@dataclass(frozen=True, slots=True)
class Pool:
    """要員の枠: people of a member that may be away at once, whatever they are sent for."""

    key: str
    free: int


@dataclass(frozen=True, slots=True)
class Store:
    """出せるもの: what a member has left of one kind, its own reserve not counted; `worth` is a unit's."""

    key: str
    free: int
    worth: int
    pool: str | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """手立て: one store that could serve a need; `points` as its ranking counts them."""

    store: str
    points: int


@dataclass(frozen=True, slots=True)
class Need:
    """未充足の要請: what is still needed of one line; `worth` is a unit's."""

    key: str
    quantity: int
    priority: int
    worth: int
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """割当の問題: in one order whatever the order it came in, so that the same facts give the same plan."""

    pools: tuple[Pool, ...]
    stores: tuple[Store, ...]
    needs: tuple[Need, ...]

    @classmethod
    def of(cls, pools: Sequence[Pool], stores: Sequence[Store], needs: Sequence[Need]) -> "Problem":
        """Put everything in order: needs by urgency, the rest by key, each need's ways by cost."""
        return cls(
            tuple(sorted(pools, key=lambda pool: pool.key)),
            tuple(sorted(stores, key=lambda store: store.key)),
            tuple(
                Need(need.key, need.quantity, need.priority, need.worth, tuple(sorted(need.ways, key=_by_cost)))
                for need in sorted(needs, key=lambda need: (need.priority, need.key))
            ),
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """割当案: units by (need, store), what stays unmet by need, and what one more unit of a store would save."""

    units: Mapping[tuple[str, str], int]
    unmet: Mapping[str, int]
    cost: int
    worth_more: Mapping[str, int] = field(default_factory=dict)
    is_optimal: bool = True


def _by_cost(way: Way) -> tuple[int, str]:
    return way.points, way.store


def portions(quantity: int, shares: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Split a quantity by percentages into (units, points), rounded up from the first; empty ones are left out."""
    left, found = quantity, []
    for percent, points in shares:
        units = min(left, -(-quantity * percent // 100))
        left -= units
        found.append((units, points))
    return [(units, points) for units, points in found if units]


def lacking(need: Need) -> list[tuple[int, int]]:
    """Return what leaving units of a need unmet costs, as (units, cost of each): those let go first are cheaper."""
    whole = LACKING[need.priority] * need.worth
    first = (need.quantity + 1) // 2
    pieces = ((need.quantity - first, whole * 4 // 5), (first, whole * 6 // 5))
    return [(units, cost) for units, cost in pieces if units]


def plan_of(
    problem: Problem,
    units: Mapping[tuple[str, str], int],
    worth_more: Mapping[str, int] | None = None,
    *,
    is_optimal: bool = True,
) -> Plan:
    """Count what a plan leaves unmet and what it costs."""
    unmet = {need.key: need.quantity for need in problem.needs}
    for (need, _), number in units.items():
        unmet[need] -= number
    return Plan(units, unmet, cost_of(problem, units), worth_more or {}, is_optimal)


def cost_of(problem: Problem, units: Mapping[tuple[str, str], int]) -> int:
    """Return what a plan costs. Raises ValueError where it gives more than there is, or than is needed."""
    given, away = dict[str, int](), dict[str, int]()
    stores = {store.key: store for store in problem.stores}
    cost = 0
    for need in problem.needs:
        served = 0
        for way in need.ways:
            number = units.get((need.key, way.store), 0)
            served += number
            given[way.store] = given.get(way.store, 0) + number
            cost += number * way.points * need.worth
        cost += _convex(need.quantity - served, lacking(need))
    for store in problem.stores:
        used = given.get(store.key, 0)
        cost += _convex(used, [(count, points * store.worth) for count, points in portions(store.free, LENDING)])
        if store.pool:
            away[store.pool] = away.get(store.pool, 0) + used
    for pool in problem.pools:
        cost += _convex(
            away.get(pool.key, 0), [(n, points * PEOPLE_WORTH) for n, points in portions(pool.free, AWAY)]
        )
    if set(given) - set(stores):
        raise ValueError("the plan names a store that there is not")
    return cost


PEOPLE_WORTH = REQUEST_WORTH // 2
"""A person's worth where the pool does not know what for: that of a usual request for two."""


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
