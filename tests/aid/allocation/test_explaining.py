"""Why a need stays short, and what a store would be good for otherwise."""

from hypothesis import given, settings

from aid.allocation.explaining import Explanation, NextUse, Shortage, ShortCause, Use
from aid.allocation.optimum import optimum
from aid.allocation.problem import Need, Pool, Problem, Store, Way
from tests.aid.allocation.problems import problems


def explained(problem: Problem, excluded: dict[str, int] | None = None) -> Explanation:
    return Explanation(problem, optimum(problem), excluded)


def need(key: str, quantity: int, priority: int, *stores: str) -> Need:
    return Need(key, quantity, priority, 25, tuple(Way(store, 100) for store in stores))


def test_nobody_declared_it_or_all_who_did_are_ruled_out() -> None:
    problem = Problem.of([], [], [need("a", 2, 1), need("b", 3, 2)])
    assert explained(problem, {"b": 4}).shortages() == (
        Shortage("a", 2, ShortCause.NOBODY_DECLARED),
        Shortage("b", 3, ShortCause.ONLY_EXCLUDED),
    )


def test_nothing_was_left_before_the_plan() -> None:
    problem = Problem.of([], [Store("store", 0, 25, given=5)], [need("a", 2, 1, "store")])
    assert explained(problem).shortages() == (Shortage("a", 2, ShortCause.ALL_PROMISED),)


def test_the_more_urgent_who_use_it_are_named() -> None:
    problem = Problem.of([], [Store("store", 4, 25)], [need("life", 4, 1, "store"), need("late", 2, 4, "store")])
    assert explained(problem).shortages() == (Shortage("late", 2, ShortCause.MORE_URGENT, (Use("life", 1, 4),)),)


def test_equals_share_what_is_too_little() -> None:
    problem = Problem.of([], [Store("store", 4, 25)], [need("a", 4, 2, "store"), need("b", 4, 2, "store")])
    assert explained(problem).shortages() == (
        Shortage("a", 2, ShortCause.SHARED, (Use("b", 2, 2),)),
        Shortage("b", 2, ShortCause.SHARED, (Use("a", 2, 2),)),
    )


def test_the_same_people_may_be_used_for_another_kind() -> None:
    stores = [Store("network", 3, 25, "ict"), Store("kitting", 3, 25, "ict")]
    problem = Problem.of([Pool("ict", 3)], stores, [need("a", 3, 1, "network"), need("b", 3, 3, "kitting")])
    assert explained(problem).shortages() == (Shortage("b", 3, ShortCause.MORE_URGENT, (Use("a", 1, 3),)),)


def test_the_next_best_use_is_whoever_would_gain_most() -> None:
    needs = [need("life", 4, 1, "store"), need("soon", 2, 2, "store"), need("late", 2, 4, "store")]
    said = explained(Problem.of([], [Store("store", 4, 25)], needs))
    saved = 600_000 * 25 * 6 // 5 - 100 * 25
    assert said.next_use("store") == NextUse("soon", 2, saved, is_unmet=True)
    assert said.next_use("store", besides="soon") == NextUse(
        "late", 4, 70_000 * 25 * 6 // 5 - 100 * 25, is_unmet=True
    )


def test_more_may_only_serve_somebody_better() -> None:
    wanted = Need("a", 1, 2, 25, (Way("far", 5_000), Way("near", 100)))
    said = explained(Problem.of([], [Store("far", 9, 25), Store("near", 0, 25)], [wanted]))
    assert said.next_use("near") == NextUse("a", 2, 4_900 * 25, is_unmet=False)
    assert said.next_use("far") is None
    assert said.next_use("unknown") is None


@settings(max_examples=40, deadline=None)
@given(problem=problems(pins=2))
def test_every_shortage_has_a_reason_and_names_only_others(problem: Problem) -> None:
    plan = optimum(problem)
    said = Explanation(problem, plan).shortages()
    assert {short.need: short.units for short in said} == {key: unmet for key, unmet in plan.unmet.items() if unmet}
    for short in said:
        assert bool(short.uses) == (short.cause in {ShortCause.MORE_URGENT, ShortCause.SHARED})
        assert all(use.units > 0 and use.need != short.need for use in short.uses)
