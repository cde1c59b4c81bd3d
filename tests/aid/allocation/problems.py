"""Small problems of every shape, for the guards."""

from dataclasses import replace
from random import Random

from hypothesis import strategies as st

from aid.allocation.problem import Need, Pin, Pool, Problem, Store, Way

WORTH = (25, 500)


@st.composite
def problems(draw: st.DrawFn, needs: int = 5, stores: int = 6, units: int = 8, pins: int = 0) -> Problem:
    some = st.integers(0, units)
    pools = [Pool(f"pool-{number}", draw(some), draw(some)) for number in range(draw(st.integers(0, 2)))]
    names = st.sampled_from([None, *(pool.key for pool in pools)])
    held = [
        Store(f"store-{number}", draw(some), draw(st.sampled_from(WORTH)), draw(names), draw(some))
        for number in range(draw(st.integers(0, stores)))
    ]
    wanted = [_need(draw, f"need-{number}", held, units) for number in range(draw(st.integers(0, needs)))]
    pairs = [(need.key, store.key) for need in wanted for store in held]
    pinned = draw(st.lists(st.sampled_from(pairs), max_size=pins, unique=True)) if pairs else []
    return Problem.of(pools, held, wanted, [Pin(*pair, draw(st.integers(1, units))) for pair in pinned])


def _need(draw: st.DrawFn, key: str, held: list[Store], units: int) -> Need:
    chosen = draw(st.lists(st.sampled_from(held), unique=True)) if held else []
    points = st.sampled_from([0, 300, 300]) | st.integers(0, 9_000)
    ways = tuple(Way(store.key, draw(points)) for store in chosen)
    quantity, priority = draw(st.integers(1, units)), draw(st.integers(1, 4))
    return Need(key, quantity, priority, draw(st.sampled_from(WORTH)), ways, draw(st.integers(0, units)))


def shuffled(problem: Problem, random: Random) -> Problem:
    """The same facts, told in another order."""
    pools, stores, needs, pins = (
        random.sample(row, len(row)) for row in (problem.pools, problem.stores, problem.needs, problem.pins)
    )
    return Problem.of(
        pools, stores, [replace(need, ways=tuple(random.sample(need.ways, len(need.ways)))) for need in needs], pins
    )
