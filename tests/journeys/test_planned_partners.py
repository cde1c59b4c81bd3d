"""Partners that a plan asks: by what stands in for the kind asked for, and those that no message reaches."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from agreements.models import Channel
from agreements.terms import Terms
from aid.models import Ask, Hold
from aid.plans.models import PlannedAsk
from inventory.models import Capability
from notifications.gateways.base import Message, Outcome, Verdict
from tests.api_client import Service
from tests.journeys.asking import ask, get, offer, post, told
from tests.world import FUJISAWA, KAGOSHIMA, KOMATSU, TAMA, TOME, TOYOOKA, World

PLANNED = Terms(planning_from=1)


async def after(service: Service, minutes: float) -> None:
    service.clock.advance(timedelta(minutes=minutes))
    while await service.tick():
        pass


async def asked(service: Service, request: dict[str, Any]) -> set[str]:
    def look(session: Session) -> set[str]:
        return set(session.scalars(select(Ask.member_id).where(Ask.request_id == request["id"])))

    return await service.database.read(look)


async def notebooks_alone(service: Service, world: World, *codes: str) -> None:
    """Let some members have nothing but notebooks, as many as they had PCs."""
    members = [world.members[code] for code in codes]

    def change(session: Session) -> None:
        session.execute(
            update(Capability)
            .where(Capability.member_id.in_(members), Capability.kind == "pc")
            .values(kind="notebook")
        )

    await service.database.write(change)


async def asks_of(service: Service, world: World, request: dict[str, Any]) -> dict[str, dict[str, Any]]:
    path = f"/api/incidents/{world.incident}/groups/{world.group}/plan"
    shown = await get(service, path, by=world.email(FUJISAWA))
    (line,) = [each for each in shown["lines"] if each["request"] == request["id"]]
    return {each["municipality"]: each for each in line["asks"]}


async def sent_to(service: Service, world: World, code: str) -> list[str]:
    await service.deliver()
    messages = (await get(service, "/api/messages", by=world.email(TOME)))["items"]
    return [each["text"] for each in messages if each["municipality"] == code and each["subject"]]


async def test_a_planned_need_is_served_by_what_stands_in(service: Service) -> None:
    world = await service.build(terms=PLANNED, stock={"pc": 10})
    await notebooks_alone(service, world, KOMATSU, TAMA)
    request = await ask(service, world, ("pc", 60))
    await after(service, 0)
    asks = await asks_of(service, world, request)
    assert {code: (each["instead"] or {}).get("kind") for code, each in asks.items()} == {
        FUJISAWA: None,
        TOYOOKA: None,
        KAGOSHIMA: None,
        KOMATSU: "notebook",
        TAMA: "notebook",
    }
    assert asks[KOMATSU]["instead"] == {
        "kind": "notebook",
        "name_ja": "ノートパソコン",
        "name_en": "Notebook PC",
        "unit": "台",
        "quantity": asks[KOMATSU]["quantity"],
        "fit": 90,
    }
    assert any("ノートパソコン・タブレットでも可" in each for each in await sent_to(service, world, KOMATSU))
    given = await offer(service, world, request, KOMATSU, 10)
    assert given["lines"][0]["instead"] == {"notebook": 10}
    accepted = await post(service, f"/api/offers/{given['id']}/acceptance", by=world.email(TOME))
    assert accepted["lines"][0]["instead"] == {"notebook": 10}
    thinking = await offer(service, world, request, TAMA, 10, decision="provisional")
    accepted = await post(service, f"/api/offers/{thinking['id']}/acceptance", by=world.email(TOME))
    assert accepted["lines"][0]["instead"] == {"notebook": 10}, "nothing was held of it before"


async def test_what_stands_in_is_not_asked_of_twice(service: Service) -> None:
    world = await service.build(terms=PLANNED, stock={"pc": 10})
    await notebooks_alone(service, world, KOMATSU)
    first = await ask(service, world, ("pc", 200))
    await after(service, 0)
    second = await ask(service, world, ("notebook", 10))
    await after(service, 2)
    held, planned = await service.database.read(lambda session: _of(session, world.members[KOMATSU]))
    assert held == [(first["lines"][0]["id"], 10)]
    assert planned == [(first["id"], "notebook", 10)]
    assert world.members[KOMATSU] not in await asked(service, second)


def _of(session: Session, member: str) -> tuple[list[tuple[str, int]], list[tuple[str, str | None, int]]]:
    holds = session.execute(select(Hold.line_id, Hold.quantity).where(Hold.member_id == member))
    planned = session.execute(
        select(PlannedAsk.request_id, PlannedAsk.instead, PlannedAsk.quantity).where(PlannedAsk.member_id == member)
    )
    return [(row[0], row[1]) for row in holds], [(row[0], row[1], row[2]) for row in planned]


async def test_who_can_send_no_more_is_not_asked_for_what_stands_in_either(service: Service) -> None:
    world = await service.build(terms=PLANNED, stock={"pc": 10})
    await notebooks_alone(service, world, KOMATSU)
    first = await ask(service, world, ("pc", 200))
    await after(service, 0)
    line = {"line": first["lines"][0]["id"], "quantity": 2, "more": 0}
    body = {"municipality": KOMATSU, "decision": "accept", "lines": [line]}
    await post(service, f"/api/requests/{first['id']}/offers", by=world.email(KOMATSU), expect=201, **body)
    second = await ask(service, world, ("pc", 200))
    third = await ask(service, world, ("notebook", 5))
    await after(service, 2)
    assert world.members[KOMATSU] not in await asked(service, second)
    assert world.members[KOMATSU] in await asked(service, third)


async def test_people_pin_and_forbid_what_stands_in(service: Service) -> None:
    world = await service.build(terms=PLANNED, stock={"pc": 10})
    await notebooks_alone(service, world, KOMATSU, TAMA)
    plan = f"/api/incidents/{world.incident}/groups/{world.group}/plan"
    await ask(service, world, ("pc", 1), requester=FUJISAWA, by=world.email(FUJISAWA))
    body = {"is_held": True, "reason": "調整"}
    await service.call("PUT", f"{plan}/hold", by=world.email(FUJISAWA), json=body)
    request = await ask(service, world, ("pc", 200))
    rule = {"line": request["lines"][0]["id"], "reason": "調整の結果"}
    path = f"/api/requests/{request['id']}/plan-rules"
    by = world.email(FUJISAWA)
    await post(service, path, by=by, expect=201, kind="pin", member=KOMATSU, quantity=3, **rule)
    await post(service, path, by=by, expect=201, kind="forbid", member=TAMA, **rule)
    await after(service, 2)
    asks = await asks_of(service, world, request)
    pinned = asks[KOMATSU]
    assert (pinned["quantity"], pinned["is_pinned"], pinned["instead"]["kind"]) == (3, True, "notebook")
    assert TAMA not in asks


WHY = "貴団体に照会した理由: "


def why_of(mail: str) -> list[str]:
    return [line.removeprefix(WHY) for line in mail.splitlines() if line.startswith(WHY)]


async def test_each_partner_reads_why_it_was_asked_and_nothing_of_others(service: Service) -> None:
    """In the question of one request, in the one about several, and on the answer page; never in an SMS."""
    world = await service.build(stock={"pc": 20, "printer": 4})
    await notebooks_alone(service, world, KOMATSU)
    await ask(service, world, ("pc", 30), ("printer", 4))
    near = why_of((await sent_to(service, world, TAMA))[0])
    assert near == ["約373km・約7時間、準備に12時間／パソコン: 30台中20台可／プリンタ: 4台すべて可"]
    other = why_of((await sent_to(service, world, KOMATSU))[0])
    assert "パソコン: 30台中20台可、ノートパソコンで代用（適合90％）" in other[0]
    messages = (await get(service, "/api/messages", by=world.email(TOME)))["items"]
    texts = [each for each in messages if each["municipality"] != TOME]
    assert all(WHY not in each["text"] for each in texts if not each["subject"])
    link = next(each["text"] for each in texts if each["municipality"] == TAMA and each["subject"])
    token = link.partition("/r/")[2].split()[0]
    form = (await service.call("GET", f"/api/answers/{token}")).json()
    assert why_of(form["text"]) == near


async def test_a_message_about_several_says_of_each_why(service: Service) -> None:
    world = await service.build(terms=PLANNED, stock={"pc": 10, "printer": 4})
    await notebooks_alone(service, world, KOMATSU)
    await digested_by_all(service, world)
    mail = (await sent_to(service, world, KOMATSU))[0]
    assert [each for each in why_of(mail) if "ノートパソコンで代用" in each]
    assert len(why_of(mail)) == 2


async def test_a_message_that_waits_still_says_why_after_an_amendment(service: Service) -> None:
    world = await service.build(terms=PLANNED, stock={"pc": 10, "printer": 4})
    requests = await digested_by_all(service, world)
    change = {"reason": "数の誤り", "lines": [{"line": requests[1]["lines"][0]["id"], "quantity": 3}]}
    await post(service, f"/api/requests/{requests[1]['id']}/amendment", by=world.email(TOME), **change)
    mail = next(each for each in await sent_to(service, world, KOMATSU) if "2件の応援の要請" in each)
    assert "プリンタ 3台" in mail
    pcs, printers = why_of(mail)
    assert "登録の残り10台" in pcs
    assert "登録の残り4台" in printers


async def digested_by_all(service: Service, world: World) -> list[dict[str, Any]]:
    """Let two requests wait for a round that asks everybody for both."""
    requests = [await ask(service, world, ("pc", 500)), await ask(service, world, ("printer", 300))]
    await after(service, 0)
    return requests


async def without_address(service: Service, world: World, code: str) -> None:
    own = delete(Channel).where(Channel.member_id == world.members[code])
    await service.database.write(lambda session: session.execute(own))


async def why_silent(service: Service, world: World, request: dict[str, Any], code: str) -> tuple[str, list[str]]:
    """Return how far a question came to a member, and why no further."""
    shown = await get(service, f"/api/requests/{request['id']}/reach", by=world.email(TOME))
    (found,) = [each for each in shown["items"] if each["municipality"] == code]
    return found["standing"], [each["code"] for each in found["reasons"]]


async def test_a_partner_of_several_requests_without_an_address_is_telephoned(service: Service) -> None:
    world = await service.build(terms=PLANNED, stock={"pc": 10, "printer": 4})
    await without_address(service, world, KOMATSU)
    requests = await digested_by_all(service, world)
    for request in requests:
        assert await why_silent(service, world, request, KOMATSU) == ("not_reached", ["no_address"])
    assert not await sent_to(service, world, KOMATSU)
    await told_to_telephone(service, world, requests)


async def test_a_partner_whose_message_about_several_ends_in_vain_is_telephoned(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await service.build(terms=PLANNED, stock={"pc": 10, "printer": 4})

    async def send(message: Message) -> Outcome:
        mine = message.to in {world.mobile(KOMATSU), world.mobile(KOMATSU, "ict")} or f"1.{KOMATSU}@" in message.to
        return Outcome(Verdict.PERMANENT, code="5.1.1 unknown") if mine else Outcome(Verdict.ACCEPTED, "p")

    for gateway in (*service.app.state.gateways.mail, *service.app.state.gateways.sms):
        monkeypatch.setattr(gateway, "send", send)
    requests = await digested_by_all(service, world)
    await service.deliver()
    await after(service, 0)
    for request in requests:
        assert await why_silent(service, world, request, KOMATSU) == ("not_reached", ["address_dead"])
        assert (await why_silent(service, world, request, TAMA))[0] == "handed_over"
    await told_to_telephone(service, world, requests)


async def told_to_telephone(service: Service, world: World, requests: list[dict[str, Any]]) -> None:
    """Nobody answers: requester and coordinator hear of it, and the lists name everybody in the order of the rank."""

    def unreached(session: Session) -> int:
        of_member = (Ask.member_id == world.members[KOMATSU], Ask.unreachable_at.is_not(None))
        return len(session.scalars(select(Ask).where(*of_member)).all())

    assert await service.database.read(unreached) == len(requests)
    for _ in range(3):
        await after(service, 45)
    assert set(await told(service, world, "電話での確認をお願いします")) == {TOME, FUJISAWA}
    for request in requests:
        path = f"/api/requests/{request['id']}"
        listed = await get(service, f"{path}/telephone-list", by=world.email(FUJISAWA))
        found = await get(service, f"{path}/matches", by=world.email(TOME))
        ranked = [each["municipality"] for each in found["lines"][0]["candidates"]]
        assert listed["is_due"]
        assert [each["municipality"] for each in listed["items"]] == ranked
        assert KOMATSU in ranked


async def test_in_the_place_of_an_unreachable_partner_others_are_asked_by_the_plan(service: Service) -> None:
    terms = Terms(planning_from=1, wave_certainty=0.0, wave_cover=1.0, wave_minimum=1)
    world = await service.build(terms=terms, stock={"printer": 10})
    await without_address(service, world, TAMA)
    plan = f"/api/incidents/{world.incident}/groups/{world.group}/plan/hold"
    await ask(service, world, ("pc", 1), requester=KAGOSHIMA, by=world.email(KAGOSHIMA))
    hold = {"is_held": True, "reason": "調整"}
    assert (await service.call("PUT", plan, by=world.email(FUJISAWA), json=hold)).status_code == 200
    request = await ask(service, world, ("printer", 10), priority=1)
    await after(service, 2)
    assert await asked(service, request) == {world.members[TAMA]}, "on hold nobody is asked in its place"
    await service.call("PUT", plan, by=world.email(FUJISAWA), json=hold | {"is_held": False})
    await after(service, 2)
    assert len(await asked(service, request)) > 1
