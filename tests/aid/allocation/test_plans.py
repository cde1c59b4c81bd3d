"""Plans: never more than there is, the same whatever the order, and none cheaper than the optimum."""

from dataclasses import replace
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aid.allocation import solving
from aid.allocation.greedy import first_come, greedy
from aid.allocation.optimum import Allocation, optimum
from aid.allocation.problem import Need, Pin, Pool, Problem, Store, Way, cost_of
from aid.allocation.solving import solve
from aid.allocation.thinning import CHEAP, PICKED, picked_order, thinned
from tests.aid.allocation.events import Played
from tests.aid.allocation.problems import problems, shuffled

HUGE = 2_000_000_000
QUICK = settings(max_examples=40, deadline=None)


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


@QUICK
@given(problem=problems(needs=2, stores=2, units=3))
def test_nothing_is_cheaper_than_the_optimum(problem: Problem) -> None:
    assert optimum(problem).cost == cheapest_by_trying(problem)


@QUICK
@given(problem=problems(pins=3))
def test_no_plan_gives_more_than_there_is(problem: Problem) -> None:
    best = optimum(replace(problem, pins=()))
    for plan in (optimum(problem), greedy(problem), first_come(problem, [need.key for need in problem.needs])):
        assert plan.cost == cost_of(problem, plan.units)
        assert plan.cost >= best.cost
        assert all(units > 0 for units in plan.units.values())


@QUICK
@given(problem=problems(pins=3))
def test_the_cheapest_plan_costs_what_its_own_prices_prove(problem: Problem) -> None:
    plan = optimum(problem)
    assert plan.cost == plan.bound
    assert plan.is_optimal


@QUICK
@given(problem=problems(pins=2), step=st.sampled_from([10, 1_000, 4_000]))
def test_no_plan_costs_less_than_the_bound_of_another(problem: Problem, step: int) -> None:
    rough, best = optimum(problem, step), optimum(problem)
    assert rough.bound is not None
    assert rough.bound <= best.cost <= rough.cost
    assert rough.is_optimal == (rough.bound == rough.cost)


@QUICK
@given(problem=problems(pins=3), seed=st.integers(0, 9))
def test_the_order_of_what_comes_in_makes_no_difference(problem: Problem, seed: int) -> None:
    again = shuffled(problem, Random(seed))
    assert again == problem
    for plan in (optimum, greedy, solve):
        first, second = plan(problem), plan(again)
        assert first == second
        assert list(first.units.items()) == list(second.units.items())


@QUICK
@given(problem=problems())
def test_more_to_give_never_costs_more(problem: Problem) -> None:
    stores = tuple(replace(store, free=store.free + 1) for store in problem.stores)
    pools = tuple(replace(pool, free=pool.free + 1) for pool in problem.pools)
    assert optimum(replace(problem, stores=stores)).cost <= optimum(problem).cost
    assert optimum(replace(problem, pools=pools)).cost <= optimum(problem).cost


@QUICK
@given(problem=problems())
def test_asking_for_more_never_costs_less(problem: Problem) -> None:
    needs = tuple(replace(need, quantity=need.quantity + 1) for need in problem.needs)
    assert optimum(replace(problem, needs=needs)).cost >= optimum(problem).cost


@QUICK
@given(problem=problems(), data=st.data())
def test_what_is_forbidden_is_never_planned(problem: Problem, data: st.DataObject) -> None:
    pairs = [(need.key, way.store) for need in problem.needs for way in need.ways]
    forbidden = data.draw(st.sets(st.sampled_from(pairs))) if pairs else set()
    rest = Problem.of(problem.pools, problem.stores, problem.needs, forbidden=forbidden)
    for plan in (optimum(rest), greedy(rest)):
        assert not forbidden & plan.units.keys()
    assert {(need.key, way.store) for need in rest.needs for way in need.ways} == {*pairs} - forbidden
    with_pins = Problem.of(
        problem.pools, problem.stores, problem.needs, [Pin(*pair, 1) for pair in forbidden], forbidden
    )
    assert optimum(with_pins).units == optimum(rest).units


@QUICK
@given(problem=problems(), data=st.data())
def test_what_was_accepted_is_never_taken_back(problem: Problem, data: st.DataObject) -> None:
    """Whoever comes later, and however urgent."""
    first = optimum(problem)
    accepted = data.draw(st.sets(st.sampled_from(sorted(first.units)))) if first.units else set()
    pins = [Pin(need, store, first.units[need, store]) for need, store in accepted]
    ways = tuple(Way(store.key, 0) for store in problem.stores)
    late = Need("need-late", 50, 1, 500, ways)
    again = Problem.of(problem.pools, problem.stores, [*problem.needs, late], pins)
    for plan in (optimum(again), greedy(again), optimum(thinned(again))):
        assert all(plan.units[pin.need, pin.store] >= pin.units for pin in pins)


def test_a_pin_holds_as_far_as_it_can() -> None:
    ways = (Way("far", 9_000), Way("near", 0))
    stores = [Store("far", 2, 25), Store("near", 9, 25)]
    need = Need("need", 5, 2, 25, ways)
    pins = [Pin("need", "far", 4), Pin("need", "unknown", 1), Pin("gone", "near", 1)]
    plan = optimum(Problem.of([], stores, [need], pins))
    assert plan.units == {("need", "far"): 2, ("need", "near"): 3}
    assert plan.is_optimal


def test_what_was_promised_counts_for_the_steps_of_fairness() -> None:
    """Who was served half already waits for whoever has nothing, and who gave half already is spared."""
    ways = (Way("store", 100),)
    needs = [Need("new", 2, 2, 25, ways), Need("a-served", 2, 2, 25, ways, served=2)]
    for plan in (optimum, greedy):
        assert plan(Problem.of([], [Store("store", 1, 25)], needs)).units == {("new", "store"): 1}
    stores = [Store("fresh", 5, 25), Store("tired", 5, 25, given=5)]
    both = (Way("fresh", 200), Way("tired", 100))
    assert optimum(Problem.of([], stores, [Need("need", 2, 2, 25, both)])).units == {("need", "fresh"): 2}


@pytest.mark.parametrize("seed", range(40))
def test_after_every_event_the_plan_is_as_good_as_from_nothing(seed: int) -> None:
    played = Played(seed)
    for _ in range(20):
        played.event()
        problem = played.problem
        assert cost_of(problem, played.units) == optimum(problem).cost


def test_the_same_events_give_the_same_plan() -> None:
    first, second = Played(7), Played(7)
    for _ in range(60):
        first.event()
        second.event()
        assert list(first.units.items()) == list(second.units.items())


def test_a_store_keeps_its_pool() -> None:
    allocation = Allocation()
    allocation.add_store(Store("store", 3, 25))
    with pytest.raises(ValueError, match="keeps its pool"):
        allocation.change_store(Store("store", 3, 25, "pool"))


@pytest.mark.parametrize(
    ("steps", "points", "has_bound"),
    [(((4, 1),), 100, True), (((3, 1), (4, 4_000)), 3_900, True), (((3, 1),), 3_900, False)],
    ids=["exact", "in-steps", "greedy"],
)
def test_the_size_decides_how_a_problem_is_solved(
    steps: tuple[tuple[int, int], ...], points: int, has_bound: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who goes without the near one loses 100 points or 3,900: in steps of 4,000 that is the same."""
    monkeypatch.setattr(solving, "STEPS", steps)
    little = Need("little", 1, 2, 25, (Way("near", 0), Way("far", 100)))
    much = Need("much", 1, 2, 25, (Way("near", 0), Way("far", 3_900)))
    plan = solve(Problem.of([], [Store("near", 1, 25), Store("far", 1, 25)], [little, much]))
    assert plan.cost == points * 25
    assert (plan.is_optimal, plan.bound is not None) == (points == 100, has_bound)


@pytest.mark.parametrize("free", [0, 1, HUGE])
@pytest.mark.parametrize("wanted", [1, HUGE])
def test_what_is_nothing_or_huge_is_shared_like_anything_else(free: int, wanted: int) -> None:
    stores = [Store("near", free, 500, "people"), Store("far", free, 25)]
    ways = (Way("near", 0), Way("far", 900))
    needs = [Need("first", wanted, 1, 500, ways), Need("second", wanted, 1, 500, ways)]
    problem = Problem.of([Pool("people", free)], stores, needs)
    best = optimum(problem)
    assert best.is_optimal
    assert sum(best.units.values()) == min(2 * free, 2 * wanted)
    assert greedy(problem).cost >= best.cost == optimum(thinned(problem)).cost


def test_nothing_to_do_is_done() -> None:
    for plan in (optimum(Problem.of([], [], [])), solve(Problem.of([], [], [])), greedy(Problem.of([], [], []))):
        assert (plan.units, plan.unmet, plan.cost) == ({}, {}, 0)


@QUICK
@given(problem=problems())
def test_a_plan_is_refused_that_takes_a_way_that_there_is_not(problem: Problem) -> None:
    with pytest.raises(ValueError, match="way that there is not"):
        cost_of(problem, {("need-0", "nowhere"): 1})


def test_the_urgent_come_first() -> None:
    ways = (Way("store", 100),)
    needs = [Need("a-late", 4, 4, 25, ways), Need("life", 4, 1, 25, ways)]
    problem = Problem.of([], [Store("store", 4, 25)], needs)
    plan = optimum(problem)
    assert greedy(problem).units == plan.units
    assert plan.units == {("life", "store"): 4}
    assert plan.unmet == {"life": 0, "a-late": 4}
    assert plan.worth_more["store"] > 0


def test_everybody_gets_something_first() -> None:
    ways = (Way("store", 100),)
    for quantity in (3, 4):
        needs = [Need(f"need-{number}", quantity, 2, 25, ways) for number in range(2)]
        for plan in (optimum, greedy):
            assert sorted(plan(Problem.of([], [Store("store", 4, 25)], needs)).units.values()) == [2, 2]


def test_the_load_is_shared_before_anybody_is_drained() -> None:
    """Half of each store first, then three tenths, then the rest; so with the people of each member."""
    stores = [Store("far", 10, 25), Store("near", 10, 25)]
    ways = (Way("near", 0), Way("far", 100))
    shared = {10: (5, 5), 16: (8, 8), 18: (10, 8)}
    for quantity, (near, far) in shared.items():
        need = Need("need", quantity, 2, 25, ways)
        assert optimum(Problem.of([], stores, [need])).units == {("need", "near"): near, ("need", "far"): far}
    pools = [Pool("a", 10), Pool("b", 10)]
    people = [Store("near", 40, 500, "a"), Store("far", 40, 500, "b")]
    need = Need("need", 10, 2, 500, ways)
    assert optimum(Problem.of(pools, people, [need])).units == {("need", "near"): 5, ("need", "far"): 5}


def test_what_one_more_unit_saves_is_told_of_every_store() -> None:
    """Of a store that has enough as well: nothing."""
    stores = [Store("enough", 9, 25), Store("scarce", 1, 25)]
    needs = [Need("a", 2, 1, 25, (Way("enough", 0),)), Need("b", 2, 1, 25, (Way("scarce", 0),))]
    worth = optimum(Problem.of([], stores, needs)).worth_more
    assert worth["enough"] == 0
    assert worth["scarce"] > 0


def test_first_come_serves_in_the_order_of_arrival() -> None:
    ways = (Way("store", 100),)
    needs = [Need(key, 3, 2, 25, ways) for key in "ab"]
    problem = Problem.of([], [Store("store", 4, 25)], needs)
    assert first_come(problem, ["b", "a"]).units == {("b", "store"): 3, ("a", "store"): 1}
    assert first_come(problem, ["a", "b"]).units == {("a", "store"): 3, ("b", "store"): 1}


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


def test_few_ways_are_all_kept_and_who_has_much_counts_for_no_more_than_is_needed() -> None:
    stores = [Store(f"store-{number:03}", 1 if number % 10 else 1_000, 25) for number in range(600)]
    ways = tuple(Way(store.key, position) for position, store in enumerate(stores))

    def kept(quantity: int, reached: int) -> int:
        need = Need("need", quantity, 1, 25, ways[:reached])
        return len(thinned(Problem.of([], stores, [need])).needs[0].ways)

    assert kept(1, CHEAP + PICKED) == CHEAP + PICKED
    assert kept(20, 600) > CHEAP + PICKED, "who has a thousand counts for no more than the twenty that are needed"


def test_thinning_keeps_what_is_pinned() -> None:
    stores = [Store(f"store-{number:03}", 1, 25) for number in range(200)]
    ways = tuple(Way(store.key, position) for position, store in enumerate(stores))
    pins = [Pin("need", store.key, 1) for store in stores[20:]]
    (need,) = thinned(Problem.of([], stores, [Need("need", 1, 1, 25, ways)], pins)).needs
    assert need.ways == ways


def test_what_thinning_picks_is_the_same_in_every_process() -> None:
    """Each need picks its own, or all would want the same; by no hash that a process seeds for itself."""
    ways = [Way(store, 0) for store in "abcdefgh"]
    assert "".join(way.store for way in picked_order("need", ways)) == "befgdach"
    assert picked_order("need", ways) != picked_order("other", ways)
