"""The problem of a played disaster in which all requests are open at once and nobody was asked yet."""

from dataclasses import replace

from aid.allocation.problem import Need, Pool, Problem, Store, Way
from aid.simulation.candidates import Candidates
from aid.simulation.making import make
from aid.simulation.world import pool_of, worth


def everything_open(scale: int, seed: int) -> Problem:
    """Return the problem of a world, with every way there is."""
    world = make(scale, seed)
    found = Candidates(world)
    pools = [Pool(f"{member.key}|ict", member.ict) for member in world.members]
    pools += [Pool(f"{member.key}|other", member.other) for member in world.members]
    stores = [Store(line.key, line.quantity, worth(line.kind), pool_of(line)) for line in world.lines]
    needs = [
        Need(
            request.key,
            request.quantity,
            request.priority,
            worth(request.kind),
            tuple(Way(each.line, each.points) for each in found.of(request)),
        )
        for request in world.requests
    ]
    return Problem.of(pools, stores, needs)


def under_load(problem: Problem, load: float) -> Problem:
    """Return the problem with every need so many times as large."""
    needs = tuple(replace(need, quantity=max(1, round(need.quantity * load))) for need in problem.needs)
    return replace(problem, needs=needs)
