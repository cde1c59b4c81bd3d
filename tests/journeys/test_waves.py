"""Partners are asked wave by wave, and let go as soon as they are no longer needed."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.terms import Terms
from foundation import clock
from notifications.models import Alert, Delivery
from tests.api_client import Service
from tests.journeys.asking import ask, get, offer, post, told
from tests.world import CODES, FUJISAWA, KAGOSHIMA, KOMATSU, TAMA, TOME, TOYOOKA

NARROW = Terms(wave_certainty=0.0, wave_cover=1.0, wave_minimum=1)


async def asked(service: Service, request: str, by: str) -> set[str]:
    matches = await get(service, f"/api/requests/{request}/matches", by=by)
    return {each["municipality"] for line in matches["lines"] for each in line["candidates"] if each["is_asked"]}


async def test_the_next_wave_follows_when_answers_stay_out(service: Service) -> None:
    world = await service.build(terms=NARROW)
    request = await ask(service, world, ("pc", 60))
    first = await asked(service, request["id"], world.email(TOME))
    assert len(first) == 2
    assert set(await told(service, world, "応援要請")) == first

    service.clock.advance(timedelta(minutes=59))
    assert await service.tick() == 0
    service.clock.advance(timedelta(minutes=1))
    assert await service.tick() == 1
    second = await asked(service, request["id"], world.email(TOME))
    assert first < second
    assert len(second) == 4
    service.clock.advance(timedelta(hours=1))
    await service.tick()
    assert await asked(service, request["id"], world.email(TOME)) == set(CODES) - {TOME}
    service.clock.advance(timedelta(hours=1))
    await service.tick()
    chronology = await get(service, f"/api/incidents/{world.incident}/chronology", by=world.email(TOME))
    assert chronology["items"][-1]["code"] == "request.nobody_left"


async def test_enough_offers_keep_the_next_wave_at_home(service: Service) -> None:
    world = await service.build(terms=NARROW)
    request = await ask(service, world, ("pc", 60))
    first = await asked(service, request["id"], world.email(TOME))
    for code in first:
        await offer(service, world, request, code, 30)
    service.clock.advance(timedelta(hours=1))
    await service.tick()
    assert await asked(service, request["id"], world.email(TOME)) == first


async def test_when_everybody_asked_says_no_others_are_asked_at_once(service: Service) -> None:
    world = await service.build(terms=NARROW)
    request = await ask(service, world, ("pc", 60))
    first = await asked(service, request["id"], world.email(TOME))
    for code in first:
        await offer(service, world, request, code, decision="decline")
    assert len(await asked(service, request["id"], world.email(TOME))) == 4


async def test_others_stand_down_when_all_is_covered(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world, ("pc", 60), ("printer", 4))
    await told(service, world, "応援要請")
    chosen = await offer(service, world, request, KOMATSU, 50, 4)
    also = await offer(service, world, request, TAMA, 20)
    spare = await offer(service, world, request, KAGOSHIMA, 30)
    await offer(service, world, request, FUJISAWA, decision="decline")
    by = world.email(TOME)
    await post(service, f"/api/offers/{chosen['id']}/acceptance", by=by)
    assert set(await told(service, world, "待機解除")) == {TOYOOKA}, "the only one asked who has not answered"
    await post(service, f"/api/offers/{also['id']}/acceptance", by=by)
    silent = await get(service, f"/api/requests/{request['id']}/deliveries", by=by)
    assert {each["answered_at"] for each in silent["items"] if each["municipality"] == TOYOOKA} == {None}
    stood_down = await told(service, world, "応援の準備は不要です")
    assert set(stood_down) == {KAGOSHIMA, TOYOOKA}
    assert (await get(service, f"/api/offers/{spare['id']}", by=by))["status"] == "released"
    assert (await get(service, f"/api/offers/{also['id']}", by=by))["commitments"][0]["quantity"] == 10
    capabilities = await get(
        service, f"/api/capabilities?municipality={KAGOSHIMA}&kind=pc", by=world.email(KAGOSHIMA)
    )
    assert capabilities["items"][0]["available"] == 50


async def test_who_never_heard_of_it_is_not_told_to_stand_down(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world, ("pc", 40))
    await service.database.write(_lease_one, request["id"], world.members[FUJISAWA])
    chosen = await offer(service, world, request, KOMATSU, 40)
    await offer(service, world, request, TAMA, 10)
    await post(service, f"/api/offers/{chosen['id']}/acceptance", by=world.email(TOME))
    assert await told(service, world, "応援要請") == {}
    assert set(await told(service, world, "応援の準備は不要です")) == {FUJISAWA, TAMA}


def _lease_one(session: Session, topic: str, member: str) -> None:
    """As if a courier were just sending it: nobody knows yet whether it arrives."""
    wanted = select(Delivery).join(Alert, Alert.id == Delivery.alert_id).where(Alert.topic == topic)
    row = session.scalars(wanted.where(Delivery.member == member).limit(1)).one()
    row.state, row.leased_by, row.attempt = "leased", "another", 1
    row.leased_until = clock.now(session) + timedelta(minutes=1)


async def test_a_withdrawal_opens_the_line_again_and_asks_again(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world, ("pc", 40))
    await told(service, world, "応援要請")
    chosen = await offer(service, world, request, KOMATSU, 40)
    await post(service, f"/api/offers/{chosen['id']}/acceptance", by=world.email(TOME))
    service.clock.advance(timedelta(minutes=5))
    withdrawn = await post(service, f"/api/offers/{chosen['id']}/withdrawal", by=world.email(KOMATSU), reason="停電")
    assert withdrawn["status"] == "withdrawn"
    after = await get(service, f"/api/requests/{request['id']}", by=world.email(TOME))
    assert (after["status"], after["lines"][0]["committed"]) == ("open", 0)
    assert await asked(service, request["id"], world.email(TOME)) == {FUJISAWA, TOYOOKA, KOMATSU, TAMA}
    assert (await told(service, world, "応援要請"))[TAMA] == 8, "two people, two channels, two waves"
    assert set(await told(service, world, "辞退")) == {TOME}
    await offer(service, world, request, TAMA, 40)


async def test_an_offer_expires_and_may_be_made_again(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world, ("pc", 40))
    made = await offer(service, world, request, KOMATSU, 40)
    service.clock.advance(timedelta(hours=48))
    await service.tick()
    expired = await get(service, f"/api/offers/{made['id']}", by=world.email(KOMATSU))
    assert expired["status"] == "expired"
    again = await offer(service, world, request, KOMATSU, 30)
    assert (again["id"], again["status"]) == (made["id"], "offered")


async def test_the_written_form_of_an_oral_request_falls_due(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world, requested_orally_at="2026-06-01T10:00:00+09:00", via="phone")
    assert request["written_due_at"] == "2026-06-04T01:00:00Z"
    service.clock.advance(timedelta(hours=72))
    while await service.tick():
        pass
    assert set(await told(service, world, "応援要請書の提出期限")) == {TOME}
