"""A round of planning: what is expected is left alone, and who could be there soon is kept for who can't wait."""

import pytest

from aid.allocation.greedy import greedy
from aid.allocation.optimum import optimum
from aid.allocation.problem import Way
from aid.plans.choosing import (
    Forecast,
    Holding,
    OpenNeed,
    PlannedAsk,
    Solver,
    plan_round,
)

SOLVERS = [greedy, optimum]
HOUR = 60


def need(key: str, priority: int, *ways: Way, quantity: int = 4) -> OpenNeed:
    return OpenNeed(key, quantity, priority, 100, ways)


def expected(priority: int, *ways: Way) -> Forecast:
    return Forecast(f"forecast|{priority}|pc|x", 100.0, priority, 100, ways)


def asked(
    needs: list[OpenNeed], stores: list[str], forecasts: list[Forecast], solve: Solver
) -> tuple[PlannedAsk, ...]:
    holdings = [Holding(store, 4, 100, 0.5) for store in stores]
    return plan_round(needs, holdings, (), forecasts, solve).asks


@pytest.mark.parametrize("solve", SOLVERS)
def test_a_need_is_not_topped_up_with_what_is_held_back_for_a_more_urgent_one(solve: Solver) -> None:
    ways, stores = (Way("a", 10), Way("b", 20)), ["a", "b"]
    assert asked([need("1", 2, *ways)], stores, [], solve)
    assert asked([need("1", 2, *ways)], stores, [expected(1, *ways)], solve) == ()
    assert asked([need("1", 1, *ways)], stores, [expected(2, *ways)], solve)


@pytest.mark.parametrize("solve", SOLVERS)
def test_what_is_not_held_back_tops_a_need_up(solve: Solver) -> None:
    ways = (Way("a", 10), Way("b", 20))
    asks = asked([need("1", 2, *ways)], ["a", "b"], [expected(1, ways[0])], solve)
    assert {ask.store for ask in asks} == {"b"}
