"""The plan for a problem of any size, as good as its size allows (docs/adr/0014-allocation.md).

Up to some hundred members the cheapest of all; at national size one within a percent of it; beyond that, and wherever
nobody can wait, the greedy one. Always from nothing, so that the same facts give the same plan in every process.
"""

from aid.allocation.greedy import greedy
from aid.allocation.optimum import optimum
from aid.allocation.problem import Plan, Problem

STEPS = ((40_000, 1), (60_000, 100), (600_000, 4_000))
"""Up to so many ways, points of ranking are told apart in steps of so many.

Thinned, some 400 members have the first number, 500 the second; the last is twice that of 700 asking 1,000. Four
thousand points are what it costs to lend beyond half of a stock.
"""


def solve(problem: Problem) -> Plan:
    """Return a plan; `is_optimal` and `bound` say how good it is. Needs with many ways should be `thinned` before."""
    ways = sum(len(need.ways) for need in problem.needs)
    for most, step in STEPS:
        if ways <= most:
            return optimum(problem, step)
    return greedy(problem)
