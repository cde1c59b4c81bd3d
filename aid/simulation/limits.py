"""What was possible at all: with everything known beforehand, and what a plan loses against the best there is."""

from collections.abc import Iterable, Mapping

from aid.allocation.optimum import optimum
from aid.allocation.problem import (
    Need,
    Plan,
    Pool,
    Problem,
    Store,
    Way,
    lacking,
    lending,
    sending,
)
from aid.allocation.thinning import thinned
from aid.plans.choosing import Solver
from aid.simulation.candidates import Candidates
from aid.simulation.world import World, pool_of, worth

SOLVED_WHOLE = 200_000
"""Up to so many ways the full optimum is calculated; above, a bound that is at most it."""


def unmet_if_all_were_known(world: World, candidates: Candidates, solve: Solver) -> Mapping[str, int]:
    """Return what each request would lack if it had been known who really has what, and who will ask."""
    truth = {line.key: line.available for line in world.lines}
    return solve(thinned(_problem(world, candidates, truth))).unmet


def objective_ratio(world: World, candidates: Candidates, solve: Solver) -> float:
    """Return the cost of the plan for all requests of a day at once, against the optimum over all ways."""
    declared = {line.key: line.quantity for line in world.lines}
    problem = _problem(world, candidates, declared)
    plan = solve(thinned(problem))
    if sum(len(need.ways) for need in problem.needs) <= SOLVED_WHOLE:
        least = optimum(problem).cost
    else:
        least = cost_at_least(problem, plan)
    return round(plan.cost / least, 4) if least else 1.0


def _problem(world: World, candidates: Candidates, free: Mapping[str, int]) -> Problem:
    pools = [
        Pool(f"{member.key}|{name}", units)
        for member in world.members
        for name, units in (("ict", member.ict), ("other", member.other))
    ]
    stores = [Store(line.key, free[line.key], worth(line.kind), pool_of(line)) for line in world.lines]
    needs = [
        Need(
            each.key,
            each.quantity,
            each.priority,
            worth(each.kind),
            tuple(Way(found.line, found.points) for found in candidates.of(each)),
        )
        for each in world.requests
    ]
    return Problem.of(pools, stores, needs)


def cost_at_least(problem: Problem, plan: Plan) -> int:
    """Return a cost that no plan can go below, from what one more unit of each store is worth (Lagrange).

    Stores are paid for at these prices: then each need, each pool and each store by itself does what is cheapest.
    """
    price = plan.worth_more
    asked = sum(_cheapest(need, price) for need in problem.needs)
    pieces: dict[str | None, list[tuple[int, int]]] = {}
    for store in problem.stores:
        earned = price.get(store.key, 0)
        pieces.setdefault(store.pool, []).extend((cost - earned, units) for units, cost in lending(store))
    alone = sum(units * min(cost, 0) for cost, units in pieces.pop(None, []))
    pools = {pool.key: pool for pool in problem.pools}
    return asked + alone + sum(_together(sorted(found), pools[key or ""]) for key, found in pieces.items())


def _cheapest(need: Need, price: Mapping[str, int]) -> int:
    dearest_worth_it = min((way.points * need.worth + price.get(way.store, 0) for way in need.ways), default=None)
    return sum(
        units * (cost if dearest_worth_it is None else min(cost, dearest_worth_it)) for units, cost in lacking(need)
    )


def _together(pieces: Iterable[tuple[int, int]], pool: Pool) -> int:
    """What stores that draw from one pool cost at least: the most gainful first, as long as it gains."""
    steps = [[people, cost] for people, cost in sending(pool) if people]
    cost = 0
    for each, units in pieces:
        wanted = units
        while wanted and steps and each + steps[0][1] < 0:
            taken = min(wanted, steps[0][0])
            cost += taken * (each + steps[0][1])
            wanted -= taken
            steps[0][0] -= taken
            if not steps[0][0]:
                steps.pop(0)
    return cost
