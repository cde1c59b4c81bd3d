"""Offers that say nothing, come late, are named twice, or were changed while somebody looked."""

from datetime import timedelta
from operator import itemgetter

import pytest

from agreements.terms import Terms
from aid.chronology.wording import SENTENCES
from aid.offers import ending
from tests.api_client import Service
from tests.devices import Devices
from tests.journeys.asking import ask, get, offer, post
from tests.journeys.test_waves import asked
from tests.world import KAGOSHIMA, KOMATSU, TAMA, TOME


@pytest.mark.parametrize("has_expired", [False, True])
async def test_waves_go_on_after_an_offer_was_taken_back(service: Service, has_expired: bool) -> None:
    world = await service.build(terms=Terms(wave_certainty=0.0, wave_cover=1.0, wave_minimum=1))
    request = await ask(service, world, ("pc", 40))
    (first,) = await asked(service, request["id"], world.email(TOME))
    made = await offer(service, world, request, first, 40)
    service.clock.advance(timedelta(hours=1))
    await service.tick()
    assert await asked(service, request["id"], world.email(TOME)) == {first}, "all that is asked is offered"
    if has_expired:
        await service.database.write(ending.expire, made["id"])
    else:
        await post(service, f"/api/offers/{made['id']}/withdrawal", by=world.email(first), reason="都合")
    assert len(await asked(service, request["id"], world.email(TOME)) - {first}) == 1, "nobody is left to wait for"
    service.clock.advance(timedelta(hours=1))
    await service.tick()
    assert len(await asked(service, request["id"], world.email(TOME)) - {first}) == 2


async def test_that_nobody_is_left_is_said_once(service: Service) -> None:
    world = await service.build()
    await ask(service, world, ("pc", 5000))
    for _ in range(4):
        service.clock.advance(timedelta(hours=1))
        await service.tick()
    chronology = await get(service, f"/api/incidents/{world.incident}/chronology", by=world.email(TOME))
    assert [each["code"] for each in chronology["items"]].count("request.nobody_left") == 1


async def test_a_yes_that_gives_nothing_is_refused(service: Service, devices: Devices) -> None:
    world = await service.build()
    request = await ask(service, world, ("pc", 10))
    token = (await devices.phone(world.mobile(TAMA, "ict")).expects_sms("応援要請", "PC10台")).token
    nothing = await service.call("POST", f"/api/answers/{token}", json={"decision": "accept", "quantities": [0]})
    assert nothing.status_code in {409, 422}
    assert "1以上" in nothing.json()["detail"]
    made = await offer(service, world, request, KOMATSU, 10)
    await post(service, f"/api/offers/{made['id']}/acceptance", by=world.email(TOME))
    late = await service.call(
        "POST",
        f"/api/requests/{request['id']}/offers",
        by=world.email(TAMA),
        json={"municipality": TAMA, "decision": "accept"},
    )
    assert (late.status_code, late.json()["type"]) == (409, "urn:yuimaru:problem:nothing-needed")
    told = [await devices.everybody(words) for words in ("応援要請", "申出あり", "応援決定", "待機解除")]
    assert [sum(each.values()) for each in told] == [3 * 4 - 1, 4, 4, 2 * 4]


async def test_what_one_has_not_seen_one_does_not_accept(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world, ("pc", 40))
    seen = await offer(service, world, request, KOMATSU, 40)
    await offer(service, world, request, KOMATSU, 5)
    stale = await service.call(
        "POST",
        f"/api/offers/{seen['id']}/acceptance",
        by=world.email(TOME),
        json={"lines": []},
        headers={"If-Match": f'"{seen["version"]}"'},
    )
    assert stale.status_code == 412
    assert (await get(service, f"/api/offers/{seen['id']}", by=world.email(TOME)))["status"] == "offered"


async def test_a_line_named_twice_is_refused(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world, ("pc", 40))
    made = await offer(service, world, request, KOMATSU, 40)
    line = request["lines"][0]["id"]
    twice = [{"line": line, "quantity": 4}, {"line": line, "quantity": 1}]
    refused = await post(
        service, f"/api/offers/{made['id']}/acceptance", by=world.email(TOME), expect=422, lines=twice
    )
    assert [each["pointer"] for each in refused["errors"]] == ["/lines/1/line"]


async def test_who_is_no_member_of_the_group_is_named_in_the_refusal(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world)
    path, coordinator = f"/api/requests/{request['id']}/offers", world.email("142051")
    refused = await post(service, path, by=coordinator, expect=422, municipality="999999", decision="decline")
    assert refused["errors"][0]["pointer"] == "/municipality"
    assert "検査数字" in refused["errors"][0]["detail"]
    await post(service, path, by=world.email(TAMA), expect=403, municipality=KOMATSU, decision="decline")


async def test_a_closed_request_does_not_say_that_it_was_covered(service: Service, devices: Devices) -> None:
    world = await service.build()
    request = await ask(service, world, ("pc", 40))
    asked = await devices.everybody("応援要請")
    by = world.email(TOME)
    await post(service, f"/api/requests/{request['id']}/cancellation", by=by, expect=422, reason="  ")
    await post(service, f"/api/requests/{request['id']}/cancellation", by=by, reason="誤って登録した")
    assert await devices.mailbox(world.email(TAMA)).expects_mail("要請は取り消されました", "誤って登録した")
    ended = await devices.everybody("取り消されました")
    assert set(ended) == set(asked) - {world.email(TAMA)}, "each that was asked; nobody hears of a cover"


async def test_an_amendment_that_changes_nothing_asks_nobody_again(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world, ("pc", 40))
    path = f"/api/requests/{request['id']}/amendment"
    await post(service, path, by=world.email(TOME), expect=409, reason="確認")
    assert (await get(service, f"/api/requests/{request['id']}", by=world.email(TOME)))["wave"] == 1


async def test_whom_an_amendment_asks_besides_is_a_wave_in_the_chronology(service: Service) -> None:
    world = await service.build(terms=Terms(wave_certainty=0.0, wave_cover=1.0, wave_minimum=1))
    request = await ask(service, world, ("pc", 40))
    line, by = request["lines"][0]["id"], world.email(TOME)
    path = f"/api/requests/{request['id']}/amendment"
    first = await asked(service, request["id"], by)
    await post(service, path, by=by, reason="被害の拡大", lines=[{"line": line, "quantity": 140}])
    entries = (await get(service, f"/api/incidents/{world.incident}/chronology", by=by))["items"]
    waves = sorted((each["facts"] for each in entries if each["code"] == "request.wave_sent"), key=itemgetter("wave"))
    besides = len(await asked(service, request["id"], by) - first)
    assert besides > 1
    assert [(each["wave"], each["members"]) for each in waves] == [(1, 1), (2, besides)]
    assert waves[-1]["lines"] == [{"kind": "pc", "quantity": 140}]


async def test_an_amendment_to_fewer_or_to_one_thing_more_disturbs_nobody_for_what_is_asked_already(
    service: Service,
) -> None:
    world = await service.build(terms=Terms(wave_certainty=0.0, wave_cover=1.0, wave_minimum=1))
    request = await ask(service, world, ("pc", 80))
    by, path = world.email(TOME), f"/api/requests/{request['id']}/amendment"
    first = await asked(service, request["id"], by)
    fewer = [{"line": request["lines"][0]["id"], "quantity": 60}]
    await post(service, path, by=by, reason="集計の誤り", lines=fewer)
    assert await asked(service, request["id"], by) == first
    await post(service, path, by=by, reason="追加", added=[{"kind": "printer", "quantity": 1}])
    assert await asked(service, request["id"], by) == first, "they are asked for the printer as well"
    entries = (await get(service, f"/api/incidents/{world.incident}/chronology", by=by))["items"]
    assert [each["code"] for each in entries].count("request.wave_sent") == 1


async def test_english_is_spoken_where_it_is_asked_for(service: Service) -> None:
    world = await service.build()
    await ask(service, world, ("pc", 1))
    request = await ask(service, world, ("pc", 1))
    ended = await service.call(
        "POST",
        f"/api/requests/{request['id']}/amendment",
        by=world.email(TOME),
        json={"reason": "more", "place": "Town hall"},
        headers={"Accept-Language": "en"},
    )
    assert "Please check" in ended.json()["warnings"][0]["text"]


async def test_other_partners_do_not_read_who_offers_what(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world, ("pc", 40))
    await offer(service, world, request, KOMATSU, decision="decline")
    path = f"/api/incidents/{world.incident}/chronology"
    seen = {
        code: {each["code"] for each in (await get(service, path, by=world.email(code)))["items"]}
        for code in (TOME, KOMATSU, KAGOSHIMA, "142051")
    }
    assert "offer.declined" in seen[TOME] & seen[KOMATSU] & seen["142051"]
    assert "offer.declined" not in seen[KAGOSHIMA]
    assert "request.filed" in seen[KAGOSHIMA]


def test_each_code_of_the_chronology_has_its_sentence() -> None:
    written = {
        "request.filed", "request.confirmed", "request.amended", "request.covered", "request.cancelled",
        "request.closed", "request.wave_sent", "request.nobody_left", "request.written_due",
        "offer.offered", "offer.provisional", "offer.declined", "offer.accepted", "offer.withdrawn", "offer.expired",
    }  # fmt: skip
    assert written <= set(SENTENCES)
