"""A round of planning: what is expected is left alone, and who could be there soon is kept for who can't wait."""

from dataclasses import replace

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
from aid.waves.cover import Ask, is_covered

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


@pytest.mark.parametrize("solve", SOLVERS)
def test_what_is_held_back_for_the_less_urgent_stands_in_nobody_s_way(solve: Solver) -> None:
    stores = list("abcdefgh")
    ways = tuple(Way(store, place) for place, store in enumerate(stores))
    alone = asked([need("1", 1, *ways)], stores, [], solve)
    assert len(alone) > 3, "more than the plan has: it is topped up"
    assert asked([need("1", 1, *ways)], stores, [expected(2, *ways)], solve) == alone


@pytest.mark.parametrize("solve", SOLVERS)
@pytest.mark.parametrize("priority", [2, 3])
def test_a_minor_need_is_not_topped_up_while_urgent_ones_are_expected(solve: Solver, priority: int) -> None:
    stores = list("abcdefgh")
    ways, elsewhere = tuple(Way(store, place) for place, store in enumerate(stores)), Way("z", 0)
    alone = asked([need("1", priority, *ways)], [*stores, "z"], [], solve)
    beside = asked([need("1", priority, *ways)], [*stores, "z"], [expected(1, elsewhere)], solve)
    assert (beside == alone) == (priority == 2)
    assert 0 < len(beside) <= len(alone)


@pytest.mark.parametrize("solve", SOLVERS)
def test_a_need_that_those_asked_will_cover_is_left_alone(solve: Solver) -> None:
    ways = (Way("a", 10), Way("b", 20))
    waiting = replace(need("1", 1, *ways), asked=(Ask(4, 1.0), Ask(4, 0.9)))
    assert asked([waiting], ["a", "b"], [], solve) == ()
    assert asked([replace(waiting, asked=(Ask(4, 0.1),))], ["a", "b"], [], solve)


@pytest.mark.parametrize("solve", SOLVERS)
def test_what_one_need_gives_back_is_there_for_the_next(solve: Solver) -> None:
    """The plan wants a fourth more than is needed; where all are sure to come that is left to others."""
    ways = tuple(Way(store, place) for place, store in enumerate("abcde"))
    holdings = [Holding(way.store, 1, 100, 1.0) for way in ways]
    needs = [need("1", 1, *ways), need("2", 2, Way("e", 10), quantity=1)]
    asks = plan_round(needs, holdings, (), [], solve).asks
    assert [(ask.need, ask.store) for ask in asks] == [*(("1", store) for store in "abcd"), ("2", "e")]


@pytest.mark.parametrize("solve", SOLVERS)
def test_who_is_not_wanted_after_all_tops_up_the_next(solve: Solver) -> None:
    stores = [f"{number:02}" for number in range(24)]
    ways = tuple(Way(store, int(store)) for store in stores)
    asks = asked([need("1", 1, *ways), need("2", 2, *ways)], stores, [], solve)
    for key in "12":
        assert is_covered(4, [Ask(ask.quantity, 0.5) for ask in asks if ask.need == key])
