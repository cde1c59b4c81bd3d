"""What a round reads does not grow with the requests that are open: each kind of fact is read once for all."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.engine import Engine

from agreements.terms import Terms
from aid.models import Planning
from aid.plans import rounds, stating
from aid.plans.facts import Facts
from aid.requests.gathering import Inquiry
from aid.waves.cover import MEDIAN_MINUTES
from tests.aid.plans.books import acted
from tests.api_client import Service
from tests.journeys.asking import ask, offer
from tests.world import FUJISAWA, KAGOSHIMA, KOMATSU, TAMA, TOME, World

BEFORE = 3
MORE = 6


async def looked(service: Service) -> tuple[Facts, list[str]]:
    """Return what a round reads and the statements that it took."""
    planning = await planned(service)
    with noted() as seen:
        facts = await service.database.read(rounds.look, planning)
    return facts, seen


async def planned(service: Service) -> str:
    planning = await service.database.read(lambda session: session.scalar(select(Planning.id)))
    assert planning is not None
    return planning


@contextmanager
def noted() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(*arguments: Any) -> None:
        seen.append(arguments[2])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def ask_often(service: Service, world: World, times: int) -> None:
    for number in range(times):
        by = (TOME, KAGOSHIMA, KOMATSU, TAMA, FUJISAWA)[number % 5]
        lines = [{"kind": "pc", "quantity": 5}, {"kind": "staff_certificates", "quantity": 1, "system": "住民記録"}]
        await ask(service, world, by=world.email(by), requester=by, lines=lines)


async def test_a_round_reads_no_more_for_nine_requests_than_for_three(service: Service) -> None:
    world = await service.build(terms=Terms(planning_from=BEFORE))
    await ask_often(service, world, BEFORE)
    few, first = await looked(service)
    await ask_often(service, world, MORE)
    many, second = await looked(service)
    assert (len(few.requests), len(many.requests)) == (BEFORE, BEFORE + MORE)
    assert len(second) == len(first), second[len(first) :]
    assert sum("asks.answer_minutes" in each for each in second) == 1, "how the group answered before"


async def test_an_act_reads_names_and_addresses_once_for_all_messages(
    service: Service,
) -> None:
    world = await service.build(terms=Terms(planning_from=1))
    await ask_often(service, world, BEFORE + MORE)
    facts, _ = await looked(service)
    made = rounds.plan(facts)
    per_partner = Counter(made.state.members[ask.store] for ask in made.asks)
    assert sum(count > 1 for count in per_partner.values()) > 1, "several partners are asked about several requests"
    with noted() as seen:
        await service.database.write(acted, await planned(service), made)
    assert sum("INSERT INTO ask_digests" in each for each in seen) == 1
    assert sum("INSERT INTO digested_requests" in each for each in seen) == 1
    assert (
        sum("members.municipality, members.name \nFROM members \nWHERE members.id IN" in each for each in seen) == 1
    )
    assert sum("FROM incidents" in each for each in seen) <= len(facts.requests)


async def test_partners_are_entered_once_for_all_lines_of_a_kind(service: Service) -> None:
    world = await service.build(terms=Terms(planning_from=BEFORE))
    for by in (TOME, KAGOSHIMA, KOMATSU):
        await ask(service, world, ("pc", 5), by=world.email(by), requester=by)
    facts, _ = await looked(service)
    inquiries = [line.inquiry for request in facts.requests for line in request.lines]
    rankings = [each.rank() for each in inquiries]
    assert len({id(each.facts.rolls) for each in inquiries}) == len(inquiries[0].facts.rolls) == 1
    for inquiry, ranking in zip(inquiries, rankings, strict=True):
        inquiry.facts.rolls.clear()
        assert inquiry.rank() == ranking, "made for itself alone a line ranks the same"
        scored, refused = inquiry.scored()
        assert [(partner.member, score) for score, partner, _ in scored] == [
            (each.member, each.score) for each in ranking.candidates
        ]
        assert {partner.member for partner, _ in refused} == {each.member for each in ranking.excluded}


async def test_judging_one_partner_alone_judges_nobody_else_and_leaves_the_ranking_whole(service: Service) -> None:
    world = await service.build(terms=Terms(planning_from=BEFORE))
    for by in (TOME, KAGOSHIMA, KOMATSU):
        await ask(service, world, ("pc", 5), by=world.email(by), requester=by)
    facts, _ = await looked(service)
    inquiry = facts.requests[0].lines[0].inquiry
    one = next(each for each in inquiry.rank().candidates)
    assert set(inquiry.judged_alone({one.member})) == {one.member}
    inquiry.facts.rolls.clear()
    assert set(inquiry.judged_alone({one.member})) == {one.member}
    assert len(inquiry.rank().candidates) > 1


async def test_only_what_asks_do_not_cover_is_ranked_anew(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = Terms(planning_from=1, answer_minutes=dict.fromkeys((1, 2, 3, 4), 600))
    world = await service.build(terms=patient, stock={"pc": 20, "printer": 1})
    covered = await ask(service, world, ("pc", 1))
    await ask(service, world, ("printer", 50))
    while await service.tick():
        pass
    facts, _ = await looked(service)
    ranked, scored = [], Inquiry.scored

    def counted(self: Inquiry) -> Any:
        ranked.append(self.need.kind)
        return scored(self)

    monkeypatch.setattr(Inquiry, "scored", counted)
    lines = {line.number: line for line in stating.state_of(replace(facts, coming=None)).lines}
    assert ranked == ["printer"]
    assert lines[covered["number"]].out > 0


async def test_a_round_knows_how_fast_the_group_answers(service: Service) -> None:
    world = await service.build(terms=Terms(planning_from=2))
    first = await ask(service, world, ("pc", 400))
    for code in (KOMATSU, TAMA, FUJISAWA):
        await offer(service, world, first, code, decision="decline")
    await ask(service, world, ("pc", 5), by=world.email(KAGOSHIMA), requester=KAGOSHIMA)
    facts, _ = await looked(service)
    assert facts.beliefs.median < MEDIAN_MINUTES
    slow = replace(facts, beliefs=replace(facts.beliefs, median=MEDIAN_MINUTES))
    pairs = list(zip(stating.state_of(facts).holdings, stating.state_of(slow).holdings, strict=True))
    assert pairs
    assert all(fast.chance > usual.chance for fast, usual in pairs), "who answers within minutes says yes in time"
    assert all(fast.key == usual.key and fast.free == usual.free for fast, usual in pairs)
