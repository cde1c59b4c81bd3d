"""From the fifth open request on all are planned together, round by round, on an injected clock."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.terms import Terms
from aid.models import Ask
from aid.plans.models import PlanRound
from tests.api_client import Service
from tests.journeys.asking import ask, get
from tests.world import KOMATSU, TAMA, TOME, World

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


async def test_who_has_heard_of_several_is_told_of_the_one_that_is_over(service: Service) -> None:
    world, requests = await digested(service)
    assert len(await sms_to(service, world, KOMATSU)) == 1
    await service.call(
        "POST", f"/api/requests/{requests[0]['id']}/cancellation", by=world.email(TOME), json={"reason": "復旧"}
    )
    assert "待機解除" in (await sms_to(service, world, KOMATSU))[0]
