"""One round of planning: whom to ask for what, over all open needs together.

The plan is made in expected units, hundredths of them: what a partner is asked for times the chance that it says yes
in time. It then becomes whole asks, as few as cover a need with the wanted certainty. Needs that will urgently come
and have not been filed yet (forecast) hold scarce units back and are asked nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from aid.allocation.problem import Need, Plan, Pool, Problem, Store, Way, by_need
from aid.allocation.thinning import thinned
from aid.waves.cover import Ask, fewest, is_covered

HUNDREDTHS = 100
MARGIN = 1.25
"""Expected units wanted for each unit needed: not everybody who says yes gives all."""
LEAST_CHANCE = 0.05
MOST_EXTRA = 40
"""Partners that are asked beyond the plan where it does not reach the certainty and nobody more urgent wants them."""
URGENT = 2
"""The lowest priority that may be topped up while more urgent needs are still to come."""


@dataclass(frozen=True, slots=True)
class Holding:
    """出せる見込み: what a member has of one kind and nobody was promised or asks for; `chance` of a yes in time."""

    key: str
    free: int
    worth: int
    chance: float
    pool: str | None = None


@dataclass(frozen=True, slots=True)
class OpenNeed:
    """未充足の要請: what one line still needs, who could serve it and was not asked, and what is asked already."""

    key: str
    quantity: int
    priority: int
    worth: int
    ways: tuple[Way, ...]
    asked: tuple[Ask, ...] = ()


@dataclass(frozen=True, slots=True)
class Forecast:
    """これから出る要請の見込み: expected units of urgent needs that were not filed yet, as if they were one."""

    key: str
    expected: float
    priority: int
    worth: int
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class PlannedAsk:
    """照会の案: ask for units of a store, for a need."""

    need: str
    store: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Round:
    """計画の一巡: the asks, in the order of needs, and the plan behind them."""

    asks: tuple[PlannedAsk, ...]
    plan: Plan


Solver = Callable[[Problem], Plan]


def plan_round(
    needs: Sequence[OpenNeed],
    holdings: Sequence[Holding],
    pools: Sequence[Pool],
    forecasts: Sequence[Forecast],
    solve: Solver,
    *,
    is_thinned: bool = False,
) -> Round:
    """Decide what to ask now. Needs that the asks already out will cover are left alone.

    `is_thinned`: the ways are few already (`aid.simulation.shortlist`), so that nothing is left out here.
    """
    short = [need for need in needs if need.quantity > 0 and not is_covered(need.quantity, need.asked)]
    if not short:
        return Round((), Plan({}, {}, 0))
    known = {holding.key: holding for holding in holdings}
    problem = _expected(short, known, pools, forecasts)
    plan = solve(problem if is_thinned else thinned(problem))
    left = _Left(known, pools, _held_back(plan, known, forecasts))
    flows, has_forecast = by_need(plan.units), bool(forecasts)
    asks = [
        ask
        for need in sorted(short, key=lambda each: (each.priority, each.key))
        for ask in _asks(
            need, flows.get(need.key, {}), known, left, may_top_up=need.priority <= URGENT or not has_forecast
        )
    ]
    return Round(tuple(asks), plan)


def _expected(
    needs: Sequence[OpenNeed],
    known: dict[str, Holding],
    pools: Sequence[Pool],
    forecasts: Sequence[Forecast],
) -> Problem:
    stores = [
        Store(each.key, int(HUNDREDTHS * each.chance * each.free), each.worth, each.pool) for each in known.values()
    ]
    wanted = [
        Need(each.key, _hundredths(each), each.priority, each.worth, _useful(each.ways, known)) for each in needs
    ]
    coming = [
        Need(each.key, ceil(HUNDREDTHS * each.expected), each.priority, each.worth, _useful(each.ways, known))
        for each in forecasts
    ]
    wide = [Pool(pool.key, pool.free * HUNDREDTHS) for pool in pools]
    return Problem.of(wide, stores, [*wanted, *coming])


def _hundredths(need: OpenNeed) -> int:
    expected = sum(ask.quantity * ask.chance for ask in need.asked)
    return max(1, ceil(HUNDREDTHS * (MARGIN * need.quantity - expected)))


def _held_back(plan: Plan, known: dict[str, Holding], forecasts: Sequence[Forecast]) -> dict[int, dict[str, int]]:
    """Return the units of each store that the plan keeps for what is only expected, by priority."""
    priorities = {each.key: each.priority for each in forecasts}
    flows: dict[int, dict[str, int]] = {}
    for (need, store), flow in plan.units.items():
        if priority := priorities.get(need):
            of_priority = flows.setdefault(priority, {})
            of_priority[store] = of_priority.get(store, 0) + flow
    return {
        priority: {store: _units(flow, known[store]) for store, flow in found.items()}
        for priority, found in flows.items()
    }


def _units(flow: int, holding: Holding) -> int:
    """Return how many units to ask for, so that so many hundredths are to be expected."""
    return max(1, ceil(flow / (HUNDREDTHS * max(holding.chance, LEAST_CHANCE))))


def _useful(ways: Sequence[Way], known: dict[str, Holding]) -> tuple[Way, ...]:
    return tuple([way for way in ways if known[way.store].free > 0])


class _Left:
    """What this round has not given to a need yet."""

    def __init__(
        self, known: dict[str, Holding], pools: Sequence[Pool], held_back: Mapping[int, Mapping[str, int]]
    ) -> None:
        self._pool_of = {key: holding.pool for key, holding in known.items()}
        self._free = {key: holding.free for key, holding in known.items()}
        self._away = {pool.key: pool.free for pool in pools}
        self._held_back = held_back

    def take_spare(self, store: str, wanted: int, priority: int) -> int:
        """Take no more than what is not held back for more urgent needs to come."""
        held = sum(found.get(store, 0) for urgent, found in self._held_back.items() if urgent < priority)
        return self.take(store, min(wanted, self._free[store] - held))

    def take(self, store: str, wanted: int) -> int:
        """Take up to so many units; return how many there were."""
        pool = self._pool_of[store]
        taken = max(min(wanted, self._free[store], self._away[pool] if pool else wanted), 0)
        self.give_back(store, -taken)
        return taken

    def give_back(self, store: str, units: int) -> None:
        """Give units back that are not needed after all."""
        self._free[store] += units
        if pool := self._pool_of[store]:
            self._away[pool] += units


def _asks(
    need: OpenNeed, flows: Mapping[str, int], known: dict[str, Holding], left: _Left, *, may_top_up: bool
) -> list[PlannedAsk]:
    chosen = []
    for way in need.ways:
        if flow := flows.get(way.store, 0):
            quantity = left.take(way.store, min(need.quantity, _units(flow, known[way.store])))
            if quantity:
                chosen.append(PlannedAsk(need.key, way.store, quantity))
    enough = fewest(need.quantity, [_as_ask(ask, known) for ask in chosen], asked=need.asked)
    for ask in chosen[enough:]:
        left.give_back(ask.store, ask.quantity)
    kept = chosen[:enough]
    return kept + _top_up(need, kept, known, left) if may_top_up else kept


def _top_up(need: OpenNeed, kept: Sequence[PlannedAsk], known: dict[str, Holding], left: _Left) -> list[PlannedAsk]:
    """Ask further partners, the best first, until the need is covered with certainty."""
    asked = [*need.asked, *(_as_ask(ask, known) for ask in kept)]
    if is_covered(need.quantity, asked):
        return []
    chosen = {ask.store for ask in kept}
    extra: list[PlannedAsk] = []
    for way in need.ways:
        if len(extra) == MOST_EXTRA:
            break
        if way.store not in chosen and (quantity := left.take_spare(way.store, need.quantity, need.priority)):
            extra.append(PlannedAsk(need.key, way.store, quantity))
    enough = fewest(need.quantity, [_as_ask(ask, known) for ask in extra], asked=asked)
    for ask in extra[enough:]:
        left.give_back(ask.store, ask.quantity)
    return extra[:enough]


def _as_ask(ask: PlannedAsk, known: dict[str, Holding]) -> Ask:
    return Ask(ask.quantity, known[ask.store].chance)
