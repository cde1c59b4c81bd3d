"""Cutting a plan into sections: everything once, a partner's asks together, the most urgent first."""

from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from aid.plans import sections
from aid.plans.state import Made, OpenLine, Outlook, Rules, State, ToAsk

PAIRS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), unique=True, max_size=40)


def line(request: int, *, waiting: int = 0) -> OpenLine:
    key = f"{request:04d}|00"
    return OpenLine(key, f"request-{request}", f"{request:04d}", key, "pc", 1 + request // 3, 5, (), waiting=waiting)


def plan(pairs: list[tuple[int, int]], short: dict[int, int]) -> Made:
    """A plan that asks partners for requests; those `short` are, with so many asked before who have time left."""
    asks = tuple(
        ToAsk(line(request), f"{member:06d}|pc", 1, 0.5, is_pinned=False) for request, member in sorted(pairs)
    )
    members = {f"{member:06d}|pc": f"member-{member}" for member in range(10)}
    state = State("planning", datetime(2026, 6, 1, tzinfo=UTC), False, (), (), (), Rules(), members)
    outlooks = tuple(Outlook(line(each, waiting=waiting), 1, 0.5, 1, None, {}) for each, waiting in short.items())
    return Made(state, "", asks, outlooks, {}, 0, "optimum", is_optimal=True)


@given(pairs=PAIRS, size=st.integers(1, 7), short=st.dictionaries(st.integers(0, 14), st.integers(0, 1)))
def test_everything_is_in_one_section_and_a_partners_asks_are_together(
    pairs: list[tuple[int, int]], size: int, short: dict[int, int]
) -> None:
    made = plan(pairs, short)
    cut = sections.cut(made, size)
    assert sorted(map(repr, (ask for each in cut for ask in each.asks))) == sorted(map(repr, made.asks))
    stores = [{ask.store for ask in each.asks} for each in cut]
    assert sum(map(len, stores)) == len({ask.store for ask in made.asks}), "a partner is in one section"
    asked = {request for request, _ in pairs}
    assert sorted(request for each in cut for request in each.left) == sorted(
        f"request-{each}" for each, waiting in short.items() if each not in asked and not waiting
    )
    assert [each.is_first for each in cut] == [True] + [False] * (len(cut) - 1)
    assert [each.is_last for each in cut] == [False] * (len(cut) - 1) + [True]
    for each in cut:
        assert len(each.left) <= max(size - len(each.asks), 0)
        assert len(each.asks) < size + 10, "no more than a partner's asks beyond the size"
        assert each.requests == {ask.line.request for ask in each.asks} | set(each.left)
    for before, after in pairwise(cut):
        assert not after.asks or before.asks[0].line.key <= after.asks[0].line.key, "the most urgent first"
        assert len(before.asks) + len(before.left) >= size, "each is filled"


def test_a_plan_that_asks_nobody_is_acted_on_all_the_same() -> None:
    [only] = sections.cut(plan([], {}))
    assert (only.asks, only.left, only.is_first, only.is_last) == ((), (), True, True)
