"""A round's plan: within what is free and allowed, the same in any order, with a reason for what is short."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aid.allocation.greedy import greedy
from aid.allocation.optimum import optimum
from aid.allocation.problem import Plan, Way
from aid.plans.believing import awaited
from aid.plans.choosing import Forecast, Holding, Solver
from aid.plans.making import make
from aid.plans.shortage import Cause, Use, cause, prices, scarcity, words
from aid.plans.state import OpenLine, Pin, Rules, State
from aid.waves.cover import Ask
from foundation.problems import Language
from inventory.stock import Stock

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HUGE = 2_000_000_000
CODES = ("011002", "042129", "142051", "172031", "462012")


def line(number: int, ways: tuple[Way, ...], **more: Any) -> OpenLine:
    values: dict[str, Any] = {"kind": "pc", "priority": 3, "needed": 10, **more}
    return OpenLine(f"{number:04d}|00", f"r{number}", f"{number:04d}", f"l{number}", ways=ways, **values)


def state(lines: list[OpenLine], holdings: list[Holding], **more: Any) -> State:
    members = {each.key: f"member-{each.key[:6]}" for each in holdings}
    values: dict[str, Any] = {"is_held": False, "forecasts": (), "rules": Rules(), **more}
    return State("p", NOW, lines=tuple(lines), holdings=tuple(holdings), members=members, **values)


@st.composite
def states(draw: st.DrawFn) -> State:
    holdings = [
        Holding(f"{code}|pc", draw(st.integers(0, 20)), 25, draw(st.sampled_from([0.0, 0.3, 0.9]))) for code in CODES
    ]
    lines = []
    for number in range(draw(st.integers(0, 4))):
        chosen = draw(st.lists(st.sampled_from(holdings), unique=True))
        ways = tuple(Way(each.key, draw(st.integers(0, 5_000))) for each in chosen)
        asked = tuple(Ask(draw(st.integers(1, 9)), 0.5) for _ in range(draw(st.integers(0, 2))))
        more: dict[str, Any] = {
            "needed": draw(st.integers(1, 30)),
            "priority": draw(st.integers(1, 4)),
            "asked": asked,
        }
        lines.append(line(number, ways, **more))
    keys = [each.key for each in lines] or ["none"]
    stores = st.sampled_from([each.key for each in holdings])
    pairs = st.tuples(st.sampled_from(keys), stores)
    forbidden = draw(st.frozensets(pairs, max_size=4))
    pins = draw(st.lists(st.builds(Pin, st.sampled_from(keys), stores, st.sampled_from([None, 3])), max_size=2))
    coming = Forecast("forecast|1|pc|011002", draw(st.integers(1, 40)), 1, 25, (Way("142051|pc", 100),))
    rules = Rules(tuple({(pin.line, pin.store): pin for pin in pins}.values()), forbidden, {"0000": 1})
    return state(lines, holdings, rules=rules, forecasts=(coming,) if draw(st.booleans()) else ())


@given(states(), st.sampled_from([optimum, greedy]))
def test_nobody_is_asked_for_more_than_is_free_nor_against_the_rules(given_state: State, solve: Solver) -> None:
    made = make(given_state, solve)
    free = {each.key: each.free for each in given_state.holdings}
    asked: Counter[str] = Counter()
    for ask in made.asks:
        asked[ask.store] += ask.quantity
        assert 0 < ask.quantity <= ask.line.needed
        assert ask.store in {way.store for way in ask.line.ways}
        assert (ask.line.key, ask.store) not in given_state.rules.forbidden
    assert all(units <= free[store] for store, units in asked.items())
    assert len({(ask.line.key, ask.store) for ask in made.asks}) == len(made.asks)
    assert all(0 <= each.short <= each.line.needed for each in made.outlooks)
    assert all((each.cause is None) == (each.short == 0) for each in made.outlooks)


@given(states(), st.randoms(use_true_random=False), st.sampled_from([optimum, greedy]))
def test_the_order_of_the_facts_changes_nothing(given_state: State, random: Random, solve: Solver) -> None:
    def mixed(row: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(random.sample(row, len(row)))

    rules = replace(given_state.rules, pins=mixed(given_state.rules.pins))
    lines, holdings = mixed(given_state.lines), mixed(given_state.holdings)
    first = make(given_state, solve)
    second = make(replace(given_state, lines=lines, holdings=holdings, rules=rules), solve)
    assert second.asks == first.asks
    assert (second.cost, second.prices) == (first.cost, first.prices)
    shown = {each.line.key: (each.certainty, each.short) for each in first.outlooks}
    assert {each.line.key: (each.certainty, each.short) for each in second.outlooks} == shown


@given(st.sampled_from([0, 1, HUGE]), st.sampled_from([1, HUGE]), st.sampled_from([0.0, 0.5, 1.0]))
def test_what_is_nothing_or_huge_is_planned_like_anything_else(free: int, needed: int, chance: float) -> None:
    holdings = [Holding(f"{code}|pc", free, 25, chance) for code in CODES]
    ways = tuple(Way(each.key, 100) for each in holdings)
    made = make(state([line(1, ways, needed=needed), line(2, (), needed=needed)], holdings), optimum)
    assert all(0 < ask.quantity <= min(free, needed) for ask in made.asks)
    assert all(0 <= each.short <= needed for each in made.outlooks)
    assert bool(made.asks) == (free > 0)


def test_a_group_of_one_has_nobody_to_ask() -> None:
    alone = make(state([line(1, ())], []), optimum)
    assert (alone.asks, [each.cause for each in alone.outlooks]) == ((), ["not_declared"])
    assert make(state([], []), optimum).asks == ()


def test_what_people_pinned_is_asked_first_and_only_where_it_can_be() -> None:
    holdings = [Holding(f"{code}|pc", 20, 25, 0.9) for code in CODES]
    ways = tuple(Way(each.key, 100 * place) for place, each in enumerate(holdings[1:]))
    pins = (Pin("0001|00", "462012|pc", 4), Pin("0001|00", "011002|pc", None), Pin("gone", "142051|pc", 1))
    made = make(state([line(1, ways)], holdings, rules=Rules(pins)), optimum)
    pinned = [(ask.store, ask.quantity) for ask in made.asks if ask.is_pinned]
    assert pinned == [("462012|pc", 4)], "who is in none of the ways may not be asked, by whomever"
    assert "462012|pc" not in {ask.store for ask in made.asks if not ask.is_pinned}


def test_what_is_pinned_counts_for_what_is_needed() -> None:
    holdings = [Holding(f"{code}|pc", 20, 25, 1.0) for code in CODES]
    ways = tuple(Way(each.key, 100 * place) for place, each in enumerate(holdings))
    pins = (Pin("0001|00", "462012|pc", 10), Pin("0001|00", "172031|pc", 10))
    made = make(state([line(1, ways)], holdings, rules=Rules(pins)), optimum)
    assert {ask.store for ask in made.asks} == {"462012|pc", "172031|pc"}


def test_the_most_urgent_is_asked_for_first_however_late_it_was_filed() -> None:
    """A round gives what is left when it acts in this order."""
    holdings = [Holding(f"{code}|pc", 20, 25, 0.9) for code in CODES]
    ways = tuple(Way(each.key, 100) for each in holdings)
    priorities = {1: 4, 2: 2, 3: 3, 4: 1}
    lines = [line(number, ways, needed=4, priority=priority) for number, priority in priorities.items()]
    asked = [ask.line.number for ask in make(state(lines, holdings), optimum).asks]
    assert list(dict.fromkeys(asked)) == ["0004", "0002", "0003", "0001"]


def test_a_request_that_people_put_first_is_served_first() -> None:
    holdings = [Holding("142051|pc", 10, 25, 0.9)]
    lines = [line(number, (Way("142051|pc", 100),)) for number in (1, 2)]
    made = make(state(lines, holdings, rules=Rules(priorities={"0002": 2})), optimum)
    assert {ask.line.number for ask in made.asks} == {"0002"}
    short = {each.line.number: (each.cause, each.facts) for each in made.outlooks}
    assert short["0001"] == ("more_urgent", {"requests": ["0002"], "count": 1})


def test_what_is_expected_holds_scarce_things_back_from_minor_requests_alone() -> None:
    holdings = [Holding("142051|satphone", 2, 250, 0.9)]
    ways = (Way("142051|satphone", 100),)
    coming = Forecast("forecast|1|satphone|042129", 8.0, 1, 250, ways)
    minor = line(1, ways, kind="satphone", needed=2, priority=4)
    assert make(state([minor], holdings), optimum).asks
    made = make(state([minor], holdings, forecasts=(coming,)), optimum)
    assert made.asks == ()
    assert made.outlooks[0].cause == "held_back"
    assert make(state([replace(minor, priority=1)], holdings, forecasts=(coming,)), optimum).asks


@pytest.mark.parametrize(
    ("left_out", "found"),
    [
        ({"not_declared": 4, "hit": 2}, Cause.NOT_DECLARED),
        ({"not_declared": 4, "too_late": 1}, Cause.TOO_LATE),
        ({"nothing_available": 1}, Cause.NOTHING_LEFT),
        ({"too_near": 3}, Cause.NOBODY_FIT),
        ({}, Cause.NOT_DECLARED),
    ],
)
def test_why_nobody_can_be_asked(left_out: dict[str, int], found: Cause) -> None:
    lonely = line(1, (), left_out=left_out)
    assert cause(lonely, Use({lonely.key: lonely}, {}, {}), own_asks=0) == (found.value, {})


@pytest.mark.parametrize(("priority", "found"), [(2, Cause.MORE_URGENT), (3, Cause.TOO_LITTLE)])
def test_only_the_more_urgent_is_said_to_come_first(priority: int, found: Cause) -> None:
    ways = (Way("142051|pc", 1),)
    own, other = line(1, ways), line(2, ways, priority=priority)
    use = Use({each.key: each for each in (own, other)}, {"142051|pc": 4}, {"142051|pc": [other.key]})
    told, _ = cause(own, use, own_asks=0)
    assert told == found.value


def test_those_that_come_first_are_counted_and_the_first_three_named() -> None:
    ways = (Way("142051|pc", 1),)
    lines = [line(1, ways), *(line(number, ways, priority=1) for number in (6, 5, 4, 3)), line(2, ways)]
    use = Use({each.key: each for each in lines}, {"142051|pc": 4}, {"142051|pc": [each.key for each in lines]})
    told = cause(lines[0], use, own_asks=0)
    assert told == ("more_urgent", {"requests": ["0003", "0004", "0005"], "count": 4})


def test_what_people_pinned_for_a_line_is_not_said_to_be_asked_for_others() -> None:
    own = line(1, (Way("142051|pc", 1),))
    assert cause(own, Use({own.key: own}, {"142051|pc": 0}, {}), own_asks=1) == ("too_little", {})


def test_who_is_asked_elsewhere_or_here_is_said_to_be() -> None:
    way = (Way("142051|pc", 1),)
    asked = line(1, (), asked=(Ask(3, 0.5),), out=2)
    assert cause(asked, Use({}, {}, {}), own_asks=0) == ("all_asked", {"out": 2})
    assert cause(line(1, way), Use({}, {"142051|pc": 0}, {}), own_asks=0) == ("asked_elsewhere", {})
    facts = {"requests": ["a", "b", "c"], "count": 5}
    assert words(Cause.MORE_URGENT, facts, Language.JA) == "より急ぐ要請に回しています（a、b、cほか2件）"
    assert words(Cause.MORE_URGENT, facts, Language.EN) == "it goes to more urgent requests (a, b, c and 2 more)"
    assert words(Cause.MORE_URGENT, {"requests": ["a"], "count": 1}, Language.JA) == "より急ぐ要請に回しています（a）"
    for each in Cause:
        for language in Language:
            assert words(each, {"out": 1, **facts}, language)


def test_what_stands_in_serves_where_the_ranking_puts_it_and_is_shared_with_who_asks_for_it() -> None:
    holdings = [Holding("142051|pc", 10, 25, 0.95), Holding("172031|notebook", 12, 25, 0.95)]
    ways = (Way("142051|pc", 500), Way("172031|notebook", 700))
    needed = replace(line(1, ways, needed=10), priority=1)
    own = line(2, (Way("172031|notebook", 500),), kind="notebook", needed=12)
    made = make(state([needed], holdings), optimum)
    assert [(ask.store, ask.kind, ask.instead) for ask in made.asks][:1] == [("142051|pc", "pc", None)]
    both = make(state([replace(needed, needed=14), own], holdings), optimum)
    by_store = Counter({ask.store: 0 for ask in both.asks})
    for ask in both.asks:
        by_store[ask.store] += ask.quantity
    assert by_store["172031|notebook"] <= 12
    assert {(ask.line.number, ask.instead) for ask in both.asks} == {
        ("0001", None),
        ("0001", "notebook"),
        ("0002", None),
    }


def stock(member: str, kind: str, available: int) -> Stock:
    return Stock(member, kind, available, available, 0, 0, None, (), None)


def test_what_yeses_would_take_is_taken_as_the_ledger_takes_it() -> None:
    stocks = [stock("a", "pc", 3), stock("a", "notebook", 10), stock("b", "notebook", 4), stock("b", "tablet", 9)]
    held = {("a", "pc"): 5, ("a", "notebook"): 9, ("b", "pc"): 6, ("c", "pc"): 2}
    found = awaited(held, stocks, 500)
    assert found == {("a", "pc"): 3, ("a", "notebook"): 10, ("b", "notebook"): 4, ("b", "tablet"): 0}
    assert awaited(held, stocks, 300)["b", "tablet"] == 2
    assert awaited({("b", "pc"): 6}, stocks[2:], 300) == {("b", "notebook"): 4, ("b", "tablet"): 2}


def test_prices_become_words_by_whom_one_more_would_help() -> None:
    holdings = [Holding("142051|pc", 1, 25, 0.9), Holding("172031|pc", 1, 25, 0.9)]
    ways = tuple(Way(each.key, 100) for each in holdings)
    far = tuple(Way(each.key, 7_000) for each in holdings)
    served_more_than_half = [replace(each, free=12) for each in holdings]
    for priority in (1, 2, 3, 4):
        for reached, there in product((ways, far), (holdings, served_more_than_half)):
            made = make(state([line(1, reached, needed=30, priority=priority)], there), optimum)
            assert dict(made.prices) == {"pc": priority}
        assert scarcity(priority, Language.JA)
    plenty = [Holding(f"{code}|pc", 500, 25, 0.9) for code in CODES]
    made = make(state([line(1, tuple(Way(each.key, 100) for each in plenty))], plenty), optimum)
    assert made.prices == {}
    assert prices(Plan({}, {}, 0), {"pc"}) == {}
    hurried = make(state([line(1, ways, needed=30)], holdings), greedy)
    assert (hurried.solver, hurried.is_optimal, hurried.prices) == ("greedy", False, {})
