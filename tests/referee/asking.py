"""Ask the referee: OR-tools' minimum-cost flow, in a process and an environment of its own.

Nothing of the product needs it (docs/adr/0014-allocation.md).
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aid.allocation.problem import Problem, lacking, lending, sending

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-referee" / "bin" / "python"


class Referee:
    """Says what the cheapest plan of a problem without pins costs."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def cost(self, problem: Problem) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(_network(problem) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def referee() -> Iterator[Referee]:
    """Start the referee. Raises FileNotFoundError where it is not installed: `make deep` does so."""
    command = [str(PYTHON), str(Path(__file__).with_name("solver.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Referee(process)
        assert process.stdin
        process.stdin.close()


def _network(problem: Problem) -> str:
    """The problem as nodes and arcs, put together without our solver."""
    keys = [*(("pool", pool.key) for pool in problem.pools), *(("store", store.key) for store in problem.stores)]
    node = {key: number for number, key in enumerate(keys, 1)}
    arcs = [(0, node["pool", pool.key], *piece) for pool in problem.pools for piece in sending(pool)]
    for store in problem.stores:
        tail = node["pool", store.pool] if store.pool else 0
        arcs += [(tail, node["store", store.key], *piece) for piece in lending(store)]
    demand = []
    for number, need in enumerate(problem.needs, len(keys) + 1):
        demand.append((number, need.quantity))
        arcs += [(0, number, *piece) for piece in lacking(need)]
        arcs += [(node["store", way.store], number, need.quantity, way.points * need.worth) for way in need.ways]
    return json.dumps({"demand": demand, "arcs": arcs})
