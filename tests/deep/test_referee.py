"""Our plans before a referee: another solver, by other people, says what the cheapest plan costs."""

import os
import sys

import pytest

from aid.allocation.greedy import greedy
from aid.allocation.optimum import optimum
from aid.allocation.problem import cost_of
from aid.allocation.solving import solve
from aid.allocation.thinning import thinned
from tests.aid.allocation.events import Played
from tests.aid.allocation.worlds import everything_open, under_load
from tests.referee.asking import PYTHON, referee

pytestmark = [pytest.mark.deep, pytest.mark.skipif(not PYTHON.exists(), reason="`make deep` installs OR-tools")]

SEQUENCES = int(os.environ.get("YUIMARU_SEQUENCES", "2000"))
EVENTS = 22
LOADS = (0.5, 1, 2, 4)
SEEDS = (0, 1, 2)


def test_after_every_event_the_plan_costs_what_the_referee_says() -> None:
    with referee() as judge:
        for seed in range(SEQUENCES):
            played = Played(seed)
            for number in range(EVENTS):
                played.event()
                problem = played.problem
                assert cost_of(problem, played.units) == judge.cost(problem), (seed, number)


@pytest.mark.parametrize("seed", SEEDS)
def test_little_is_lost_by_looking_at_fewer_ways(seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    whole = everything_open(300, seed)
    with referee() as judge:
        for load in LOADS:
            problem = under_load(whole, load)
            least, few = judge.cost(problem), judge.cost(thinned(problem))
            near, rough = optimum(thinned(problem), 4_000), greedy(problem)
            ours = solve(thinned(problem))
            with capsys.disabled():
                sys.stdout.write(
                    f"\n300 members, seed {seed}, load {load}, beside the optimum: thinned {few / least:.4f}, "
                    f"in steps {near.cost / least:.4f} (by its own account {near.cost / (near.bound or 1):.4f}), "
                    f"greedy {rough.cost / least:.3f}"
                )
            assert least <= few <= ours.cost <= 1.01 * least
            assert (near.bound or 0) <= few <= near.cost
            assert rough.cost > 1.02 * least


def test_the_cheapest_plan_of_three_hundred_is_the_referees() -> None:
    problem = thinned(everything_open(300, 0))
    with referee() as judge:
        assert optimum(problem).cost == judge.cost(problem)
