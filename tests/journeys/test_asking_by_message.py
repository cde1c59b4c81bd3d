"""Asking for aid by one SMS or mail: trusted as far as number and code go, everything else looked at by a person."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from foundation.clock import ManualClock
from notifications import inbound
from notifications.gateways.base import Channel
from notifications.inbound import Arrived
from tests.api_client import Service
from tests.journeys.asking import ask, get, post, told
from tests.world import FUJISAWA, KOMATSU, TAMA, TOME, World

STRANGER = "+819012345678"
ASKED = "ヨウセイ 発電機 2 今日 本庁舎"


async def text(service: Service, words: str, sender: str = STRANGER) -> None:
    fields = {"from": sender, "to": "0005123456", "text": words}
    assert (await service.http.get("/hooks/sms/console/secret/mo", params=fields)).status_code == 200


async def codes(service: Service, world: World, code: str = TOME) -> list[str]:
    path = f"/api/people/{world.people[code, 'disaster']}/request-card"
    made: list[str] = (await post(service, path, by=world.email(code), expect=201))["codes"]
    return made


async def requests(service: Service, world: World, by: str = FUJISAWA) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await get(service, "/api/requests", by=world.email(by)))["items"]
    return found


async def replies(service: Service, world: World, to: str) -> list[str]:
    """Send what is due; return what the number was sent in reply, oldest first."""
    await service.deliver()
    page = await get(service, "/api/messages", by=world.email(FUJISAWA))
    mine = [each["text"] for each in page["items"] if each["channel"] == "sms" and each["to"].endswith(to[-4:])]
    return [each for each in reversed(mine) if "受付 " in each or "コード" in each or "担当者" in each]


def said(request: dict[str, Any]) -> list[tuple[str, int]]:
    return [(line["kind"], line["quantity"]) for line in request["lines"]]


async def status_of(service: Service, world: World, kind: str) -> str:
    (status,) = [each["status"] for each in await requests(service, world) if said(each)[0][0] == kind]
    return str(status)


async def waiting(service: Service, world: World, by: str) -> Sequence[dict[str, Any]]:
    items: list[dict[str, Any]] = (await get(service, "/api/asked-messages", by=world.email(by)))["items"]
    return items


async def test_number_and_code_verify_and_the_partners_are_asked_at_once(service: Service) -> None:
    world = await service.build()
    path = "/api/request-places"
    body = {"items": [{"number": 1, "name": "登米市役所 迫庁舎"}]}
    assert (await service.call("PUT", path, by=world.email(TOME), json=body)).status_code == 200
    code = (await codes(service, world))[0]
    await text(service, f"OUEN 042129 G2 T0 L1 {code}", world.mobile(TOME))
    (request,) = await requests(service, world)
    assert (request["status"], request["via"], said(request)) == ("open", "sms", [("generator", 2)])
    assert (request["requester"], request["place"], request["is_proxy"]) == (TOME, "登米市役所 迫庁舎", False)
    assert request["needed_by"] is not None
    (receipt,) = await replies(service, world, world.mobile(TOME))
    assert f"受付 {request['number']} 発電機2台" in receipt
    assert receipt.startswith("【訓練】【結まーる】")


async def test_a_known_number_alone_waits_for_its_code_and_then_the_waves_go_out(service: Service) -> None:
    world = await service.build()
    made = await codes(service, world)
    await text(service, "要請 パソコン20台 明日まで", world.mobile(TOME))
    (request,) = await requests(service, world)
    assert (request["status"], request["wave"]) == ("unverified", 0)
    heard = await told(service, world, "未確認の要請")
    assert set(heard) == {FUJISAWA, TOME}
    assert not await told(service, world, "【結まーる】応援要請")
    await service.tick()
    assert (await requests(service, world))[0]["wave"] == 0
    await text(service, made[0], world.mobile(TOME))
    (request,) = await requests(service, world)
    assert (request["status"], request["wave"]) == ("open", 1)
    assert await told(service, world, "応援要請")
    assert "各団体に照会します" in (await replies(service, world, world.mobile(TOME)))[-1]


async def test_a_call_back_starts_the_waves_too(service: Service) -> None:
    world = await service.build()
    await text(service, ASKED, world.mobile(TOME, "ict"))
    (request,) = await requests(service, world)
    confirmed = await post(
        service, f"/api/requests/{request['id']}/confirmation", by=world.email(FUJISAWA), how="call_back"
    )
    assert confirmed["status"] == "open"
    assert confirmed["place"] == "本庁舎"


async def test_a_code_alone_from_a_borrowed_phone_is_unverified(service: Service) -> None:
    world = await service.build()
    made = await codes(service, world)
    await text(service, f"OUEN 042129 PC20 T1 {made[3]}")
    (request,) = await requests(service, world)
    assert (request["status"], request["wave"], said(request)) == ("unverified", 0, [("pc", 20)])
    await text(service, made[4])
    assert (await requests(service, world))[0]["status"] == "unverified"


async def test_an_unknown_number_without_a_code_is_kept_for_the_coordinator(service: Service) -> None:
    world = await service.build()
    await text(service, "OUEN 042129 G2 T0")
    assert await requests(service, world) == []
    (item,) = await waiting(service, world, FUJISAWA)
    assert (item["requester"], item["lines"][0]["kind"], item["lines"][0]["quantity"]) == (TOME, "generator", 2)
    assert (item["message"]["reason"], item["problem"]) == ("asking-unknown-sender", None)
    for other in (TOME, KOMATSU):
        assert await waiting(service, world, other) == []
    (help_line,) = await replies(service, world, STRANGER)
    assert "登録のない番号" in help_line
    await post(
        service, f"/api/inbound/{item['message']['id']}/resolution", by=world.email(FUJISAWA), note="電話で確認した"
    )
    assert await waiting(service, world, FUJISAWA) == []


async def test_the_coordinators_deputies_look_after_what_waits_for_it(service: Service) -> None:
    world = await service.build()
    await service.call(
        "PUT",
        f"/api/groups/{world.group}/coordinator",
        by=world.email(FUJISAWA),
        json={"coordinator": FUJISAWA, "deputies": [TAMA]},
    )
    await text(service, "OUEN 042129 G2 T0")
    for other in (TOME, KOMATSU):
        assert await waiting(service, world, other) == []
    (item,) = await waiting(service, world, TAMA)
    path = f"/api/inbound/{item['message']['id']}/resolution"
    await post(service, path, by=world.email(TOME), expect=404, note="電話した")
    await post(service, path, by=world.email(TAMA), note="幹事に代わって電話した")
    assert await waiting(service, world, FUJISAWA) == []


async def test_what_cannot_be_read_is_kept_with_what_could(service: Service) -> None:
    world = await service.build()
    await text(service, "要請 発電機2台 毛布200枚", world.mobile(TOME))
    assert await requests(service, world) == []
    (item,) = await waiting(service, world, TOME)
    assert [(line["kind"], line["quantity"]) for line in item["lines"]] == [("generator", 2)]
    assert item["problem"].startswith("読めない言葉があります")
    assert len(await waiting(service, world, FUJISAWA)) == 1
    assert await waiting(service, world, KOMATSU) == []


async def test_a_repeat_within_the_hour_gets_the_same_receipt_and_no_second_request(
    service: Service, clock: ManualClock
) -> None:
    world = await service.build()
    code = (await codes(service, world))[0]
    words = f"要請 発電機2台 {code}"
    await text(service, words, world.mobile(TOME))
    clock.advance(timedelta(minutes=10))
    await text(service, words, world.mobile(TOME))
    assert len(await requests(service, world)) == 1
    first, second = await replies(service, world, world.mobile(TOME))
    assert first == second
    clock.advance(timedelta(minutes=55))
    await text(service, words, world.mobile(TOME))
    later = await requests(service, world)
    assert sorted(each["status"] for each in later) == ["open", "unverified"]


async def test_a_used_or_void_code_verifies_nothing(service: Service) -> None:
    world = await service.build()
    old = await codes(service, world)
    new = await codes(service, world)
    await text(service, f"要請 発電機1台 {old[0]}", world.mobile(TOME))
    await text(service, f"要請 発電機2台 {new[0]}", world.mobile(TOME))
    await text(service, f"要請 発電機3台 {new[0]}", world.mobile(TOME))
    found = [(said(each)[0][1], each["status"]) for each in await requests(service, world)]
    assert sorted(found) == [(1, "unverified"), (2, "open"), (3, "unverified")]


@pytest.mark.asvs("2.4.1")
async def test_after_five_wrong_codes_none_is_looked_at_and_the_request_still_counts(
    service: Service, clock: ManualClock
) -> None:
    world = await service.build()
    made = await codes(service, world)
    for wrong in ("2A2A", "3B3B", "4C4C", "5D5D", "6E6E"):
        await text(service, f"要請 発電機2台 {wrong}", world.mobile(TOME))
    await text(service, f"要請 プリンタ2台 {made[0]}", world.mobile(TOME))
    assert {each["status"] for each in await requests(service, world)} == {"unverified"}
    await text(service, f"要請 サーバ1台 {made[1]}", world.mobile(TOME, "ict"))
    assert await status_of(service, world, "server") == "open"
    clock.advance(timedelta(days=1, minutes=1))
    await text(service, f"要請 複合機1台 {made[0]}", world.mobile(TOME))
    assert await status_of(service, world, "mfp") == "open"


async def test_another_municipalitys_name_or_two_groups_are_for_a_person(service: Service) -> None:
    world = await service.build()
    await text(service, "小松市防災課の山田です。発電機2台要請", world.mobile(TOME))
    assert await requests(service, world) == []
    assert [each["message"]["reason"] for each in await waiting(service, world, TOME)] == ["asking-other-name"]


async def test_a_known_number_that_names_another_member_is_no_more_than_a_stranger(service: Service) -> None:
    world = await service.build()
    await text(service, "OUEN 042129 G2 T0", world.mobile(TAMA))
    assert await requests(service, world) == []
    assert await waiting(service, world, TOME) == []
    assert len(await waiting(service, world, FUJISAWA)) == 1


async def test_answers_and_chatter_go_their_old_ways(service: Service) -> None:
    world = await service.build()
    await ask(service, world, ("pc", 5))
    await service.deliver()
    await text(service, "発電機2台出せます", world.mobile(KOMATSU))
    await text(service, "おはよう", world.mobile(KOMATSU))
    assert len(await requests(service, world)) == 1
    reasons = [each["message"]["reason"] for each in await waiting(service, world, KOMATSU)]
    assert reasons == ["unreadable-words", "unreadable-words"]


async def test_a_mail_asks_like_an_sms(service: Service) -> None:
    world = await service.build()
    body = "お世話になっております。\n登米市防災課の佐藤です。\n下記のとおり要請します。\n発電機 2台\nパソコン 20台\n"
    signed = f"{body}期限:明日\n--\n登米市 防災課 佐藤\nTEL 0220-22-1111"
    mail = Arrived("mail", Channel.EMAIL, world.email(TOME), signed, "m-1")
    await inbound.receive(service.database, mail)
    (request,) = await requests(service, world)
    assert (request["via"], request["status"]) == ("mail", "unverified")
    assert said(request) == [("generator", 2), ("pc", 20)]


async def test_a_long_mail_is_read_above_its_signature(service: Service) -> None:
    world = await service.build()
    foot = "\n-- \n登米市 防災課 佐藤\n" + "本メールは受信者以外への開示を予定していません。" * 40
    for number, body in enumerate(("要請 発電機2台", "要請 発電機2台\n" + "やはり取り消します。" * 80)):
        mail = Arrived("mail", Channel.EMAIL, world.email(TOME), body + foot, f"m-{number}")
        await inbound.receive(service.database, mail)
    assert [said(each) for each in await requests(service, world)] == [[("generator", 2)]]


async def test_in_a_drill_the_mark_is_passed_over(service: Service) -> None:
    world = await service.build()
    await text(service, "【訓練】要請 発電機2台", world.mobile(TOME))
    assert [said(each) for each in await requests(service, world)] == [[("generator", 2)]]


async def test_places_and_codes_are_the_own_members_alone(service: Service) -> None:
    world = await service.build()
    path = f"/api/people/{world.people[TOME, 'disaster']}/request-card"
    await post(service, path, by=world.email(KOMATSU), expect=404)
    await codes(service, world)
    own = await get(service, "/api/request-cards", by=world.email(TOME))
    assert [each["left"] for each in own["items"]] == [12, 0]
    other = await get(service, "/api/request-cards", by=world.email(KOMATSU))
    assert [each["left"] for each in other["items"]] == [0, 0]
