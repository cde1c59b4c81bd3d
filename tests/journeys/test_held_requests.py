"""A request that came by a message and is not verified: no partner is asked, and those who can verify it hear on."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from aid.asking import waiting
from foundation import timers
from notifications import inbound
from notifications.codes import address_digest
from notifications.gateways.base import Channel
from notifications.inbound import Arrived
from notifications.models import Delivery, InboundMessage
from tests.api_client import Service
from tests.journeys.asking import ask, offer, post, told
from tests.journeys.test_asking_by_message import codes, requests, text
from tests.world import FUJISAWA, KOMATSU, TAMA, TOME


async def test_no_answer_to_a_held_request_starts_its_waves(service: Service) -> None:
    world = await service.build()
    await text(service, "要請 パソコン60台", world.mobile(TOME))
    (request,) = await requests(service, world)
    await offer(service, world, request, KOMATSU, decision="decline")
    assert (await requests(service, world))[0]["wave"] == 0
    assert not await told(service, world, "【結まーる】応援要請")
    assert not await told(service, world, "電話での確認をお願いします")


async def test_a_commitment_taken_back_from_a_held_request_starts_no_waves(service: Service) -> None:
    world = await service.build()
    await text(service, "要請 パソコン60台", world.mobile(TOME))
    (request,) = await requests(service, world)
    made = await offer(service, world, request, TAMA, 5)
    await post(service, f"/api/offers/{made['id']}/acceptance", by=world.email(TOME))
    await post(service, f"/api/offers/{made['id']}/withdrawal", by=world.email(TAMA), reason="都合がつかなくなった")
    assert (await requests(service, world))[0]["wave"] == 0
    assert not await told(service, world, "【結まーる】応援要請")


async def test_those_who_can_verify_are_told_again_until_somebody_does(service: Service) -> None:
    world = await service.build()
    await text(service, "要請 発電機2台", world.mobile(TOME))
    (request,) = await requests(service, world)
    first = await told(service, world, "未確認の要請")
    assert set(first) == {FUJISAWA, TOME}
    for wait, times in ((59, 1), (1, 2), (119, 2), (1, 3), (240, 4), (360, 5)):
        service.clock.advance(timedelta(minutes=wait))
        while await service.tick():
            pass
        assert await told(service, world, "未確認の要請") == {each: count * times for each, count in first.items()}
    assert set(await told(service, world, "未確認の要請(再)")) == {FUJISAWA, TOME}
    await post(service, f"/api/requests/{request['id']}/confirmation", by=world.email(FUJISAWA), how="call_back")
    service.clock.advance(timedelta(days=1))
    while await service.tick():
        pass
    assert await told(service, world, "未確認の要請") == {each: count * 5 for each, count in first.items()}


async def test_a_held_request_whose_timer_is_gone_gets_it_back(service: Service) -> None:
    world = await service.build()
    await ask(service, world, ("pc", 5))
    await text(service, "要請 発電機2台", world.mobile(TOME))
    (held,) = [each["id"] for each in await requests(service, world) if each["status"] == "unverified"]
    assert await service.database.read(waiting.untended) == []
    await service.database.write(timers.cancel, waiting.STILL_HELD, held)
    assert await service.database.read(waiting.untended) == [held]
    await service.database.write(waiting.tend, held)
    assert await service.database.read(waiting.untended) == []


async def test_a_flood_in_a_members_name_makes_ten_requests_and_no_more(service: Service) -> None:
    world = await service.build()
    (code, *_) = await codes(service, world)
    for number in range(1, 13):
        await text(service, f"要請 発電機{number}台", world.mobile(TOME))
    assert len(await requests(service, world)) == 10
    page = await service.call("GET", "/api/asked-messages", by=world.email(FUJISAWA))
    assert [each["message"]["reason"] for each in page.json()["items"]] == ["asking-too-many"] * 2
    await text(service, f"要請 発電機20台 {code}", world.mobile(TOME))
    assert [each["status"] for each in await requests(service, world)].count("open") == 1


async def test_wrong_codes_count_also_where_too_many_requests_wait(service: Service) -> None:
    world = await service.build()
    (code, *_) = await codes(service, world)
    for number in range(1, 11):
        await text(service, f"要請 発電機{number}台", world.mobile(TOME))
    for wrong in ("2A2A", "3B3B", "4C4C", "5D5D", "6E6E"):
        await text(service, f"要請 プリンタ2台 {wrong}", world.mobile(TOME))
    await text(service, f"要請 プリンタ2台 {code}", world.mobile(TOME))
    assert {each["status"] for each in await requests(service, world)} == {"unverified"}


async def test_people_hear_once_in_half_an_hour_that_messages_wait_for_them(service: Service) -> None:
    world = await service.build()
    waits = "確認を待っています"
    await text(service, "要請 発電機2台 毛布200枚", world.mobile(TOME))
    first = await told(service, world, waits)
    assert set(first) == {FUJISAWA, TOME}
    await text(service, "要請 発電機3台 毛布200枚", world.mobile(TOME))
    assert await told(service, world, waits) == first
    service.clock.advance(timedelta(minutes=31))
    await text(service, "要請 発電機4台 毛布200枚", world.mobile(TOME))
    assert await told(service, world, waits) == {each: 2 * count for each, count in first.items()}
    await text(service, "OUEN 172031 G2 T0")
    later = await told(service, world, waits)
    assert (later.get(KOMATSU), later[FUJISAWA]) == (None, 3 * first[FUJISAWA])


async def test_what_names_no_member_wakes_nobody_by_sms(service: Service) -> None:
    world = await service.build()
    await text(service, "要請 毛布200枚")
    await service.deliver()
    page = await service.call("GET", "/api/messages", by=world.email(FUJISAWA))
    waits = [each for each in page.json()["items"] if "確認を待っています" in (each["subject"] or each["text"])]
    assert {(each["municipality"], each["channel"]) for each in waits} == {(FUJISAWA, "email")}


@pytest.mark.parametrize("words", ["発電機2台でお願いします", "要請 発電機2台"])
async def test_a_reply_to_a_question_never_becomes_a_request(service: Service, words: str) -> None:
    world = await service.build()
    await ask(service, world, ("pc", 60))
    await service.deliver()
    mail = Arrived("mail", Channel.EMAIL, world.email(KOMATSU), words, "m-1")
    message = await service.database.write(inbound.store, mail)
    assert message
    await service.database.write(answers_question, message, world.email(KOMATSU))
    await inbound.settle(service.database, message)
    assert len(await requests(service, world)) == 1
    for reader in (KOMATSU, FUJISAWA):
        page = await service.call("GET", "/api/asked-messages", by=world.email(reader))
        assert [each["message"]["reason"] for each in page.json()["items"]] == ["asking-in-reply"]


def answers_question(session: Session, message: str, address: str) -> None:
    """Let a stored mail be one that its tag says answers the question sent to an address."""
    digest = address_digest(session, address)
    asked = select(Delivery.id).where(Delivery.address_digest == digest, Delivery.token_digest.is_not(None))
    session.get_one(InboundMessage, message).delivery_id = session.scalars(asked).one()
