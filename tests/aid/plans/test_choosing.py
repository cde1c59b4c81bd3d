"""A round of planning: what is expected is left alone, and who could be there soon is kept for who can't wait."""

from dataclasses import replace

import pytest

from aid.allocation.greedy import greedy
from aid.allocation.optimum import optimum
from aid.allocation.problem import Plan, Pool, Problem, Way
from aid.allocation.thinning import thinned
from aid.plans.choosing import (
    MOST_EXTRA,
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


@pytest.mark.parametrize("solve", SOLVERS)
def test_all_that_is_held_back_of_a_store_counts(solve: Solver) -> None:
    """For whichever expected needs: two of a unit each leave two of four to top up with."""
    way = Way("a", 15_000)
    coming = [Forecast(f"forecast|1|pc|{each}", 1.0, 1, 100, (way,)) for each in "xy"]
    holdings = [Holding("a", 4, 100, 1.0), Holding("b", 10, 100, 0.5)]
    asks = plan_round([need("1", 2, Way("b", 0), way)], holdings, (), coming, solve).asks
    assert {ask.store: ask.quantity for ask in asks} == {"b": 4, "a": 2}


@pytest.mark.parametrize("solve", SOLVERS)
def test_no_more_people_are_asked_for_than_may_be_away(solve: Solver) -> None:
    holdings = [Holding(store, 4, 500, 0.5, "pool") for store in "ab"]
    ways = (Way("a", 10), Way("b", 20))
    asks = plan_round([need("1", 1, *ways)], holdings, [Pool("pool", 3)], [], solve).asks
    assert sum(ask.quantity for ask in asks) == 3


def test_no_more_than_so_many_are_asked_besides() -> None:
    stores = [f"{number:03}" for number in range(3 * MOST_EXTRA)]
    ways = tuple(Way(store, int(store)) for store in stores)
    holdings = [Holding(store, 1, 100, 0.01) for store in stores]
    asks = plan_round([need("1", 1, *ways)], holdings, (), [], lambda _: Plan({}, {}, 0)).asks
    assert len(asks) == MOST_EXTRA


def test_ways_are_thinned_but_where_they_are_few_already() -> None:
    stores = [f"{number:03}" for number in range(200)]
    ways = tuple(Way(store, int(store)) for store in stores)
    holdings = [Holding(store, 4, 100, 0.5) for store in stores]
    seen: list[Problem] = []

    def noted(problem: Problem) -> Plan:
        seen.append(problem)
        return optimum(problem)

    for is_thinned in (False, True):
        plan_round([need("1", 1, *ways)], holdings, (), [], noted, is_thinned=is_thinned)
    few, whole = seen
    assert len(whole.needs[0].ways) == len(ways)
    assert few == thinned(whole)
    assert len(few.needs[0].ways) < len(ways)


def test_what_is_planned_is_what_is_to_be_expected_in_hundredths() -> None:
    """A fourth more than is needed, less what those asked already will probably bring; of the stores their chance."""
    seen: list[Problem] = []

    def noted(problem: Problem) -> Plan:
        seen.append(problem)
        return optimum(problem)

    waiting = replace(need("1", 1, Way("a", 10), Way("none", 0)), asked=(Ask(4, 0.1),))
    holdings = [Holding("a", 6, 100, 0.5), Holding("none", 0, 100, 0.5)]
    plan_round([waiting], holdings, (), [expected(1, Way("a", 10))], noted)
    (problem,) = seen
    assert {each.key: each.quantity for each in problem.needs} == {"1": 460, "forecast|1|pc|x": 10_000}
    assert {each.key: each.free for each in problem.stores} == {"a": 300, "none": 0}
    assert [each.ways for each in problem.needs] == [(Way("a", 10),)] * 2, "who has nothing is no way"


@pytest.mark.parametrize("solve", SOLVERS)
def test_what_is_held_back_for_the_equally_urgent_stands_in_nobody_s_way(solve: Solver) -> None:
    """It is only expected; who asks is there."""
    stores = list("abcdefgh")
    ways = tuple(Way(store, place) for place, store in enumerate(stores))
    asks = asked([need("1", 1, *ways)], stores, [expected(1, *ways)], solve)
    assert is_covered(4, [Ask(ask.quantity, 0.5) for ask in asks])


@pytest.mark.parametrize("solve", SOLVERS)
def test_no_more_are_asked_than_are_lacking_beside_those_asked_already(solve: Solver) -> None:
    stores = list("abcdefgh")
    ways = tuple(Way(store, place) for place, store in enumerate(stores))
    out = Ask(4, 0.85)
    asks = asked([replace(need("1", 1, *ways), asked=(out,))], stores, [], solve)
    found = [Ask(ask.quantity, 0.5) for ask in asks]
    assert is_covered(4, [out, *found])
    assert not is_covered(4, [out, *found[:-1]])


@pytest.mark.parametrize("solve", SOLVERS)
def test_the_fourth_more_is_not_asked_for_where_those_asked_are_sure_to_come(solve: Solver) -> None:
    ways = tuple(Way(store, place) for place, store in enumerate("abcde"))
    holdings = [Holding(way.store, 1, 100, 1.0) for way in ways]
    waiting = replace(need("1", 1, *ways), asked=(Ask(1, 1.0), Ask(1, 1.0)))
    asks = plan_round([waiting], holdings, (), [], solve).asks
    assert [ask.store for ask in asks] == ["a", "b"]
