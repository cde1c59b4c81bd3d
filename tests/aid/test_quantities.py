"""A model of requests and offers: whatever people do, nothing is promised twice and every sum holds."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aid.escalation import actions as escalation
from aid.models import AidRequest, Commitment, Offer, OfferLine, RequestLine
from aid.offers import acceptance, answering, ending
from aid.offers.schemas import Acceptance, AcceptedLine, OfferDraft, OfferLineDraft
from aid.requests import actions as requests
from aid.requests.schemas import Amendment, LineAmendment, LineDraft, Reason, RequestDraft
from foundation.clock import ManualClock
from foundation.database import SERVICE, Surroundings, open_database
from foundation.problems import Problem
from foundation.sealing import Keyring
from inventory.models import Capability, StockMovement
from service.identity.queries import actor_of_person
from service.wiring import LISTENERS
from tests import world as worlds
from tests.engines import Engines
from tests.world import CODES, FUJISAWA, KOMATSU, TAMA, TOME, TOYOOKA, World

PARTNERS = [code for code in CODES if code != TOME]
QUANTITIES = st.integers(min_value=1, max_value=60)


class Aid(RuleBasedStateMachine):
    """Two requests' worth of asking, offering, accepting and taking back, in any order."""

    lent: Callable[[], AbstractContextManager[str]]
    offers: Bundle[str] = Bundle("offers")
    asked: Bundle[str] = Bundle("asked")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.borrowed = ExitStack()
        surroundings = Surroundings(Keyring(bytes(32)), ManualClock(START), LISTENERS)
        self.database = self.runner.run(self._open(surroundings))
        self.world: World = self.write(worlds.build)

    async def _open(self, surroundings: Surroundings) -> Any:
        return open_database(self.borrowed.enter_context(type(self).lent()), surroundings, SERVICE)

    def teardown(self) -> None:
        self.runner.run(self.database.close())
        self.runner.close()
        self.borrowed.close()

    def write(self, fn: Callable[..., Any], *args: Any) -> Any:
        return self.runner.run(self.database.write(fn, *args))

    def act(self, code: str, fn: Callable[..., Any], *args: Any) -> Any:
        """Act as a member's contact; a refusal changes nothing and is fine."""

        def acted(session: Session) -> Any:
            actor = actor_of_person(session, self.world.people[code, "ict"], 1)
            return fn(session, actor, *args)

        try:
            return self.write(acted)
        except Problem:
            return None

    @rule(target=asked, pcs=QUANTITIES, printers=QUANTITIES)
    def ask(self, pcs: int, printers: int) -> Any:
        draft = RequestDraft(
            incident=self.world.incident,
            group=self.world.group,
            requester=TOME,
            lines=[LineDraft(kind="pc", quantity=pcs), LineDraft(kind="printer", quantity=printers)],
        )
        view = self.act(TOME, requests.file, draft)
        assert view is not None
        return view.id

    @rule(
        target=offers,
        request=asked,
        code=st.sampled_from(PARTNERS),
        decision=st.sampled_from(["accept", "provisional", "decline"]),
        quantities=st.lists(QUANTITIES, max_size=2),
    )
    def answer(self, request: str, code: str, decision: str, quantities: list[int]) -> Any:
        lines = self.write(
            lambda session: list(
                session.scalars(
                    select(RequestLine.id).where(RequestLine.request_id == request).order_by(RequestLine.position)
                )
            )
        )
        draft = OfferDraft(
            municipality=code,
            decision=decision,
            lines=[OfferLineDraft(line=line, quantity=n) for line, n in zip(lines, quantities, strict=False)],
        )
        view = self.act(code, answering.offer, request, draft)
        return multiple() if view is None else view.id

    @rule(offer=offers, quantity=st.none() | QUANTITIES)
    def accept(self, offer: str, quantity: int | None) -> None:
        lines = self.write(
            lambda session: list(
                session.scalars(
                    select(OfferLine.line_id)
                    .join(RequestLine, RequestLine.id == OfferLine.line_id)
                    .where(OfferLine.offer_id == offer)
                    .order_by(OfferLine.quantity, RequestLine.position)
                )
            )
        )
        taken = [AcceptedLine(line=lines[0], quantity=quantity)] if quantity and lines else []
        self.act(TOME, acceptance.accept, offer, Acceptance(lines=taken))

    @rule(offer=offers, code=st.sampled_from(PARTNERS))
    def withdraw(self, offer: str, code: str) -> None:
        self.act(code, ending.withdraw, offer, Reason(reason="事情により"))

    @rule(offer=offers)
    def expire(self, offer: str) -> None:
        self.write(ending.expire, offer)

    @rule(request=asked)
    def ask_further_partners(self, request: str) -> None:
        self.write(escalation.next_wave, request)

    @rule(request=asked, quantity=QUANTITIES)
    def amend(self, request: str, quantity: int) -> None:
        line = self.write(
            lambda session: session.scalars(
                select(RequestLine.id).where(RequestLine.request_id == request, RequestLine.position == 0)
            ).one()
        )
        change = Amendment(reason="見直し", lines=[LineAmendment(line=line, quantity=quantity)])
        self.act(TOME, requests.amend, request, change)

    @rule(request=consumes(asked), is_recalled=st.booleans())
    def end(self, request: str, is_recalled: bool) -> None:
        self.act(TOME, ending.cancel if is_recalled else ending.close, request, Reason(reason="終了"))

    @invariant()
    def sums_hold(self) -> None:
        self.write(check_sums)


def check_sums(session: Session) -> None:
    standing = dict(
        session.execute(select(Commitment.line_id, func.sum(Commitment.quantity)).group_by(Commitment.line_id)).all()
    )
    for line in session.scalars(select(RequestLine)):
        assert line.committed == standing.get(line.id, 0)
        assert line.committed <= line.quantity
    moved = {
        row.capability_id: (row.held, row.committed)
        for row in session.execute(
            select(
                StockMovement.capability_id,
                func.sum(StockMovement.held).label("held"),
                func.sum(StockMovement.committed).label("committed"),
            ).group_by(StockMovement.capability_id)
        )
    }
    for stock in session.scalars(select(Capability)):
        assert stock.held + stock.committed <= stock.quantity
        assert (stock.held, stock.committed) == moved.get(stock.id, (0, 0))
    check_promises(session)


def check_promises(session: Session) -> None:
    """The ledger has just what offers and commitments say; what stands in for PCs counts as PCs."""
    held, committed = promised(session)
    counted: dict[Any, list[int]] = {}
    for stock in session.scalars(select(Capability)):
        each = counted.setdefault((stock.member_id, "pc" if stock.kind == "notebook" else stock.kind), [0, 0])
        each[0] += stock.held
        each[1] += stock.committed
    for key, sums in counted.items():
        assert sums == [held.get(key, 0), committed.get(key, 0)]


def promised(session: Session) -> tuple[dict[Any, int], dict[Any, int]]:
    """What members hold for open firm offers, and what of theirs is committed, by member and kind."""
    by_kind = (Offer.member_id, RequestLine.kind)
    held = session.execute(
        select(*by_kind, func.sum(OfferLine.quantity))
        .join(Offer, Offer.id == OfferLine.offer_id)
        .join(RequestLine, RequestLine.id == OfferLine.line_id)
        .where(Offer.status == "offered")
        .group_by(*by_kind)
    )
    committed = session.execute(
        select(*by_kind, func.sum(Commitment.quantity))
        .join(Offer, Offer.id == Commitment.offer_id)
        .join(RequestLine, RequestLine.id == Commitment.line_id)
        .join(AidRequest, AidRequest.id == Offer.request_id)
        .group_by(*by_kind)
    )
    return {(m, k): n for m, k, n in held}, {(m, k): n for m, k, n in committed}


START = worlds.datetime(2026, 6, 1, tzinfo=worlds.UTC)
QUICK = settings(
    max_examples=6, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


def test_quantities_always_hold(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> None:
    run("sqlite", engines, tmp_path_factory, QUICK)


@pytest.mark.deep
@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_quantities_always_hold_long(engine: str, engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> None:
    long = settings(QUICK, max_examples=15, stateful_step_count=25, derandomize=False)
    run(engine, engines, tmp_path_factory, long)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_each_turn_of_an_offer_moves_what_it_says(
    engine: str, engines: Engines, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """By hand, for a lot that is drawn in seconds seldom comes to a withdrawal, a recall or a second thought."""
    model = machine_of(engine, engines, tmp_path_factory)()
    try:
        tell(model)
    finally:
        model.teardown()


def tell(model: Aid) -> None:
    def seen() -> dict[tuple[str, str], tuple[int, int]]:
        model.sums_hold()
        codes = {member: code for code, member in model.world.members.items()}
        return {(codes[member], kind): sums for (member, kind), sums in model.write(ledger).items()}

    request = model.ask(30, 5)
    first = model.answer(request, KOMATSU, "accept", [20, 5])
    assert seen() == {(KOMATSU, "pc"): (20, 0), (KOMATSU, "printer"): (5, 0)}
    model.accept(first, 3)
    assert seen() == {(KOMATSU, "printer"): (0, 3)}, "what was not wanted is free again"
    model.answer(request, KOMATSU, "accept", [20])
    again = model.answer(request, KOMATSU, "accept", [25])
    assert seen()[KOMATSU, "pc"] == (25, 0), "the second thought stands instead of the first"
    model.accept(again, None)
    assert seen()[KOMATSU, "pc"] == (0, 25)
    other = model.answer(request, FUJISAWA, "accept", [8, 2])
    last = model.answer(request, TAMA, "accept", [10])
    model.accept(last, None)
    standing = {(KOMATSU, "printer"): (0, 3), (KOMATSU, "pc"): (0, 25)}
    assert seen() == standing | {(TAMA, "pc"): (0, 5), (FUJISAWA, "printer"): (2, 0)}, "no more than is needed"
    model.expire(last)
    model.expire(other)
    model.withdraw(last, TAMA)
    assert seen() == standing, "what is accepted does not expire; what expires and is withdrawn is free"
    thinking = model.answer(request, TOYOOKA, "provisional", [3, 1])
    assert seen() == standing, "on conditions nothing is held"
    model.accept(thinking, None)
    assert seen() == standing | {(TOYOOKA, "pc"): (0, 3), (TOYOOKA, "printer"): (0, 1)}
    model.answer(request, TAMA, "accept", [2])
    model.end(request, True)
    assert seen() == {}


def ledger(session: Session) -> dict[tuple[str, str], tuple[int, int]]:
    """What is held and committed, by member and kind, where anything is."""
    rows = session.scalars(select(Capability).where(Capability.held + Capability.committed > 0))
    return {(row.member_id, row.kind): (row.held, row.committed) for row in rows}


def machine_of(engine: str, engines: Engines, folders: pytest.TempPathFactory) -> type[Aid]:
    own = {"lent": staticmethod(lambda: engines.lent(engine, folders.mktemp("aid")))}
    return type(f"Aid_{engine}", (Aid,), own)


def run(engine: str, engines: Engines, folders: pytest.TempPathFactory, how: settings) -> None:
    case = machine_of(engine, engines, folders).TestCase
    case.settings = how
    case("runTest").runTest()
