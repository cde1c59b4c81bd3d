"""The referee, run with the Python of .venv-referee: a network in, the cost of its cheapest flow out, a line each.

A network is JSON: {"demand": [[node, units], …], "arcs": [[tail, head, capacity, cost], …]}; node 0 has all that is
demanded.
"""

import json
import sys

from ortools.graph.python.min_cost_flow import SimpleMinCostFlow


def cheapest(network: dict[str, list[list[int]]]) -> int:
    flow = SimpleMinCostFlow()
    for arc in network["arcs"]:
        flow.add_arc_with_capacity_and_unit_cost(*arc)
    for node, units in network["demand"]:
        flow.set_node_supply(node, -units)
    flow.set_node_supply(0, sum(units for _, units in network["demand"]))
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise ArithmeticError(f"the referee found no optimum: {status}")
    return int(flow.optimal_cost())


for line in sys.stdin:
    sys.stdout.write(f"{cheapest(json.loads(line))}\n")
    sys.stdout.flush()
