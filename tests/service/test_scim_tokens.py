"""A directory's token: who makes it, and what ends it."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.audit import Audit
from foundation.sealing.erasing import erase
from service.identity.scim.models import DirectoryToken
from tests.api_client import Service
from tests.service.scim_door import Directory, administrator, directory
from tests.world import KOMATSU, TOME, World


@pytest.fixture
async def world(service: Service) -> World:
    return await service.build()


@pytest.fixture
async def tome(service: Service, world: World) -> Directory:
    return await directory(service, world, TOME)


async def test_a_token_is_made_and_ended_by_the_administrator_and_kept_as_a_digest(
    service: Service, world: World
) -> None:
    by = await administrator(service, world, TOME)
    made = [(await service.call("POST", "/api/directory-tokens", by=by)).json() for _ in range(2)]
    assert (await service.call("POST", "/api/directory-tokens", by=by)).status_code == 409
    assert (await service.call("POST", "/api/directory-tokens", by=world.email(TOME))).status_code == 403
    listed = await service.call("GET", "/api/directory-tokens", by=by)
    assert {each["id"] for each in listed.json()["items"]} == {each["id"] for each in made}
    assert made[0]["token"] not in listed.text
    assert made[0]["token"].encode() not in await service.database.read(digests)
    at = Directory(service, made[0]["token"])
    assert (await at.call("GET", "/Users")).status_code == 200
    ended = await service.call("DELETE", f"/api/directory-tokens/{made[0]['id']}", by=by)
    assert ended.status_code == 204
    assert (await at.call("GET", "/Users")).status_code == 401
    assert (await Directory(service, made[1]["token"]).call("GET", "/Users")).status_code == 200


async def test_a_token_ends_with_its_makers_leaving_and_who_stays_is_told(
    service: Service, world: World, tome: Directory
) -> None:
    maker, colleague = world.people[TOME, "ict"], world.email(TOME)
    other = await directory(service, world, KOMATSU)
    assert (await tome.call("DELETE", f"/Users/{maker}")).status_code == 204
    assert (await tome.call("GET", "/Users")).status_code == 401
    assert (await other.call("GET", "/Users")).status_code == 200
    assert "identity.directory_token_ended" in await service.database.read(acts, world.members[TOME])
    await service.deliver()
    mails = (await service.call("GET", "/api/messages", by=colleague)).json()["items"]
    told = {each["to"] for each in mails if "ディレクトリ（SCIM）のトークン" in each["text"]}
    assert told == {colleague}


async def test_the_directory_of_an_erased_member_has_no_door(service: Service, world: World, tome: Directory) -> None:
    komatsu, member = await directory(service, world, KOMATSU), world.members[TOME]
    await service.database.write(erase, member)
    assert (await tome.call("GET", "/Users")).status_code == 401
    assert (await komatsu.call("GET", "/Users")).status_code == 200


def digests(session: Session) -> bytes:
    return b"".join(session.scalars(select(DirectoryToken.digest)))


def acts(session: Session, chain: str) -> list[str]:
    return list(session.scalars(select(Audit.act).where(Audit.chain == chain)))
