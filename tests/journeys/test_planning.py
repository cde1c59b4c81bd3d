"""From the fifth open request on all are planned together, round by round, on an injected clock."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlalchemy.util import await_only

from agreements.models import Member
from agreements.terms import Terms
from aid.digests.actions import DIGEST
from aid.digests.models import DigestedRequest
from aid.models import AidRequest, Ask, Incident, Planning
from aid.plans import rounds as round_of
from aid.plans.facts import Facts
from aid.plans.models import PlannedAsk, PlanRound
from foundation.clock import ManualClock
from foundation.clock import now as clock_now
from foundation.settings import Settings
from inventory.models import Capability
from notifications import actions as notifications
from notifications.models import Alert, Question, Recipient
from service.app import create_app
from tests import images
from tests.aid.plans.books import acted
from tests.api_client import BASE, Service, settings_for
from tests.engines import Engines
from tests.journeys.asking import ask, get, offer, post, told
from tests.world import CODES, FUJISAWA, KAGOSHIMA, KOMATSU, TAMA, TOME, World

MINUTE = timedelta(minutes=1)
SOON = Terms(planning_from=3)


async def tick(service: Service) -> None:
    while await service.tick():
        pass


async def after(service: Service, minutes: float) -> None:
    service.clock.advance(minutes * MINUTE)
    await tick(service)


async def rounds(service: Service) -> list[PlanRound]:
    def look(session: Session) -> list[PlanRound]:
        found = list(session.scalars(select(PlanRound).order_by(PlanRound.number)))
        session.expunge_all()
        return found

    return await service.database.read(look)


async def asked(service: Service, request: dict[str, Any]) -> set[str]:
    def look(session: Session) -> set[str]:
        return set(session.scalars(select(Ask.member_id).where(Ask.request_id == request["id"])))

    return await service.database.read(look)


async def test_the_third_request_begins_planning_and_asks_by_the_round(service: Service) -> None:
    world = await service.build(terms=SOON)
    first = [await ask(service, world, ("pc", 5)) for _ in range(2)]
    assert all([await asked(service, each) for each in first])
    third = await ask(service, world, ("printer", 12))
    assert await asked(service, third) == set()
    assert await rounds(service) == []
    await tick(service)
    assert await asked(service, third)
    made = await rounds(service)
    assert [(each.number, each.solver, each.is_optimal, each.dropped) for each in made] == [(1, "optimum", True, 0)]
    fourth = await ask(service, world, ("staff_certificates", 3))
    await after(service, 1)
    assert len(await rounds(service)) == 1
    await after(service, 1)
    assert len(await rounds(service)) == 2
    assert await asked(service, fourth)
    await after(service, 9)
    assert len(await rounds(service)) == 2
    await after(service, 1)
    assert len(await rounds(service)) == 3


async def sms_to(service: Service, world: World, code: str) -> list[str]:
    """Send what is due, and return the SMS that a member's 防災 contact got, the newest first."""
    await service.deliver()
    messages = (await get(service, "/api/messages", by=world.email(TOME)))["items"]
    return [each["text"] for each in messages if each["to"] == world.mobile(code)]


async def says(service: Service, world: World, code: str, number: str, said: str) -> None:
    fields = {"from": world.mobile(code), "to": "1", "text": f"{number} {said}"}
    assert (await service.call("GET", "/hooks/sms/console/secret/mo", params=fields)).status_code == 200


async def offered(service: Service, world: World, request: dict[str, Any]) -> dict[str, tuple[str, list[int]]]:
    found = await get(service, f"/api/requests/{request['id']}/offers", by=world.email(TOME))
    return {
        each["municipality"]: (each["status"], [line["quantity"] for line in each["lines"]])
        for each in found["items"]
    }


async def digested(service: Service) -> tuple[World, list[dict[str, Any]]]:
    """Let three requests wait for their first round together; whoever has something is asked for several."""
    world = await service.build(terms=Terms(planning_from=1), stock={"pc": 10, "printer": 4, "switch": 5})
    wanted = (("pc", 30), ("printer", 12), ("switch", 15))
    requests = [
        await ask(service, world, each, priority=priority) for each, priority in zip(wanted, (2, 3, 4), strict=True)
    ]
    await tick(service)
    return world, requests


async def test_a_partner_that_several_requests_want_gets_one_message_and_answers_all(service: Service) -> None:
    world, requests = await digested(service)
    texts = await sms_to(service, world, KOMATSU)
    assert len(texts) == 1
    text = texts[0]
    assert "3件の応援要請" in text
    assert len(text.encode("utf-16-le")) // 2 <= 134
    number = text.partition("返信")[2][:4]
    await says(service, world, KOMATSU, number, "1 8 0 3")
    answers = [(await offered(service, world, each)).get(KOMATSU) for each in requests]
    assert answers == [("offered", [8]), ("declined", []), ("offered", [3])]
    reply = (await sms_to(service, world, KOMATSU))[0]
    assert "3件の要請への回答を受け付けました" in reply
    reach = await get(service, f"/api/requests/{requests[0]['id']}/reach", by=world.email(TOME))
    standing = {each["municipality"]: each["standing"] for each in reach["items"]}
    assert standing[KOMATSU] == "answered"
    assert standing[TAMA] == "handed_over"
    await after(service, 1)
    assert len(await sms_to(service, world, KOMATSU)) == 2


def left_without(session: Session, world: World, code: str, kind: str) -> None:
    """Let a member have nothing left of a kind."""
    own = Capability.member_id == world.members[code], Capability.kind == kind
    session.execute(update(Capability).where(*own).values(quantity=0))


async def test_whom_a_round_asks_alone_and_together_with_others_is_one_wave(service: Service) -> None:
    world = await service.build(terms=Terms(planning_from=1), stock={"pc": 10, "printer": 4})
    await service.database.write(left_without, world, KOMATSU, "printer")
    requests = [await ask(service, world, ("pc", 30)), await ask(service, world, ("printer", 4))]
    await tick(service)

    def look(session: Session) -> list[int]:
        digests = set(session.scalars(select(DigestedRequest.member_id)))
        found = [session.get_one(AidRequest, each["id"]) for each in requests]
        of_first = set(session.scalars(select(Ask.member_id).where(Ask.request_id == requests[0]["id"])))
        assert of_first - digests == {world.members[KOMATSU]}
        assert of_first & digests
        return [each.wave for each in found]

    assert await service.database.read(look) == [1, 1]


async def test_a_bare_yes_to_several_requests_gives_what_there_is(service: Service) -> None:
    world, requests = await digested(service)
    number = (await sms_to(service, world, TAMA))[0].partition("返信")[2][:4]
    await says(service, world, TAMA, number, "1")
    answers = [(await offered(service, world, each))[TAMA] for each in requests]
    assert answers == [("offered", [10]), ("offered", [4]), ("offered", [5])]


async def test_one_quantity_promises_nothing_to_the_other_requests(service: Service) -> None:
    world, requests = await digested(service)
    number = (await sms_to(service, world, TAMA))[0].partition("返信")[2][:4]
    await says(service, world, TAMA, number, "1 7")
    answers = [(await offered(service, world, each))[TAMA] for each in requests]
    assert answers == [("offered", [7]), ("declined", []), ("declined", [])]


@pytest.mark.parametrize("said", ["1 8 0 3", "1 8", "1", "2"])
async def test_an_answer_to_several_leaves_alone_what_was_promised_otherwise(service: Service, said: str) -> None:
    world, requests = await digested(service)
    number = (await sms_to(service, world, KOMATSU))[0].partition("返信")[2][:4]
    assert (await offer(service, world, requests[1], KOMATSU, 3))["status"] == "offered"
    await says(service, world, KOMATSU, number, said)
    answers = [(await offered(service, world, each))[KOMATSU] for each in requests]
    assert answers[1] == ("offered", [3])
    assert answers[0][0] == ("declined" if said == "2" else "offered")


async def test_an_answer_to_several_can_be_corrected(service: Service) -> None:
    world, requests = await digested(service)
    number = (await sms_to(service, world, KOMATSU))[0].partition("返信")[2][:4]
    await says(service, world, KOMATSU, number, "1 8 4 3")
    await says(service, world, KOMATSU, number, "1 7 0")
    answers = [(await offered(service, world, each))[KOMATSU] for each in requests]
    assert answers == [("offered", [7]), ("declined", []), ("offered", [3])]


async def test_what_is_queued_says_that_a_request_is_over(service: Service) -> None:
    world, requests = await digested(service)
    cancelled = await service.call(
        "POST", f"/api/requests/{requests[0]['id']}/cancellation", by=world.email(TOME), json={"reason": "復旧"}
    )
    assert cancelled.status_code == 200, cancelled.text
    texts = await sms_to(service, world, KOMATSU)
    assert len(texts) == 1
    assert "2件の応援要請" in texts[0]
    assert "PC" not in texts[0]
    number = texts[0].partition("返信")[2][:4]
    await says(service, world, KOMATSU, number, "1 5 4 2")
    answers = [(await offered(service, world, each)).get(KOMATSU) for each in requests]
    assert answers == [None, ("offered", [4]), ("offered", [2])]
    assert "2件の要請への回答を受け付けました" in (await sms_to(service, world, KOMATSU))[0]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_two_requests_of_one_message_that_end_at_once_are_both_over_in_it(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, requests = await digested(service)
    said, barrier = notifications.said, asyncio.Barrier(2)

    async def meet() -> None:
        with suppress(TimeoutError, asyncio.BrokenBarrierError):
            async with asyncio.timeout(1):
                await barrier.wait()

    def met(*args: Any, **more: Any) -> Any:
        found = said(*args, **more)
        await_only(meet())
        return found

    monkeypatch.setattr(notifications, "said", met)
    await asyncio.gather(*(offer(service, world, each, KOMATSU, 3) for each in requests[:2]))
    assert (await offer(service, world, requests[2], KOMATSU, 3))["status"] == "offered"
    monkeypatch.undo()
    assert not any("3件の応援要請" in each for each in await sms_to(service, world, KOMATSU))

    def settled(session: Session) -> list[tuple[list[bool], str]]:
        rows = session.execute(
            select(Question.facts, Recipient.state)
            .join(Alert, Alert.id == Question.alert_id)
            .join(Recipient, Recipient.alert_id == Alert.id)
            .where(Alert.kind == DIGEST, Recipient.member == world.members[KOMATSU])
        )
        return [([part["is_over"] for part in facts["requests"]], state) for facts, state in rows]

    assert await service.database.read(settled) == [([True, True, True], "answered")]


async def test_who_has_heard_of_several_is_told_of_the_one_that_is_over(service: Service) -> None:
    world, requests = await digested(service)
    assert len(await sms_to(service, world, KOMATSU)) == 1
    await service.call(
        "POST", f"/api/requests/{requests[0]['id']}/cancellation", by=world.email(TOME), json={"reason": "復旧"}
    )
    assert "待機解除" in (await sms_to(service, world, KOMATSU))[0]


def plan_path(world: World) -> str:
    return f"/api/incidents/{world.incident}/groups/{world.group}/plan"


async def plan_of(service: Service, world: World, code: str = FUJISAWA) -> dict[str, Any]:
    return await get(service, plan_path(world), by=world.email(code))


async def hold(service: Service, world: World, *, is_held: bool) -> None:
    body = {"is_held": is_held, "reason": "電話で調整する"}
    answer = await service.call("PUT", f"{plan_path(world)}/hold", by=world.email(FUJISAWA), json=body)
    assert answer.status_code == 200, answer.text


async def rule(service: Service, world: World, request: dict[str, Any], *, expect: int = 201, **more: Any) -> Any:
    body = {"line": request["lines"][0]["id"], "reason": "調整の結果", **more}
    path = f"/api/requests/{request['id']}/plan-rules"
    return await post(service, path, by=world.email(FUJISAWA), expect=expect, **body)


async def test_on_hold_the_rounds_only_suggest(service: Service) -> None:
    world = await service.build(terms=Terms(planning_from=1))
    first = await ask(service, world, ("printer", 5))
    await tick(service)
    assert await asked(service, first)
    await hold(service, world, is_held=True)
    second = await ask(service, world, ("pc", 20))
    urgent = await ask(service, world, ("pc", 20), priority=1)
    await after(service, 2)
    assert await asked(service, second) == set()
    assert await asked(service, urgent), "what is a matter of life asks its first wave all the same"
    shown = await plan_of(service, world)
    assert shown["is_held"]
    states = {line["number"]: {each["state"] for each in line["asks"]} for line in shown["lines"]}
    assert states[second["number"]] == {"suggested"}
    await hold(service, world, is_held=False)
    await tick(service)
    assert await asked(service, second)
    chronology = await get(service, f"/api/incidents/{world.incident}/chronology", by=world.email(TOME))
    codes = [each["code"] for each in chronology["items"]]
    assert [each for each in codes if each.startswith("plan.")] == ["plan.held", "plan.resumed"]


async def test_people_pin_forbid_and_reorder(service: Service) -> None:
    world = await service.build(terms=Terms(planning_from=1), stock={"pc": 10})
    await hold_before(service, world)
    request = await ask(service, world, ("pc", 5))
    pinned = await rule(service, world, request, kind="pin", member=KAGOSHIMA, quantity=3)
    await rule(service, world, request, kind="forbid", member=KOMATSU)
    await rule(service, world, request, expect=409, kind="forbid", member=KOMATSU)
    refused = await rule(service, world, request, expect=422, kind="pin", member=TOME)
    assert refused["errors"][0]["pointer"] == "/member"
    await rule(service, world, request, kind="priority", line=None, priority=1)
    await after(service, 2)
    line = next(each for each in (await plan_of(service, world))["lines"] if each["request"] == request["id"])
    by_code = {each["municipality"]: each for each in line["asks"]}
    assert (by_code[KAGOSHIMA]["quantity"], by_code[KAGOSHIMA]["is_pinned"]) == (3, True)
    assert KOMATSU not in by_code
    assert (line["priority"], line["filed_priority"]) == (1, 3)
    ended = await service.call(
        "DELETE", f"/api/requests/{request['id']}/plan-rules/{pinned['id']}", by=world.email(FUJISAWA)
    )
    assert ended.json()["ended_at"]
    assert len((await plan_of(service, world))["rules"]) == 2


async def hold_before(service: Service, world: World) -> None:
    """Begin planning and put it on hold, so that people decide before anybody is asked."""
    await ask(service, world, ("printer", 1))
    await tick(service)
    await hold(service, world, is_held=True)


async def test_a_requester_sees_its_own_part_and_a_partner_nothing(service: Service) -> None:
    world = await service.build(terms=Terms(planning_from=1), stock={"pc": 10})
    request = await ask(service, world, ("pc", 500), ("satphone", 2))
    others = await ask(service, world, ("pc", 5), requester=TAMA, by=world.email(TAMA))
    await tick(service)
    everything, own = await plan_of(service, world), await plan_of(service, world, TOME)
    assert {line["request"] for line in everything["lines"]} == {request["id"], others["id"]}
    assert {line["request"] for line in own["lines"]} == {request["id"]}
    assert [everything["may_decide"], own["may_decide"]] == [True, False]
    causes = {line["kind"]: (line["cause"], line["short"]) for line in own["lines"]}
    assert causes["satphone"] == ("not_declared", 2)
    assert causes["pc"][0] == "too_little"
    assert own["expected"] == []
    await get(service, plan_path(world), by=world.email(KOMATSU), expect=404)


async def test_a_stale_plan_asks_nobody_it_may_not_ask_any_more(service: Service) -> None:
    world = await service.build(terms=Terms(planning_from=1), stock={"pc": 10})
    requests = [await ask(service, world, ("pc", 20)) for _ in range(2)]

    def looked(session: Session) -> tuple[str, Facts]:
        planning = session.scalars(select(Planning.id)).one()
        return planning, round_of.look(session, planning)

    planning, state = await service.database.read(looked)
    made = round_of.plan(state)
    assert {ask.line.request for ask in made.asks} == {each["id"] for each in requests}
    path = f"/api/requests/{requests[0]['id']}/cancellation"
    await post(service, path, by=world.email(TOME), reason="復旧")
    code = next(ask.store[:6] for ask in made.asks if ask.line.request == requests[1]["id"])
    assert (await offer(service, world, requests[1], code, 10))["status"] == "offered"
    await service.database.write(acted, planning, made)
    assert await asked(service, requests[0]) == set()
    assert world.members[code] not in await asked(service, requests[1])

    def states(session: Session) -> set[tuple[str | None, bool]]:
        rows = session.scalars(select(PlannedAsk).where(PlannedAsk.state == "dropped"))
        return {(each.why, each.request_id == requests[0]["id"]) for each in rows}

    dropped = await service.database.read(states)
    assert ("request_changed", True) in dropped
    assert ("asked_already", False) in dropped


async def test_a_round_asks_nobody_who_has_offered_meanwhile_nor_whom_people_have_let_go(service: Service) -> None:
    world = await service.build(terms=Terms(planning_from=1), stock={"pc": 10})
    await hold_before(service, world)
    request = await ask(service, world, ("pc", 30))
    pinned = await rule(service, world, request, kind="pin", member=KAGOSHIMA, quantity=3)
    await hold(service, world, is_held=False)

    def looked(session: Session) -> tuple[str, Facts]:
        planning = session.scalars(select(Planning.id)).one()
        return planning, round_of.look(session, planning)

    planning, state = await service.database.read(looked)
    made = round_of.plan(state)
    assert {KAGOSHIMA, KOMATSU} <= {ask.store[:6] for ask in made.asks if ask.line.request == request["id"]}
    await offer(service, world, request, KOMATSU, 3)
    path = f"/api/requests/{request['id']}/plan-rules/{pinned['id']}"
    assert (await service.call("DELETE", path, by=world.email(FUJISAWA))).status_code == 200
    await service.database.write(acted, planning, made)
    told = await asked(service, request)
    assert told
    assert not told & {world.members[KAGOSHIMA], world.members[KOMATSU]}


async def test_who_is_hit_is_expected_to_ask_and_scarce_things_wait_for_it(service: Service) -> None:
    world = await service.build(
        terms=Terms(planning_from=1), stock={"satphone": 1}, hit={TOME: "6+", KAGOSHIMA: "6+"}
    )
    await service.database.write(shaken_just_now)
    minor = await ask(service, world, ("satphone", 4), priority=4)
    await tick(service)
    line = (await plan_of(service, world))["lines"][0]
    shown = await plan_of(service, world)
    assert {each["kind"] for each in shown["expected"]} == {"satphone"}
    early = len(await asked(service, minor))
    assert early < len(CODES) - 2
    assert line["cause"] == "held_back"
    await after(service, 8 * 60)
    assert (await plan_of(service, world))["expected"] == []
    assert len(await asked(service, minor)) > early


def shaken_just_now(session: Session) -> None:
    session.scalars(select(Incident)).one().occurred_at = clock_now(session)


async def test_the_same_story_gives_the_same_plans(engines: Engines, tmp_path: Path) -> None:
    """Twice the same acts at the same moments: other ids, the same digests and the same asks."""
    stories = [await story(stage(engines, tmp_path / str(part))) for part in range(2)]
    assert stories[0] == stories[1]
    assert len({digest for _, digest, _ in stories[0]}) == len(stories[0]) > 2


def stage(engines: Engines, directory: Path) -> Settings:
    directory.mkdir()
    (directory / "key").write_text(images.KEY, encoding="utf-8")
    (directory / "key").chmod(0o600)
    return settings_for(engines.fresh("sqlite", directory), directory)


async def story(settings: Settings) -> list[tuple[int, str, list[tuple[str, str, int]]]]:
    """Play a small disaster and return its rounds: number, digest, and what was asked of whom."""
    clock = ManualClock(datetime(2026, 6, 1, tzinfo=UTC))
    app = create_app(settings, clock=clock, has_worker=False)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            service = Service(app, clock, client)
            world = await service.build(terms=Terms(planning_from=2), stock={"pc": 10, "printer": 4})
            first = await ask(service, world, ("pc", 12), ("printer", 3))
            await ask(service, world, ("pc", 35), priority=2)
            await after(service, 3)
            await offer(service, world, first, KOMATSU, 6, 2)
            await ask(service, world, ("printer", 9), requester=TAMA, by=world.email(TAMA))
            await after(service, 40)
            await after(service, 70)
            return await service.database.read(rounds_told)


def rounds_told(session: Session) -> list[tuple[int, str, list[tuple[str, str, int]]]]:
    found = []
    for made in session.scalars(select(PlanRound).order_by(PlanRound.number)):
        rows = session.execute(
            select(AidRequest.number, Member.municipality, PlannedAsk.quantity)
            .join(AidRequest, AidRequest.id == PlannedAsk.request_id)
            .join(Member, Member.id == PlannedAsk.member_id)
            .where(PlannedAsk.round_id == made.id)
            .order_by(AidRequest.number, Member.municipality, PlannedAsk.quantity)
        )
        found.append((made.number, made.digest, [(number, str(code), units) for number, code, units in rows]))
    return found


async def test_who_stays_silent_is_telephoned_when_nobody_is_left_to_ask(service: Service) -> None:
    world = await service.build(terms=Terms(planning_from=1), stock={"pc": 10})
    await ask(service, world, ("pc", 500))
    await tick(service)
    assert not await told(service, world, "電話での確認をお願いします")
    for _ in range(3):
        await after(service, 45)
    assert set(await told(service, world, "電話での確認をお願いします")) == {TOME, FUJISAWA}
    assert (await plan_of(service, world))["lines"][0]["cause"] == "all_asked"


async def test_what_is_queued_speaks_of_an_amended_request_as_it_is_now(service: Service) -> None:
    world, requests = await digested(service)
    change = {"reason": "数の誤り", "lines": [{"line": requests[1]["lines"][0]["id"], "quantity": 2}]}
    await post(service, f"/api/requests/{requests[1]['id']}/amendment", by=world.email(TOME), **change)
    texts = await sms_to(service, world, KOMATSU)
    several = next(each for each in texts if "3件の応援要請" in each)
    assert "プリンタ2台" in several
    assert "プリンタ4台" not in several
    assert any("変更" in each for each in texts)
    await says(service, world, KOMATSU, several.partition("返信")[2][:4], "1 5 2 3")
    answers = [(await offered(service, world, each))[KOMATSU] for each in requests]
    assert answers == [("offered", [5]), ("offered", [2]), ("offered", [3])]
