"""The plan for all open requests, beside the optimum of the full instance that the referee finds (OR-tools).

All requests of a made-up disaster are open at once and nobody was asked yet: the hardest moment of its day. Time and
memory are those of a process of its own, which is given the thinned problem and does nothing else.
"""

import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from aid.allocation.greedy import first_come, greedy
from aid.allocation.problem import Plan, Problem, cost_of
from aid.allocation.solving import solve
from aid.allocation.thinning import thinned
from aid.simulation.making import make
from bench.table import Row
from tests.aid.allocation.worlds import everything_open
from tests.referee.asking import Referee, referee

SCALES = (30, 300, 1741)
SEEDS = (0, 1, 2)
OURS, GREEDY, FIRST_COME = "plan", "greedy", "first come, first served"


class Run(NamedTuple):
    """One way to plan: what the plan costs, what none costs less than, CPU seconds and peak memory in megabytes."""

    cost: int
    bound: int | None
    seconds: float
    megabytes: float


def measure() -> Iterator[Row]:
    """Yield the rows of every scale; a seed of 1,741 takes two minutes, most of them for ranking all pairs once."""
    with referee() as judge:
        for scale in SCALES:
            yield from _rows(scale, [_one(scale, seed, judge) for seed in SEEDS])


def _one(scale: int, seed: int, judge: Referee) -> tuple[int, Mapping[str, Run]]:
    whole = everything_open(scale, seed)
    arrived = [request.key for request in make(scale, seed).requests]
    started = time.process_time()
    few = thinned(whole)
    thinning = time.process_time() - started
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as alone:
        ours, hurried = (alone.apply(_run, (plan, few)) for plan in (solve, greedy))
    least = judge.cost(whole)
    queued = first_come(whole, arrived)
    ways = [sum(len(need.ways) for need in problem.needs) for problem in (whole, few)]
    sys.stdout.write(
        f"allocation {scale}, seed {seed}: {len(whole.needs)} needs, {ways[0]} ways, thinned to {ways[1]} in "
        f"{thinning:.2f} s; the plan costs {ours.cost / least:.4f} of the optimum, by its own account at most "
        f"{ours.cost / (ours.bound or 1):.4f}\n"
    )
    return least, {OURS: ours, GREEDY: hurried, FIRST_COME: Run(cost_of(whole, queued.units), None, 0, 0)}


def _run(plan: Callable[[Problem], Plan], problem: Problem) -> Run:
    started = time.process_time()
    made = plan(problem)
    seconds = time.process_time() - started
    return Run(made.cost, made.bound, seconds, _peak())


def _peak() -> float:
    """Of this program alone: what `getrusage` says includes the process that it was started from."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024


def _rows(scale: int, seen: list[tuple[int, Mapping[str, Run]]]) -> Iterator[Row]:
    least = [float(optimum) for optimum, _ in seen]
    for name in (OURS, GREEDY, FIRST_COME):
        costs = [float(runs[name].cost) for _, runs in seen]
        yield Row(f"{scale:,}: cost, {name}", "–", "points", costs, least, "≤ 1.01" if name == OURS else "")
    ours, hurried = ([runs[name] for _, runs in seen] for name in (OURS, GREEDY))
    yield Row(f"{scale:,}: CPU", "–", "s", [run.seconds for run in ours], [run.seconds for run in hurried])
    peaks = [[run.megabytes for run in runs] for runs in (ours, hurried)]
    yield Row(f"{scale:,}: peak memory", "–", "MB", *peaks)
