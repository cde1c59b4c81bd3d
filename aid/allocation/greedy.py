"""The plan of somebody in a hurry: the most urgent first, each from whatever is cheapest at that moment.

A tenth dearer than the optimum at national scale and ready at once: used where no solver is at hand, and said so.
"""

from collections.abc import Iterable, Iterator, Sequence

from aid.allocation.problem import Need, Plan, Problem, joined, lacking, plan_of, settled


def greedy(problem: Problem) -> Plan:
    """Serve half of every need of a priority, then the other half, then the next priority."""
    rest, pinned = settled(problem)
    return plan_of(problem, joined(_served(rest, _turns(rest)), pinned))


def first_come(problem: Problem, arrived: Sequence[str]) -> Plan:
    """Serve whole needs in the order in which they arrived: what happens without a plan, for comparison."""
    needs = {need.key: need for need in problem.needs}
    units = _served(problem, ((needs[key], needs[key].quantity) for key in arrived))
    return plan_of(problem, units)


def _served(problem: Problem, turns: Iterable[tuple[Need, int]]) -> dict[tuple[str, str], int]:
    free = {store.key: store.free for store in problem.stores}
    pool_of = {store.key: store.pool for store in problem.stores if store.pool}
    away = {pool.key: pool.free for pool in problem.pools}
    units: dict[tuple[str, str], int] = {}
    for need, units_wanted in turns:
        wanted = units_wanted
        for way in need.ways:
            if not wanted:
                break
            pool = pool_of.get(way.store)
            given = min(wanted, free[way.store], away[pool] if pool else wanted)
            if given <= 0:
                continue
            wanted -= given
            free[way.store] -= given
            if pool:
                away[pool] -= given
            units[need.key, way.store] = units.get((need.key, way.store), 0) + given
    return units


def _turns(problem: Problem) -> Iterator[tuple[Need, int]]:
    for priority in sorted({need.priority for need in problem.needs}):
        same = [need for need in problem.needs if need.priority == priority]
        for piece in (1, 0):
            yield from ((need, lacking(need)[piece][0]) for need in same)
