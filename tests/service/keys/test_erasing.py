"""A member's keys are destroyed: nothing secret of it opens any more, nothing fails, the record stands."""

from pathlib import Path

import pytest
from sqlalchemy import make_url, select, update
from sqlalchemy.orm import Session

from agreements.models import Channel
from foundation.audit import verifying
from foundation.sealing import ERASED, DataKey, KeyErased, digest, seal
from foundation.sealing.keyring import KEPT
from notifications.models import Delivery, InboundMessage
from service.errors import RefusedError
from tests.agreements.secrecy import with_two_factors
from tests.api_client import Service
from tests.journeys.asking import ask, get, post
from tests.journeys.test_guest_ids import PAPER, Stage, stage
from tests.service.keys.test_rotation import keys, of_owner
from tests.service.signing_in import GOOD, sign_in, with_password, with_totp
from tests.world import KOMATSU, TOME


async def everything(service: Service) -> Stage:
    """A guest ID with a secret, a request with a telephone, alerts, an app, a temporary contact, an SMS from it."""
    at = await stage(service)
    world = at.world
    request = await ask(service, world, ("pc", 5), contact_phone="080-3333-4444")
    session = await with_password(service, world)
    await with_totp(service, session["token"])
    owner = await with_two_factors(service, world.email(TOME))
    draft = {"incident": world.incident, "channel": "sms", "address": "090-1111-2222"}
    await post(service, f"/api/members/{TOME}/temporary-contacts", by=owner, expect=201, **draft)
    await service.deliver()
    number = world.mobile(TOME)
    answer = await service.http.get(f"/hooks/sms/console/secret/mo?from=%2B{number[1:]}&to=1&text=help&id=e1")
    assert answer.status_code == 200
    assert request["contact_phone"]
    return at


async def test_everything_of_it_is_shown_as_erased_and_nothing_fails(service: Service) -> None:
    at = await everything(service)
    world, owner = at.world, at.owner
    said = await keys(service, "erase", member=TOME, confirmation=TOME)
    assert "二度と開けません" in said
    for by in (owner, world.email(KOMATSU)):
        people = await get(service, f"/api/people?member={TOME}", by=by)
        assert {(each["email"], each["mobile"]) for each in people["items"]} == {(ERASED, ERASED)}
    person = world.people[TOME, "ict"]
    channels = await get(service, f"/api/people/{person}/channels", by=owner)
    assert {each["address"] for each in channels["items"]} == {ERASED}
    temporary = await get(service, f"/api/members/{TOME}/temporary-contacts", by=owner)
    assert [each["address"] for each in temporary["items"]] == [ERASED]
    requests = await get(service, "/api/requests", by=owner)
    phones = [
        (await get(service, f"/api/requests/{each['id']}", by=owner))["contact_phone"] for each in requests["items"]
    ]
    assert sorted(phones, key=str) == [None, ERASED]
    for each in requests["items"]:
        assert (await get(service, f"/api/requests/{each['id']}/deliveries", by=owner))["items"]
    assert (await get(service, "/api/me", by=owner))["email"] is None
    assert len((await get(service, f"/api/guest-pools/{at.pool}/guest-ids", by=owner))["items"]) == 2
    (inbound,) = (await get(service, "/api/inbound", by=owner))["items"]
    assert (inbound["is_readable"], inbound["sender"], inbound["text"]) == (False, "", "")
    shown = await get(service, "/api/messages", by=owner)
    assert ERASED in {each["to"] for each in shown["items"]}
    assert (await service.database.read(verifying.verify)).is_whole


async def test_what_needs_the_key_is_refused_with_a_reason(service: Service) -> None:
    at = await everything(service)
    await at.reserve(0)
    await keys(service, "erase", member=TOME, confirmation=TOME)
    refused = await at.act(0, "issue", expect=409, **PAPER)
    assert "鍵は消去" in refused["detail"]
    draft = {"name": "新人", "email": "new@demo.example", "municipality": TOME}
    assert (await service.call("POST", "/api/people", by=at.owner, json=draft)).status_code == 409
    assert (await sign_in(service, at.world.email(TOME), GOOD)).status_code == 401, "nobody is found by the address"
    request = await ask(service, at.world, ("pc", 3), by=at.world.email(KOMATSU), requester=KOMATSU)
    await service.deliver()
    assert request["status"] == "open"
    mails = await get(service, "/api/messages", by=at.world.email(KOMATSU))
    assert not [each for each in mails["items"] if each["municipality"] == TOME and each["to"] != ERASED]


async def test_a_key_does_not_come_back(service: Service) -> None:
    world = await service.build()
    member = world.members[TOME]
    await keys(service, "erase", member=TOME, confirmation=TOME)
    assert await service.database.read(of_owner, member) == [(1, False)]
    for _ in range(2):
        with pytest.raises(KeyErased):
            await service.database.write(seal, member, "channels.address", "r1", "x")
    assert await service.database.read(of_owner, member) == [(1, False)]
    with pytest.raises(RefusedError, match="消去されて"):
        await keys(service, "reseal", member=TOME)
    with pytest.raises(RefusedError, match="消去されて"):
        await keys(service, "erase", member=TOME, confirmation=TOME)
    await keys(service, "rotate")
    assert await service.database.read(of_owner, member) == [(1, False)]


async def test_the_digests_go_as_well(service: Service) -> None:
    """Whoever holds the master key could try all numbers against them."""
    at = await everything(service)
    number = at.world.mobile(TOME)

    def traces(session: Session) -> int:
        channel, address = digest(session, "channels.sms", number), digest(session, "address", number)
        found = (
            select(Channel.id).where(Channel.digest == channel),
            select(Delivery.id).where(Delivery.address_digest == address),
            select(InboundMessage.id).where(InboundMessage.sender_digest == address),
        )
        return sum(len(session.scalars(each).all()) for each in found)

    assert await service.database.read(traces) >= 3
    await keys(service, "erase", member=TOME, confirmation=TOME)
    assert await service.database.read(traces) == 0


async def test_it_asks_which_member_is_meant(service: Service) -> None:
    world = await service.build()
    assert '"登米市"' in await keys(service, "owner", member=world.members[TOME])
    for typed in ("はい", KOMATSU):
        with pytest.raises(RefusedError, match="一致しない"):
            await keys(service, "erase", member=TOME, confirmation=typed)
    with pytest.raises(RefusedError):
        await keys(service, "erase", member="inbound", confirmation="inbound")
    assert await service.database.read(of_owner, world.members[TOME]) == [(1, True)]


async def test_the_wrapped_key_is_gone_from_the_file(service: Service, database_url: str) -> None:
    world = await service.build()
    member = world.members[TOME]
    wrapped = await service.database.read(
        lambda session: session.scalars(select(DataKey.wrapped).where(DataKey.owner == member)).one()
    )
    assert wrapped is not None
    await keys(service, "erase", member=TOME, confirmation=TOME)
    if not database_url.startswith("sqlite"):
        return
    file = Path(make_url(database_url).database or "")
    kept = b"".join(each.read_bytes() for each in file.parent.glob(file.name + "*") if each.suffix != ".lock")
    assert wrapped[12:] not in kept
    # The test could not fail if bytes were not found this way
    other = await service.database.read(
        lambda session: session.scalars(select(DataKey.wrapped).where(DataKey.owner == world.members[KOMATSU])).one()
    )
    assert other is not None
    assert other[12:] in kept


async def test_a_stale_process_seals_nothing_that_opens(service: Service) -> None:
    """Another process knows of the erasure within a minute; what it seals before is lost, and says so."""
    world = await service.build()
    member = world.members[TOME]
    keyring = service.database.surroundings.keyring
    await service.token(world.email(TOME))
    await service.database.write(seal, member, "channels.address", "r1", "x")
    stale = dict(vars(keyring)["_known"])
    await keys(service, "erase", member=TOME, confirmation=TOME)
    vars(keyring)["_known"].update(stale)
    sealed = await service.database.write(seal, member, "channels.address", "r1", "x")
    service.clock.advance(KEPT)

    def keep(session: Session) -> None:
        session.execute(update(Channel).where(Channel.member_id == member).values(address_sealed=sealed))

    await service.database.write(keep)
    people = (await get(service, "/api/people", by=world.email(TOME)))["items"]
    assert {each["mobile"] for each in people} == {ERASED}
