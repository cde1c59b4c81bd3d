"""The short list of a need: the same choice as thinning makes, of the stores that may be asked now."""

import pytest

from aid.allocation.problem import Need, Problem, Store, Way
from aid.allocation.thinning import CHEAP, PICKED, thinned
from aid.simulation.shortlist import Shortlist

WAYS = tuple(Way(f"store-{number}", number * 37 % 500) for number in range(400))
FREE = {way.store: 1 + place % 9 for place, way in enumerate(WAYS)}


def thinned_ways(quantity: int, free: dict[str, int]) -> tuple[Way, ...]:
    need = Need("need", quantity, 1, 1, tuple(way for way in WAYS if way.store in free))
    stores = [Store(store, units, 1) for store, units in free.items()]
    return thinned(Problem.of([], stores, [need])).needs[0].ways


@pytest.mark.parametrize("quantity", [1, 30, 10_000])
@pytest.mark.parametrize("every", [1, 3])
def test_it_is_the_choice_of_thinning(quantity: int, every: int) -> None:
    free = dict(list(FREE.items())[::every])
    assert Shortlist("need", WAYS).of(quantity, free) == thinned_ways(quantity, free)


@pytest.mark.parametrize("quantity", [1, 10_000])
def test_of_few_it_takes_all_the_cheapest_first(quantity: int) -> None:
    few = dict(list(FREE.items())[: PICKED // 2])
    chosen = Shortlist("need", WAYS).of(quantity, few)
    assert {way.store for way in chosen} == set(few)
    assert [way.points for way in chosen] == sorted(way.points for way in chosen)


def test_whoever_is_not_to_be_asked_is_left_out_and_replaced() -> None:
    shortlist = Shortlist("need", WAYS)
    before = shortlist.of(1, FREE)
    without = {way.store for way in before[:CHEAP]}
    after = shortlist.of(1, FREE, without)
    assert not without & {way.store for way in after}
    assert len(after) >= PICKED
    assert shortlist.of(1, FREE, FREE) == ()
    assert shortlist.of(1, {}) == ()
