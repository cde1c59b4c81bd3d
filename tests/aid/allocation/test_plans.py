"""Plans: never more than there is, the same whatever the order, and none cheaper than the optimum."""

from dataclasses import replace
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aid.allocation.greedy import first_come, greedy
from aid.allocation.optimum import Allocation, optimum
from aid.allocation.problem import Need, Pool, Problem, Store, Way, cost_of
from aid.allocation.thinning import CHEAP, PICKED, thinned


@st.composite
def problems(draw: st.DrawFn, needs: int = 5, stores: int = 6, units: int = 8) -> Problem:
    pools = [Pool(f"pool-{number}", draw(st.integers(0, units))) for number in range(draw(st.integers(0, 2)))]
    names = st.sampled_from([None, *(pool.key for pool in pools)])
    held = [
        Store(f"store-{number}", draw(st.integers(0, units)), draw(st.sampled_from([25, 500])), draw(names))
        for number in range(draw(st.integers(0, stores)))
    ]
    wanted = []
    for number in range(draw(st.integers(0, needs))):
        chosen = draw(st.lists(st.sampled_from(held), unique=True)) if held else []
        ways = tuple(Way(store.key, draw(st.integers(0, 9_000))) for store in chosen)
        quantity, priority = draw(st.integers(1, units)), draw(st.integers(1, 4))
        wanted.append(Need(f"need-{number}", quantity, priority, draw(st.sampled_from([25, 500])), ways))
    return Problem.of(pools, held, wanted)


def cheapest_by_trying(problem: Problem) -> int:
    """Count every plan there is."""
    ways = [(need.key, way.store) for need in problem.needs for way in need.ways]
    most = max((need.quantity for need in problem.needs), default=0)
    costs = []
    for given_units in product(range(most + 1), repeat=len(ways)):
        try:
            costs.append(cost_of(problem, dict(zip(ways, given_units, strict=True))))
        except ValueError:
            continue
    return min(costs)


@settings(deadline=None)
@given(problem=problems(needs=2, stores=2, units=3))
def test_nothing_is_cheaper_than_the_optimum(problem: Problem) -> None:
    assert optimum(problem).cost == cheapest_by_trying(problem)


@given(problem=problems())
def test_no_plan_gives_more_than_there_is(problem: Problem) -> None:
    best = optimum(problem)
    for plan in (best, greedy(problem), first_come(problem, [need.key for need in problem.needs])):
        assert plan.cost == cost_of(problem, plan.units)
        assert plan.cost >= best.cost
        assert all(units > 0 for units in plan.units.values())


@given(problem=problems(), seed=st.integers(0, 9))
def test_the_order_of_what_comes_in_makes_no_difference(problem: Problem, seed: int) -> None:
    random = Random(seed)
    pools, stores, needs = list(problem.pools), list(problem.stores), list(problem.needs)
    for row in (pools, stores, needs):
        random.shuffle(row)
    needs = [replace(need, ways=tuple(random.sample(need.ways, len(need.ways)))) for need in needs]
    assert optimum(Problem.of(pools, stores, needs)) == optimum(problem)


@given(problem=problems())
def test_more_stock_never_makes_it_worse(problem: Problem) -> None:
    more = tuple(replace(store, free=store.free + 1) for store in problem.stores)
    bound = optimum(replace(problem, stores=more)).unmet
    assert sum(bound.values()) <= sum(optimum(problem).unmet.values()) or problem.pools


@given(problem=problems(), data=st.data())
def test_a_need_that_came_and_went_leaves_no_trace(problem: Problem, data: st.DataObject) -> None:
    allocation = Allocation()
    for pool in problem.pools:
        allocation.add_pool(pool)
    for store in problem.stores:
        allocation.add_store(store)
    for need in data.draw(st.permutations(problem.needs)):
        allocation.add_need(need)
    gone = set(data.draw(st.lists(st.sampled_from(problem.needs), unique=True))) if problem.needs else set()
    for need in sorted(gone, key=lambda need: need.key):
        allocation.remove_need(need.key)
    rest = replace(problem, needs=tuple(need for need in problem.needs if need not in gone))
    assert cost_of(rest, allocation.units()) == optimum(rest).cost


def test_the_urgent_come_first() -> None:
    ways = (Way("store", 100),)
    needs = [Need("late", 4, 4, 25, ways), Need("life", 4, 1, 25, ways)]
    plan = optimum(Problem.of([], [Store("store", 4, 25)], needs))
    assert plan.units == {("life", "store"): 4}
    assert plan.unmet == {"life": 0, "late": 4}
    assert plan.worth_more["store"] > 0


def test_everybody_gets_something_first() -> None:
    ways = (Way("store", 100),)
    needs = [Need(f"need-{number}", 4, 2, 25, ways) for number in range(2)]
    assert sorted(optimum(Problem.of([], [Store("store", 4, 25)], needs)).units.values()) == [2, 2]


def test_a_pool_is_never_overdrawn() -> None:
    stores = [Store("network", 3, 500, "ict"), Store("helpdesk", 3, 500, "ict")]
    needs = [Need("a", 3, 1, 500, (Way("network", 10),)), Need("b", 3, 1, 500, (Way("helpdesk", 10),))]
    problem = Problem.of([Pool("ict", 4)], stores, needs)
    assert sum(optimum(problem).units.values()) == 4
    with pytest.raises(ValueError, match="more is given"):
        cost_of(problem, {("a", "network"): 3, ("b", "helpdesk"): 3})


def test_thinning_keeps_enough_to_serve_a_large_need() -> None:
    stores = [Store(f"store-{number:03}", 1, 25) for number in range(600)]
    ways = tuple(Way(store.key, position) for position, store in enumerate(stores))
    (small, large) = thinned(
        Problem.of([], stores, [Need("large", 20, 1, 25, ways), Need("small", 1, 1, 25, ways)])
    ).needs[::-1]
    assert CHEAP + PICKED >= len(small.ways) > PICKED
    assert len(large.ways) >= 400
    assert small.ways[:CHEAP] == ways[:CHEAP]
