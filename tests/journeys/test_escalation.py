"""Received is not answered; who is silent is asked again, replaced or telephoned; corrections overtake."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.terms import Terms
from notifications.gateways.base import Message, Outcome, Verdict
from notifications.models import Alert, Delivery
from tests.api_client import Service
from tests.journeys.asking import ask, get, offer, post, told
from tests.journeys.test_waves import NARROW, asked
from tests.world import FUJISAWA, KOMATSU, TAMA, TOME, World

HOUR = timedelta(hours=1)


async def sms_to(service: Service, world: World, code: str) -> str:
    """Return the newest SMS that the member's 防災 contact got."""
    await service.deliver()
    messages = (await get(service, "/api/messages", by=world.email(TOME)))["items"]
    return next(each["text"] for each in messages if each["to"] == world.mobile(code))


async def says(service: Service, world: World, code: str, digit: str) -> None:
    """Let a member's 防災 contact answer by SMS."""
    number = (await sms_to(service, world, code)).partition("返信")[2][:4]
    fields = {"from": world.mobile(code), "to": "1", "text": f"{number} {digit}"}
    assert (await service.call("GET", "/hooks/sms/console/secret/mo", params=fields)).status_code == 200


async def reach(service: Service, world: World, request: str) -> dict[str, str]:
    shown = await get(service, f"/api/requests/{request}/reach", by=world.email(TOME))
    return {each["municipality"]: each["standing"] for each in shown["items"]}


async def codes(service: Service, world: World) -> list[str]:
    found = await get(service, f"/api/incidents/{world.incident}/chronology", by=world.email(TOME))
    return [each["code"] for each in found["items"]]


async def test_who_has_only_received_is_asked_again_until_it_answers(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world, ("pc", 60))
    await says(service, world, TAMA, "0")
    standing = await reach(service, world, request["id"])
    assert (standing[TAMA], standing[KOMATSU]) == ("received", "handed_over")
    assert (await get(service, f"/api/requests/{request['id']}/offers", by=world.email(TOME)))["items"] == []
    for wait, reminders in ((59, 0), (1, 4), (119, 4), (1, 8)):
        service.clock.advance(timedelta(minutes=wait))
        while await service.tick():
            pass
        assert (await told(service, world, "回答をお待ちしています")).get(TAMA, 0) == reminders // 2
        assert (await told(service, world, "応援要請(再)")).get(TAMA, 0) == reminders // 2
    assert set(await told(service, world, "応援要請(再)")) == {TAMA}
    await says(service, world, TAMA, "1 20")
    service.clock.advance(timedelta(days=1))
    while await service.tick():
        pass
    assert (await told(service, world, "応援要請(再)")) == {TAMA: 4}
    assert (await reach(service, world, request["id"]))[TAMA] == "answered"
    assert (await codes(service, world)).count("request.received") == 1


async def test_waves_are_counted_without_reminders(service: Service) -> None:
    world = await service.build(terms=NARROW)
    request = await ask(service, world, ("pc", 20))
    first = min(await asked(service, request["id"], world.email(TOME)))
    await says(service, world, first, "0")
    for _ in range(2):
        service.clock.advance(HOUR)
        while await service.tick():
            pass
    assert set(await told(service, world, "応援要請(再)")) == {first}, "reminded, in a telling of its own"
    shown = await get(service, f"/api/incidents/{world.incident}/chronology", by=world.email(TOME))
    sent = [each["text"] for each in shown["items"] if each["code"] == "request.wave_sent"]
    assert sorted(text.partition("（")[2] for text in sent) == ["第1波）", "第2波）", "第3波）"]
    found = await get(service, f"/api/requests/{request['id']}/matches", by=world.email(TOME))
    candidates = found["lines"][0]["candidates"]
    assert {each["wave"] for each in candidates if each["is_asked"]} == {1, 2, 3}
    assert (await get(service, f"/api/requests/{request['id']}", by=world.email(TOME)))["wave"] == 3


async def test_silence_leads_to_a_telephone_list_and_a_proxy_offer(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world, ("pc", 60))
    await offer(service, world, request, KOMATSU, decision="decline")
    path, by = f"/api/requests/{request['id']}/telephone-list", world.email(TOME)
    assert not (await get(service, path, by=by))["is_due"]
    for _ in range(3):
        service.clock.advance(HOUR)
        while await service.tick():
            pass
    assert set(await told(service, world, "電話での確認をお願いします")) == {TOME, FUJISAWA}
    listed = await get(service, path, by=world.email(FUJISAWA))
    assert listed["is_due"]
    assert listed["count"] == 4
    assert [each["place"] for each in listed["items"]] == [1, 2, 3, 4]
    first = next(each for each in listed["items"] if each["municipality"] == TAMA)
    assert {each["number"] for each in first["numbers"]} == {world.mobile(TAMA), world.mobile(TAMA, "ict")}
    assert {(each["channel"], each["status"]) for each in first["tried"]} == {
        ("email", "accepted"),
        ("sms", "accepted"),
    }
    calls = f"{path}/{TAMA}/calls"
    await post(service, calls, by=world.email(FUJISAWA), expect=201, outcome="calling")
    await post(service, calls, by=by, expect=409, outcome="calling")
    await post(service, calls, by=world.email(FUJISAWA), expect=201, outcome="said_yes", note="20台")
    made = await post(
        service,
        f"/api/requests/{request['id']}/offers",
        by=world.email(FUJISAWA),
        expect=201,
        municipality=TAMA,
        decision="accept",
        lines=[{"line": request["lines"][0]["id"], "quantity": 20}],
    )
    assert (made["municipality"], made["status"]) == (TAMA, "offered")
    left = await get(service, path, by=by)
    assert TAMA not in {each["municipality"] for each in left["items"]}
    assert (await codes(service, world)).count("request.telephoned") == 1


@pytest.mark.parametrize("kind", ["backup_custody", "pc"])
async def test_that_nobody_is_left_to_ask_or_wait_for_is_told_once(service: Service, kind: str) -> None:
    world = await service.build()
    request = await ask(service, world, (kind, 1000))
    for _ in range(6):
        service.clock.advance(timedelta(minutes=1))
        standings = await reach(service, world, request["id"])
        for code in [each for each, standing in standings.items() if standing != "answered"]:
            await offer(service, world, request, code, decision="decline")
        service.clock.advance(HOUR)
        while await service.tick():
            pass
    assert (await codes(service, world)).count("request.nobody_left") == 1
    heard = await told(service, world, "照会できる団体がもうありません")
    assert set(heard) == {TOME, FUJISAWA}
    assert not await told(service, world, "電話での確認をお願いします")


async def test_a_correction_takes_the_place_of_what_is_queued_and_goes_first(service: Service) -> None:
    world = await service.build()
    others = [await ask(service, world, ("printer", 1 + number)) for number in range(3)]
    request = await ask(service, world, ("pc", 60))
    line = request["lines"][0]["id"]
    path = f"/api/requests/{request['id']}/amendment"
    await post(service, path, by=world.email(TOME), reason="集計の誤り", lines=[{"line": line, "quantity": 40}])
    order = await service.database.read(_queue)
    assert order[:16] == [request["id"]] * 16, "four partners were asked before: two people, two channels"
    assert set(order[16:]) == {each["id"] for each in others}, "fewer are asked for, so nobody else is"
    assert set(await told(service, world, "パソコン 60台")) == set()
    assert len(await told(service, world, "パソコン 40台")) == 4


def _queue(session: Session) -> list[str]:
    rows = select(Alert.topic).join(Delivery, Delivery.alert_id == Alert.id).where(Delivery.state == "due")
    return list(session.scalars(rows.order_by(Delivery.priority, Delivery.due_at, Delivery.id)))


async def test_whom_nothing_reaches_others_are_asked_in_its_place_at_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await service.build(terms=NARROW)
    request = await ask(service, world, ("pc", 60))
    first = await asked(service, request["id"], world.email(TOME))
    gone = min(first)

    async def send(message: Message) -> Outcome:
        mine = message.to in {world.mobile(gone), world.mobile(gone, "ict")} or f"1.{gone}@" in message.to
        return Outcome(Verdict.PERMANENT, code="5.1.1 unknown") if mine else Outcome(Verdict.ACCEPTED, "p")

    for gateway in (*service.app.state.gateways.mail, *service.app.state.gateways.sms):
        monkeypatch.setattr(gateway, "send", send)
    await service.deliver()
    assert await service.tick() == 1
    after = await asked(service, request["id"], world.email(TOME))
    assert len(after - first) == 1, "one stands in for one"
    shown = await get(service, f"/api/requests/{request['id']}/reach", by=world.email(TOME))
    why = {each["municipality"]: [reason["code"] for reason in each["reasons"]] for each in shown["items"]}
    assert why[gone] == ["address_dead"]
    assert [why[each] for each in after - first] == [["waiting"]], "asked a moment ago"
    assert "request.unreachable" in await codes(service, world)


async def test_too_little_from_everybody_widens_at_once(service: Service) -> None:
    world = await service.build(terms=Terms(wave_certainty=0.0, wave_cover=1.0, wave_minimum=1))
    request = await ask(service, world, ("pc", 60))
    first = await asked(service, request["id"], world.email(TOME))
    for code in first:
        await offer(service, world, request, code, 5)
    assert len(await asked(service, request["id"], world.email(TOME))) > len(first)
