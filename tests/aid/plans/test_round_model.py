"""A model of rounds and digests: whatever happens between look and act, nobody is asked what they may not be."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, invariant, multiple, rule
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from agreements.terms import Terms
from aid.incidents import actions as incidents
from aid.incidents.schemas import AffectedDraft, FootprintChange
from aid.models import Incident, Planning
from aid.offers import listening
from aid.plans import actions as plans
from aid.plans import rounds, sections
from aid.plans.schemas import HoldDraft, RuleDraft, RuleKind
from aid.plans.sections import Section
from aid.plans.state import Made, ToAsk
from aid.requests import actions as requests
from aid.requests import queries
from aid.requests.schemas import LineDraft, RequestDraft
from aid.situation import actions as situation
from aid.situation.schemas import SituationDraft
from foundation import clock
from foundation.clock import ManualClock
from foundation.database import Surroundings
from foundation.mode import Mode
from foundation.problems import Language
from inventory.models import Capability
from notifications.replies import Choice
from tests import world as worlds
from tests.aid.plans import books
from tests.aid.test_quantities import PARTNERS, Aid
from tests.engines import Engines
from tests.world import FUJISAWA, KOMATSU, TAMA, TOME

TERMS = Terms(planning_from=1)
UNITS = st.integers(1, 25)
SAID = st.lists(st.tuples(st.none() | st.integers(0, 12), st.none() | st.sampled_from([0, 2, 9])), max_size=4)


MEANWHILE = ["accept", "decline", "forbid", "hit", "unable", "hold", "urgent", "recall"]


class Rounds(Aid):
    """The model of requests and offers, planned together: with people who decide, digests, plans that are late."""

    lent: Callable[[], AbstractContextManager[str]]
    decided: Bundle[tuple[str, str]] = Bundle("decided")

    def __init__(self) -> None:
        super().__init__()
        self.made: Made | None = None

    async def _open(self, surroundings: Surroundings) -> Any:
        assert isinstance(surroundings.clock, ManualClock)
        self.clock = surroundings.clock
        return await super()._open(surroundings)

    def write(self, fn: Callable[..., Any], *args: Any) -> Any:
        if fn is worlds.build:
            return super().write(built)
        return super().write(fn, *args)

    @initialize(target=Aid.asked, is_fresh=st.booleans())
    def shake(self, is_fresh: bool) -> Any:
        """Somebody asks; with a fresh quake urgent needs are expected, and hold scarce things back."""
        if is_fresh:
            self.write(shaken_now)
        return self.ask(20, 6)

    @rule(
        target=Aid.asked,
        pcs=UNITS,
        printers=st.integers(1, 6),
        priority=st.integers(1, 4),
        code=st.sampled_from([TOME, FUJISAWA]),
    )
    def ask(self, pcs: int, printers: int, priority: int = 3, code: str = TOME) -> Any:
        lines = [LineDraft(kind="pc", quantity=pcs), LineDraft(kind="printer", quantity=printers)]
        draft = RequestDraft(
            incident=self.world.incident, group=self.world.group, requester=code, lines=lines, priority=priority
        )
        view = self.act(code, requests.file, draft)
        assert view is not None
        return view.id

    @rule(is_stale=st.booleans(), shuffle=st.integers(0, 3))
    def round(self, is_stale: bool, shuffle: int) -> None:
        """Look, plan and act; or act on what was thought out before."""
        if self.made is None or not is_stale:
            self.look(shuffle)
        if self.made is not None:
            self.act_on(sections.cut(self.made))

    @rule(
        size=st.integers(1, 3),
        pick=st.integers(0, 9),
        meanwhile=st.none() | st.sampled_from(MEANWHILE),
        is_broken_off=st.booleans(),
    )
    def round_in_sections(self, size: int, pick: int, meanwhile: str | None, is_broken_off: bool) -> None:
        """After a section something may happen to just whom the plan wants to ask next, or the round ends there."""
        self.look(0)
        if self.made is None:
            return
        first, *others = sections.cut(self.made, size)
        self.act_on([first])
        if others and others[0].asks and meanwhile:
            self.happens(others[0].asks[pick % len(others[0].asks)], meanwhile)
        if not is_broken_off:
            self.act_on(others)

    @rule(pick=st.integers(0, 9), meanwhile=st.sampled_from(MEANWHILE))
    def round_too_late(self, pick: int, meanwhile: str) -> None:
        """Between a look and its act something happens to just whom the plan wants to ask."""
        self.look(0)
        if self.made is None or not self.made.asks:
            return
        self.happens(self.made.asks[pick % len(self.made.asks)], meanwhile)
        self.round(is_stale=True, shuffle=0)

    def act_on(self, plan: Sequence[Section]) -> None:
        """Act on sections of a plan, each in a transaction of its own."""
        for section in plan:
            self.write(books.act, section)
        self.made = None

    def happens(self, ask: ToAsk, what: str) -> None:
        """Let something happen to whom a plan wants to ask."""
        request, code = ask.line.request, ask.store[:6]
        match what:
            case "forbid":
                self.decide(request, "forbid", int(ask.line.key[-2:]), code, 1)
            case "hit":
                self.shift_footprint(code, "6+")
            case "unable":
                self.report(code, is_able=False)
            case "hold":
                self.hold_asking(is_held=True)
            case "urgent":
                self.ask(25, 6, 1)
            case "recall":
                self.end(request, True)
            case _:
                self.answer(request, code, what, [1, 1])

    @rule(shuffle=st.integers(0, 3))
    def look(self, shuffle: int) -> None:
        """Think a round out, and leave it lying: the same facts in any order give the same one."""
        facts = self.write(looked)
        if facts is None:
            return
        self.made = rounds.plan(facts)
        again = rounds.plan(books.shuffled(facts, Random(shuffle)))
        assert again.state.digest == self.made.state.digest
        assert books.told(again) == books.told(self.made)

    @rule(pick=st.integers(0, 9), choice=st.sampled_from(["accept", "provisional", "decline"]), said=SAID)
    def answer_message(self, pick: int, choice: str, said: list[tuple[int | None, int | None]]) -> None:
        """A partner answers a message about several requests: wholly, partly, twice, or after all is over."""
        event = self.write(books.answer, pick, Choice(choice), said)
        if event is not None:
            self.write(listening.answer_received, event)

    @rule(
        target=decided,
        request=Aid.asked,
        kind=st.sampled_from(["pin", "forbid", "priority"]),
        place=st.integers(0, 1),
        code=st.sampled_from(PARTNERS),
        number=st.integers(1, 4),
    )
    def decide(self, request: str, kind: str, place: int, code: str, number: int) -> Any:
        line = self.write(lambda session: queries.lines_of(session, request)[place].id)
        about = {"priority": number} if kind == "priority" else {"line": line, "member": code, "quantity": number}
        draft = RuleDraft.model_validate({"kind": RuleKind(kind), "reason": "調整", **about})
        view = self.act(FUJISAWA, plans.add_rule, request, draft)
        return multiple() if view is None else (request, view.id)

    @rule(chosen=decided)
    def decide_otherwise(self, chosen: tuple[str, str]) -> None:
        self.act(FUJISAWA, plans.end_rule, *chosen)

    @rule(is_held=st.booleans())
    def hold_asking(self, is_held: bool) -> None:
        draft = HoldDraft(is_held=is_held, reason="電話で調整する")
        self.act(FUJISAWA, plans.hold, self.world.incident, self.world.group, draft, None, Language.JA)

    @rule(code=st.sampled_from(PARTNERS), severity=st.sampled_from(["6+", "4"]))
    def shift_footprint(self, code: str, severity: str) -> None:
        affected = [AffectedDraft.model_validate({"municipality": code, "severity": severity}, strict=False)]
        change = FootprintChange(affected=affected, extend=True)
        self.act(FUJISAWA, incidents.amend_footprint, self.world.incident, change, Mode.LIVE)

    @rule(code=st.sampled_from(PARTNERS), is_able=st.booleans())
    def report(self, code: str, is_able: bool) -> None:
        draft = SituationDraft(municipality=code, can_help=is_able)
        self.act(code, situation.report, self.world.incident, draft)

    @rule(minutes=st.sampled_from([2, 31, 125]))
    def wait(self, minutes: int) -> None:
        self.clock.advance(timedelta(minutes=minutes))

    @invariant()
    def the_books_agree(self) -> None:
        self.write(books.check)


def built(session: Session) -> worlds.World:
    """A world in which two members have notebooks alone, which stand in for PCs."""
    world = worlds.build(session, terms=TERMS, stock={"pc": 12, "printer": 4, "generator": 3})
    members = [world.members[code] for code in (KOMATSU, TAMA)]
    own = update(Capability).where(Capability.member_id.in_(members), Capability.kind == "pc")
    session.execute(own.values(kind="notebook"))
    return world


def looked(session: Session) -> Any:
    planning = session.scalar(select(Planning.id))
    return None if planning is None else rounds.look(session, planning)


def shaken_now(session: Session) -> None:
    session.scalars(select(Incident)).one().occurred_at = clock.now(session)


QUICK = settings(
    max_examples=3,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=[Phase.generate],
    report_multiple_bugs=False,
)
LONG = settings(QUICK, max_examples=12, stateful_step_count=25, derandomize=False)


@pytest.mark.parametrize("meanwhile", MEANWHILE)
def test_what_has_happened_since_the_look_is_kept_to(
    meanwhile: str, engines: Engines, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """One step of the model each, so that none of them is left to chance."""
    machine = machine_of("sqlite", engines, tmp_path_factory)()
    try:
        machine.ask(25, 6, 3)
        machine.round_too_late(0, meanwhile)
        machine.the_books_agree()
        machine.sums_hold()
        assert machine.write(books.not_asked) > 0
    finally:
        machine.teardown()


def test_what_is_left_of_a_partner_is_shared_among_the_asks_of_a_late_round(
    engines: Engines, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Two requests want the same partners, and a third has taken half of what those have since the look."""
    machine = machine_of("sqlite", engines, tmp_path_factory)()
    try:
        first = machine.ask(25, 6, 3)
        machine.ask(20, 6, 3, FUJISAWA)
        machine.look(0)
        assert machine.made is not None
        stores = [ask.store for ask in machine.made.asks]
        assert len(stores) > len(set(stores)), "both want somebody"
        assert {ask.kind for ask in machine.made.asks} >= {"pc", "notebook"}
        machine.ask(6, 1, 1)
        machine.answer(first, KOMATSU, "accept", [2, 1])
        machine.round(True, 0)
        machine.the_books_agree()
        machine.sums_hold()
        assert machine.write(books.not_asked) > 0
    finally:
        machine.teardown()


def test_no_more_is_asked_for_than_is_still_needed_when_a_round_is_late(
    engines: Engines, tmp_path_factory: pytest.TempPathFactory
) -> None:
    machine = machine_of("sqlite", engines, tmp_path_factory)()
    try:
        request = machine.ask(12, 4, 3)
        machine.look(0)
        machine.answer(request, KOMATSU, "accept", [10, 3])
        machine.round(True, 0)
        asked = machine.write(books.asked_for, request)
        assert set(asked.values()) == {2, 1}
        late = machine.ask(12, 4, 3)
        machine.look(0)
        machine.answer(late, KOMATSU, "provisional", [12, 4])
        machine.accept(machine.answer(late, TAMA, "accept", [2, 4]), None)
        machine.round(True, 0)
        assert machine.write(books.dropped, late) == {"asked_already", "covered"}
    finally:
        machine.teardown()


def test_an_amendment_leaves_true_what_a_round_has_named(
    engines: Engines, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Asked alone or in one message with another request: fewer, more again, and nothing at all."""
    machine = machine_of("sqlite", engines, tmp_path_factory)()
    try:
        request = machine.ask(25, 6, 3)
        machine.ask(20, 6, 3, FUJISAWA)
        machine.round(is_stale=False, shuffle=0)
        for quantity in (3, 60, 2):
            machine.amend(request, quantity)
            machine.the_books_agree()
        pcs, printers = (line.id for line in machine.write(queries.lines_of, request))
        asked, held = machine.write(books.asked_for, request), machine.write(books.held_for, request)
        assert {units for (_, line), units in held.items() if line == pcs} == {2}
        assert {key: units for key, units in held.items() if key[1] == printers} == {
            key: units for key, units in asked.items() if key[1] == printers
        }
        assert held.keys() == asked.keys()
    finally:
        machine.teardown()


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_rounds_ask_only_what_may_be_asked(
    engine: str, engines: Engines, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run(engine, engines, tmp_path_factory, QUICK)


@pytest.mark.deep
@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_rounds_ask_only_what_may_be_asked_long(
    engine: str, engines: Engines, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run(
        engine, engines, tmp_path_factory, settings(QUICK, max_examples=30, stateful_step_count=25, derandomize=False)
    )


def run(engine: str, engines: Engines, folders: pytest.TempPathFactory, how: settings) -> None:
    case = machine_of(engine, engines, folders).TestCase
    case.settings = how
    case("runTest").runTest()


def machine_of(engine: str, engines: Engines, folders: pytest.TempPathFactory) -> type[Rounds]:
    own = {"lent": staticmethod(lambda: engines.lent(engine, folders.mktemp("rounds")))}
    return type(f"Rounds_{engine}", (Rounds,), own)
