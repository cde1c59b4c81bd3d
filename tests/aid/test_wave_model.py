"""A model of waves and holds: whoever asks, answers and goes, nobody is asked for what others are being asked for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agreements.terms import Terms
from aid.models import AidRequest, Ask, Hold, Offer, RequestLine
from aid.offers import ending
from aid.requests import actions as requests
from aid.requests import alerting, asks, matching, queries
from aid.requests.outlook import Chances, doubtful
from aid.requests.schemas import Amendment, LineDraft, Reason, RequestDraft
from aid.waves import choosing as waves
from aid.waves.history import histories, median_minutes
from aid.waves.holding import LIFE, MINOR
from foundation import clock
from foundation.clock import ManualClock
from foundation.database import Surroundings
from tests import world as worlds
from tests.aid.amended import asked_by, check_amended, free, held, open_asks_of
from tests.aid.test_quantities import PARTNERS, QUANTITIES, Aid
from tests.engines import Engines
from tests.world import TOME

TERMS = Terms(wave_minimum=1, planning_from=0, wave_certainty=0.6)
"""Less certain than by default: five partners are then more than one wave."""
WAITS = waves.WaveTerms(TERMS.wave_certainty, TERMS.wave_cover, TERMS.wave_minimum)
ASKING = ("open", "unverified")


class Waves(Aid):
    """The model of requests and offers, with priorities, time that passes, and partners that can't be reached."""

    lent: Callable[[], AbstractContextManager[str]]

    def __init__(self) -> None:
        super().__init__()
        self.asks: dict[tuple[str, str], Any] = {}
        self.holds: set[tuple[str, str]] = set()

    async def _open(self, surroundings: Surroundings) -> Any:
        assert isinstance(surroundings.clock, ManualClock)
        self.clock = surroundings.clock
        return await super()._open(surroundings)

    def write(self, fn: Callable[..., Any], *args: Any) -> Any:
        if fn is worlds.build:
            return super().write(lambda session: worlds.build(session, terms=TERMS))
        return super().write(fn, *args)

    @initialize(target=Aid.asked, pcs=st.integers(1, 12), printers=st.integers(1, 6))
    def begin(self, pcs: int, printers: int) -> Any:
        """A request at the beginning, so that no step is spent on nothing."""
        return self.ask(pcs, printers)

    @rule(target=Aid.asked, pcs=QUANTITIES, printers=QUANTITIES, priority=st.integers(1, 4))
    def ask(self, pcs: int, printers: int, priority: int = 3) -> Any:
        lines = [LineDraft(kind="pc", quantity=pcs), LineDraft(kind="printer", quantity=printers)]
        draft = RequestDraft(
            incident=self.world.incident, group=self.world.group, requester=TOME, lines=lines, priority=priority
        )
        view = self.act(TOME, requests.file, draft)
        assert view is not None
        self.write(check_renewed, view.id)
        return view.id

    @rule(request=Aid.asked, code=st.sampled_from(PARTNERS))
    def decline(self, request: str, code: str) -> None:
        before = set(self.holds)
        if self.answer(request, code, "decline", []):
            self.write(check_renewed, request)
            self.write(check_needed, request, before, waves.is_doubtful)

    @rule(request=Aid.asked)
    def ask_further_partners(self, request: str) -> None:
        """The timer goes off, be it twice or too early: nobody is asked as long as enough is to be expected."""
        before = set(self.holds)
        super().ask_further_partners(request)
        self.write(check_needed, request, before, waves.may_lack)

    @rule(offer=Aid.offers, is_own=st.integers(0, 3).map(bool), code=st.sampled_from(PARTNERS))
    def withdraw(self, offer: str, is_own: bool, code: str) -> None:
        owner = self.write(owner_of, offer, self.world.members)
        view = self.act(owner if is_own else code, ending.withdraw, offer, Reason(reason="事情により"))
        if view is not None:
            self.write(check_renewed, view.request)

    @rule(request=Aid.asked, quantity=QUANTITIES)
    def amend(self, request: str, quantity: int) -> None:
        before = self.write(asked_by, request)
        super().amend(request, quantity)
        self.write(check_amended, request, before)

    @rule(request=Aid.asked, quantity=QUANTITIES)
    def add(self, request: str, quantity: int) -> None:
        """One line more, of a kind that another line asks for already."""
        before = self.write(asked_by, request)
        change = Amendment(reason="追加", added=[LineDraft(kind="printer", quantity=quantity)])
        self.act(TOME, requests.amend, request, change)
        self.write(check_amended, request, before)

    @rule(request=Aid.asked, code=st.sampled_from(PARTNERS))
    def lose(self, request: str, code: str) -> None:
        """No way leads to a partner any more: what it was asked for is free."""
        self.write(lose, request, self.world.members[code])

    @rule(request=Aid.asked, units=st.dictionaries(st.sampled_from(PARTNERS), st.integers(0, 9), max_size=3))
    def plan(self, request: str, units: dict[str, int]) -> None:
        self.write(ask_planned, request, {self.world.members[code]: n for code, n in units.items()})

    @rule(minutes=st.sampled_from([1, 20, 31, 61]))
    def wait(self, minutes: int) -> None:
        self.clock.advance(timedelta(minutes=minutes))

    @invariant()
    def holds_are_fair(self) -> None:
        self.asks, self.holds = self.write(check, self.asks, self.holds)


def check(session: Session, before: dict[tuple[str, str], Any], known: set[tuple[str, str]]) -> Any:
    rows = {(each.request_id, each.member_id): each for each in session.scalars(select(Ask))}
    for key, (asked_at, stood_down_at) in before.items():
        assert stood_down_at is not None or rows[key].asked_at == asked_at, "asked twice without standing down"
    for ask in rows.values():
        is_over = session.get_one(AidRequest, ask.request_id).status in {"closed", "cancelled"}
        assert not is_over or ask.stood_down_at is not None or ask.answer_minutes is not None, "still asked about it"
    holds = list(session.scalars(select(Hold)))
    for hold in holds:
        ask = rows[hold.request_id, hold.member_id]
        assert ask.stood_down_at is None
        assert ask.answer_minutes is None
        assert session.get_one(AidRequest, hold.request_id).status in {*ASKING, "covered"}
        line = session.get_one(RequestLine, hold.line_id)
        assert line.committed < line.quantity
    new = [hold for hold in holds if (hold.line_id, hold.member_id) not in known]
    for request, member, kind in {(hold.request_id, hold.member_id, hold.kind) for hold in new}:
        check_share(session, request, member, kind, new)
    now = {key: (each.asked_at, each.stood_down_at) for key, each in rows.items()}
    return now, {(hold.line_id, hold.member_id) for hold in holds}


def check_share(session: Session, request: str, member: str, kind: str, new: Sequence[Hold]) -> None:
    """A new ask takes what nobody asks for; or nobody else was left, and no more urgent one is asking."""
    asking = session.get_one(AidRequest, request)
    units = sum(
        each.quantity for each in new if (each.request_id, each.member_id, each.kind) == (request, member, kind)
    )
    left = free(session, member, kind)
    others = [each for each in held(session, member, kind) if each.request_id != request]
    counted = [each for each in others if asking.priority != LIFE or each.priority < MINOR]
    taken = sum(each.quantity for each in counted)
    if member in PLANNED.get(request, ()):
        return
    if units <= left - taken:
        return
    assert left - taken <= 0
    assert units <= left
    assert all(asking.priority <= each.priority for each in counted)


def check_renewed(session: Session, request: str) -> None:
    """After an answer either enough is to be expected, or nobody is left whom one may ask."""
    found, lines = session.get_one(AidRequest, request), queries.lines_of(session, request)
    offered = asks.offered_by_line(session, request)
    if found.status in ASKING and doubtful(session, [(found, lines)], offered):
        assert matching.match(session, found, lines).next_wave == {}


Judge = Callable[[int, Sequence[Any], waves.WaveTerms], bool]


def check_needed(session: Session, request: str, before: set[tuple[str, str]], is_too_little: Judge) -> None:
    """Others were asked only because too little was to be expected of those who were being asked."""
    found, lines = session.get_one(AidRequest, request), queries.lines_of(session, request)
    out = asks.out_by_line(session, request)
    old = {line.id: [each for each in out.get(line.id, ()) if (line.id, each.member) in before] for line in lines}
    if all(len(old[line.id]) == len(out.get(line.id, ())) for line in lines):
        return
    waiting = {each.member for of_line in old.values() for each in of_line}
    known = histories(session, waiting)
    chances = Chances(known, TERMS.answer_minutes[found.priority], median_minutes(known.values()))
    offered = asks.offered_by_line(session, request)
    needs = {line.id: line.quantity - line.committed - offered.get(line.id, 0) for line in lines}
    assert any(is_too_little(needs[line.id], chances.of(old[line.id]), WAITS) for line in lines)


def held_for(session: Session, request: str) -> dict[str, int]:
    rows = session.execute(
        select(Hold.kind, func.sum(Hold.quantity)).where(Hold.request_id == request).group_by(Hold.kind)
    )
    return {kind: int(units) for kind, units in rows}


def owner_of(session: Session, offer: str, members: Mapping[str, str]) -> str:
    member = session.get_one(Offer, offer).member_id
    return next(code for code, each in members.items() if each == member)


def lose(session: Session, request: str, member: str) -> None:
    ask = session.get(Ask, (request, member))
    if ask is not None and ask.answer_minutes is None:
        ask.unreachable_at = clock.now(session)
        asks.release(session, request, [member])


PLANNED: dict[str, set[str]] = {}


def ask_planned(session: Session, request: str, units: dict[str, int]) -> None:
    found, lines = queries.request_locked(session, request), queries.lines_of(session, request)
    if found.status not in ASKING:
        return
    done = alerting.ask_quantities(
        session, found, lines, {member: {lines[0].id: quantity} for member, quantity in units.items()}
    )
    PLANNED.setdefault(request, set()).update(done)


QUICK = settings(
    max_examples=6,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=[Phase.generate],
)


class Story:
    """A model whose turns are chosen by hand: after each the same is looked at as after one drawn by lot."""

    def __init__(self, model: Waves) -> None:
        self._model = model

    def __getattr__(self, turn: str) -> Callable[..., Any]:
        def taken(*args: Any) -> Any:
            done = getattr(self._model, turn)(*args)
            self._model.holds_are_fair()
            self._model.sums_hold()
            return done

        return taken

    def waiting(self, request: str) -> list[str]:
        """Return who is being asked, by code."""
        codes = {member: code for code, member in self._model.world.members.items()}
        return sorted(codes[member] for member in self._model.write(open_asks_of, request))

    def held(self, request: str) -> dict[str, int]:
        """Return what is held for a request, by kind, of all partners together."""
        return self._model.write(held_for, request)


@pytest.fixture
def story(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """One story of the model each, so that none of its turns is left to chance."""
    model = machine_of("sqlite", engines, tmp_path_factory)()
    yield Story(model)
    model.teardown()


def test_declines_bring_the_next_wave_and_a_timer_that_is_early_nobody(story: Story) -> None:
    request = story.ask(4, 2, 3)
    first = story.waiting(request)
    assert 0 < len(first) < len(PARTNERS)
    story.ask_further_partners(request)
    story.ask_further_partners(request)
    assert story.waiting(request) == first, "two timers in a row ask nobody twice"
    for code in first[:-1]:
        story.decline(request, code)
    second = story.waiting(request)
    assert set(second) - set(first), "too little is to be expected of who is left"


def test_the_answer_time_brings_the_next_wave_and_who_is_lost_holds_nothing(story: Story) -> None:
    request = story.ask(4, 2, 3)
    first = story.waiting(request)
    story.wait(61)
    story.ask_further_partners(request)
    second = story.waiting(request)
    assert set(first) < set(second)
    before = story.held(request)
    story.lose(request, second[-1])
    assert story.held(request)["pc"] < before["pc"]


def test_what_is_accepted_ends_the_asking_and_what_is_withdrawn_begins_it_anew(story: Story) -> None:
    request = story.ask(4, 2, 3)
    first, *_ = story.waiting(request)
    offer = story.answer(request, first, "accept", [4])
    story.accept(offer, None)
    assert "pc" not in story.held(request), "the line of the PCs needs nothing more"
    other = next(code for code in PARTNERS if code != first)
    story.accept(story.answer(request, other, "provisional", [1, 2]), None)
    assert (story.waiting(request), story.held(request)) == ([], {}), "all is covered: the others stand down"
    story.withdraw(offer, True, first)
    assert story.waiting(request)
    assert story.held(request)["pc"] > 0
    again = story.answer(request, story.waiting(request)[0], "accept", [4])
    story.expire(again)
    assert story.held(request)["pc"] > 0
    story.amend(request, 3)
    story.end(request, True)
    assert story.held(request) == {}


def test_who_said_no_without_being_asked_is_asked_by_no_plan(story: Story) -> None:
    request = story.ask(4, 2, 3)
    silent = next(code for code in PARTNERS if code not in story.waiting(request))
    story.decline(request, silent)
    held = story.held(request)
    story.plan(request, {silent: 4})
    assert story.held(request) == held
    story.end(request, True)
    assert story.held(request) == {}


def test_what_others_hold_is_asked_for_by_the_more_urgent_alone(story: Story) -> None:
    everything = {"pc": 250, "printer": 50}
    story.ask(20, 5, 3)
    first = story.ask(250, 50, 1)
    assert story.held(first) == everything, "life does not see what is held for the minor"
    story.end(first, True)
    minor, urgent = story.ask(250, 50, 4), story.ask(250, 50, 2)
    assert story.held(minor)["pc"] < story.held(urgent)["pc"] == 250, (
        "nobody else is left: the more urgent asks as well"
    )
    waits, later = story.ask(20, 50, 3), story.ask(250, 1, 3)
    assert story.held(waits) == story.held(later) == {}
    life = story.ask(250, 50, 1)
    assert story.held(life) == everything
    story.wait(61)
    story.ask_further_partners(waits)
    assert story.held(waits)["pc"] > 0, "those holds have ended"
    story.plan(later, dict.fromkeys(PARTNERS, 9))
    assert story.held(later) == {"pc": 45}


def test_a_line_that_waits_for_the_more_urgent_asks_nobody_for_the_others(story: Story) -> None:
    story.ask(1, 50, 1)
    request = story.ask(1, 50, 2)
    held = story.held(request)
    assert set(held) == {"pc"}
    assert held["pc"] < len(PARTNERS)
    story.ask_further_partners(request)
    assert story.held(request) == held


def test_an_amendment_moves_the_holds_of_those_who_are_asked(story: Story) -> None:
    request = story.ask(4, 2, 3)
    first = story.waiting(request)
    count = len(first)
    story.amend(request, 3)
    assert story.held(request) == {"pc": 3 * count, "printer": 2 * count}, "fewer"
    story.amend(request, 6)
    assert story.held(request) == {"pc": 6 * count, "printer": 2 * count}, "more"
    assert story.waiting(request) == first, "those asked could give it"
    story.add(request, 3)
    assert story.held(request) == {"pc": 6 * count, "printer": 5 * count}, "one line more"
    planned = next(code for code in PARTNERS if code not in first)
    story.plan(request, {planned: 5})
    story.amend(request, 7)
    assert story.held(request)["pc"] == 7 * count + 5, "what was named stays"
    story.accept(story.answer(request, first[0], "accept", [2]), None)
    story.amend(request, 5)
    assert story.held(request)["pc"] == 3 * len(story.waiting(request)), "three are lacking, of each"
    story.amend(request, 2)
    assert planned not in story.waiting(request), "it was asked for PCs alone"
    assert story.held(request) == {"printer": 5 * len(story.waiting(request))}


def test_an_amendment_names_to_whom_is_lost_what_was_named(story: Story) -> None:
    """Nothing is held of it any more, and it is not asked for all that is lacking either."""
    request = story.ask(4, 2, 3)
    planned = next(code for code in PARTNERS if code not in story.waiting(request))
    story.plan(request, {planned: 3})
    before = story.held(request)["pc"]
    story.lose(request, planned)
    assert story.held(request)["pc"] == before - 3
    story.amend(request, 6)


def test_an_amendment_takes_nothing_that_others_ask_for(story: Story) -> None:
    first, second = story.ask(20, 1, 3), story.ask(100, 1, 3)
    story.ask(250, 50, 2)
    story.amend(first, 60)
    story.amend(second, 250)
    story.lose(second, story.waiting(second)[0])
    story.amend(second, 10)
    story.end(first, True)
    story.amend(second, 250)


def test_waves_and_holds_stay_fair(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> None:
    run("sqlite", engines, tmp_path_factory, QUICK)


@pytest.mark.deep
@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_waves_and_holds_stay_fair_long(
    engine: str, engines: Engines, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run(engine, engines, tmp_path_factory, settings(QUICK, max_examples=8, stateful_step_count=15, derandomize=False))


def run(engine: str, engines: Engines, folders: pytest.TempPathFactory, how: settings) -> None:
    case = machine_of(engine, engines, folders).TestCase
    case.settings = how
    case("runTest").runTest()


def machine_of(engine: str, engines: Engines, folders: pytest.TempPathFactory) -> type[Waves]:
    own = {"lent": staticmethod(lambda: engines.lent(engine, folders.mktemp("waves")))}
    return type(f"Waves_{engine}", (Waves,), own)
