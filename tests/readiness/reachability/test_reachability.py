import re
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from notifications import codes, recording
from notifications.events import DeliveryChanged, DeliveryStatus
from notifications.models import Delivery, Recipient
from readiness.digests.models import DigestItem
from readiness.reachability import actions, listening
from readiness.reachability.models import ChannelCheck
from readiness.reachability.wording import REACHABILITY
from tests.api_client import Service
from tests.journeys.asking import ask
from tests.world import FUJISAWA, TOME, World

WEEK = timedelta(days=7)


def mail_of(code: str) -> str:
    return f"ict1.{code}@demo.example"


async def build(service: Service) -> World:
    return await service.build()


async def standing(service: Service, code: str = TOME) -> dict[str, Any]:
    answer = await service.call("GET", f"/api/reachability/{code}", by=mail_of(code))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def start(service: Service, code: str = TOME, by: str = TOME) -> Any:
    return await service.call("POST", f"/api/reachability/{code}/tests", by=mail_of(by))


def tokens(session: Session) -> list[str]:
    rows = session.scalars(select(Delivery.id).where(Delivery.token_digest.is_not(None)).order_by(Delivery.id))
    return [codes.token_of(session, row) for row in rows]


async def test_every_channel_is_asked_and_acknowledges_for_itself(service: Service) -> None:
    await build(service)
    before = await standing(service)
    assert (before["acknowledged"], before["owed"], before["test"]) == (0, 4, None)
    assert {each["state"] for each in before["channels"]} == {"unproven"}
    made = await start(service)
    assert made.status_code == 201, made.text
    assert made.json()["sent"] == len(before["channels"]) >= 4
    await service.deliver()
    first, *rest = await service.database.read(tokens)
    answer = await service.call("POST", f"/api/answers/{first}", json={"decision": "accept"})
    assert answer.json()["code"] == "acknowledged"
    after = await standing(service)
    assert (after["acknowledged"], after["test"]["acknowledged"]) == (1, 1)
    # One person's receipt says nothing of the others
    assert await service.database.read(lambda s: s.scalar(select(Recipient.state))) == "waiting"
    for token in rest:
        await service.call("POST", f"/api/answers/{token}", json={"decision": "accept"})
    whole = await standing(service)
    assert whole["acknowledged"] == 4
    assert {each["via"] for each in whole["channels"]} == {"link"}
    assert "@" not in str(whole)
    assert "+81" not in str(whole)


async def test_an_sms_with_the_code_acknowledges_its_channel(service: Service) -> None:
    await build(service)
    await start(service)
    await service.deliver()
    messages = (await service.call("GET", "/api/messages", by=mail_of(FUJISAWA))).json()["items"]
    sms = next(each for each in messages if each["channel"] == "sms")
    assert "応援要請ではありません" in sms["text"]
    code = re.search(r"「(\d+) 1」", sms["text"])
    assert code
    fields = {"from": sms["to"], "text": f"{code[1]} 1"}
    await service.call("GET", "/hooks/sms/console/secret/mo", params=fields)
    found = await standing(service)
    assert [(each["kind"], each["via"]) for each in found["channels"] if each["state"] == "acknowledged"] == [
        ("sms", "sms")
    ]


async def test_one_message_to_two_desks_of_one_address_acknowledges_both(service: Service) -> None:
    await build(service)
    await start(service)
    await service.deliver()
    first, *_ = await service.database.read(tokens)
    await service.database.write(_share_delivery)
    await service.call("POST", f"/api/answers/{first}", json={"decision": "accept"})
    assert (await standing(service))["acknowledged"] == 2


def _share_delivery(session: Session) -> None:
    asked = select(Delivery.id).where(Delivery.token_digest.is_not(None)).order_by(Delivery.id).limit(1)
    first = session.scalars(asked).one()
    other = select(ChannelCheck).where(ChannelCheck.delivery_id != first).order_by(ChannelCheck.id).limit(1)
    session.scalars(other).one().delivery_id = first


async def test_a_second_test_waits_for_the_first_and_coordinators_test_others(service: Service) -> None:
    await build(service)
    assert (await start(service, TOME, by=FUJISAWA)).status_code == 201
    again = await start(service)
    assert (again.status_code, again.json()["type"].rsplit(":", 1)[-1]) == (409, "test-running")
    # Nobody else tests it
    assert (await start(service, FUJISAWA, by=TOME)).status_code == 404


async def test_the_coordinator_sees_scores_and_nobodys_name_or_number(service: Service) -> None:
    world = await build(service)
    await start(service)
    await service.deliver()
    for token in await service.database.read(tokens):
        await service.call("POST", f"/api/answers/{token}", json={"decision": "accept"})
    path = f"/api/groups/{world.group}/reachability"
    assert (await service.call("GET", path, by=mail_of(TOME))).status_code == 403
    board = (await service.call("GET", path, by=mail_of(FUJISAWA))).json()["items"]
    by_code = {each["municipality"]: each for each in board}
    assert (by_code[TOME]["percent"], by_code[FUJISAWA]["percent"]) == (100, 0)
    assert by_code[TOME]["is_open"]
    service.clock.advance(timedelta(days=366))
    board = (await service.call("GET", path, by=mail_of(FUJISAWA))).json()["items"]
    assert {each["percent"] for each in board} == {0}


async def test_who_has_not_acknowledged_is_reminded_in_the_digest_until_the_end(service: Service) -> None:
    await build(service)
    await start(service)
    await service.deliver()
    first, *_ = await service.database.read(tokens)
    await service.call("POST", f"/api/answers/{first}", json={"decision": "accept"})
    service.clock.advance(WEEK)
    await service.tick()
    items = await service.database.read(lambda s: s.execute(select(DigestItem.kind, DigestItem.facts)).all())
    assert {row.kind for row in items} == {"reachability.reminder"}
    assert min(row.facts["count"] for row in items) == 1
    service.clock.advance(timedelta(days=22))
    for _ in range(4):
        await service.tick()
    assert (await standing(service))["test"] is None
    late = await service.call("POST", f"/api/answers/{first}", json={"decision": "accept"})
    assert late.status_code == 410


async def test_a_message_that_does_not_arrive_counts_against_the_channel(service: Service) -> None:
    await build(service)
    await start(service)
    await service.database.write(_bounce)
    found = await standing(service)
    assert [each["state"] for each in found["channels"]].count("failed") == 1


def _bounce(session: Session) -> None:
    check = session.scalars(select(ChannelCheck).order_by(ChannelCheck.id)).first()
    assert check is not None
    change = DeliveryChanged(REACHABILITY, check.test_id, check.member_id, check.delivery_id, DeliveryStatus.FAILED)
    recording.tell(session, [change])


async def test_the_year_begins_the_tests_of_all_members_once(service: Service) -> None:
    await build(service)
    await service.database.write(actions.see_to_the_year)
    service.clock.advance(timedelta(days=1))
    await service.tick()
    assert await service.database.read(members_tested) == 6
    service.clock.advance(timedelta(days=30))
    for _ in range(12):
        await service.tick()
    tests = await service.database.read(lambda s: len(set(s.scalars(select(ChannelCheck.test_id)))))
    assert tests == 6
    service.clock.advance(timedelta(days=335))
    for _ in range(12):
        await service.tick()
    tests = await service.database.read(lambda s: len(set(s.scalars(select(ChannelCheck.test_id)))))
    assert tests == 12


async def test_the_year_waits_while_aid_is_asked_for(service: Service) -> None:
    world = await build(service)
    await service.database.write(actions.see_to_the_year)
    await ask(service, world, ("pc", 5))
    service.clock.advance(timedelta(days=1))
    await service.tick()
    assert not await service.database.read(members_tested)
    service.clock.advance(WEEK)
    await service.tick()
    assert await service.database.read(members_tested) == 6


def members_tested(session: Session) -> int:
    return len(set(session.scalars(select(ChannelCheck.member_id))))


async def test_an_unknown_delivery_is_thanked_all_the_same(service: Service) -> None:
    await build(service)
    await start(service)
    await service.database.write(lambda s: s.execute(update(ChannelCheck).values(delivery_id="gone")))
    first, *_ = await service.database.read(tokens)
    answer = await service.call("POST", f"/api/answers/{first}", json={"decision": "decline"})
    assert answer.json()["code"] == listening.THANKS.code
