"""Tokens end when they are signed out of, taken back, or when their person leaves."""

from agreements.models import Person
from service.identity.actions import revoke_tokens
from tests.api_client import Service
from tests.world import TOME


async def test_signing_out_ends_the_token(service: Service) -> None:
    world = await service.build()
    me = world.email(TOME)
    assert (await service.call("GET", "/api/me", by=me)).status_code == 200
    assert (await service.call("DELETE", "/api/me/token", by=me)).status_code == 204
    assert (await service.call("GET", "/api/me", by=me)).status_code == 401


async def test_an_operator_takes_back_all_tokens_of_a_person(service: Service) -> None:
    world = await service.build()
    me, other = world.email(TOME), world.email(TOME, "ict")
    assert (await service.call("GET", "/api/me", by=me)).status_code == 200
    assert await service.database.write(revoke_tokens, me) == 1
    assert (await service.call("GET", "/api/me", by=me)).status_code == 401
    assert (await service.call("GET", "/api/me", by=other)).status_code == 200


async def test_a_person_who_left_is_nobody(service: Service) -> None:
    world = await service.build()
    me, person = world.email(TOME), world.people[TOME, "disaster"]
    assert (await service.call("GET", "/api/me", by=me)).status_code == 200
    await service.database.write(lambda session: setattr(session.get_one(Person, person), "is_active", False))
    assert (await service.call("GET", "/api/me", by=me)).status_code == 401
