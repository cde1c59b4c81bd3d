"""A member's programs: how they get in, what they may do, how they end, and whose name stands in the record."""

import base64
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.models import Person, PersonRole
from foundation import clock
from foundation.audit import Audit
from service import policy
from service.identity.actions import issue_token
from service.identity.clients.models import ClientToken, MachineClient, Scope
from service.policy import Principal, Reach
from tests.api_client import Service
from tests.service.signing_in import as_session
from tests.world import TAMA, TOME, World

ALL = [each.value for each in Scope]


async def administrator(service: Service, world: World, assurance: int = 2) -> str:
    def name(session: Session) -> str:
        person = world.people[TOME, "ict"]
        if session.get(PersonRole, (person, "administrator")) is None:
            session.add(PersonRole(person_id=person, role="administrator", given_at=clock.now(session)))
        return issue_token(session, world.email(TOME, "ict"), assurance=assurance)

    return await service.database.write(name)


async def registered(service: Service, world: World, by: str, **draft: Any) -> dict[str, Any]:
    body = {"name": "台帳連携", "scopes": ALL, **draft}
    made = await as_session(service, by, "POST", f"/api/members/{TOME}/clients", json=body)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def asked(service: Service, client: dict[str, Any], **fields: str) -> httpx.Response:
    secret = base64.b64encode(f"{client['id']}:{client['secret']}".encode()).decode()
    form = {"grant_type": "client_credentials", **fields}
    return await service.http.post("/oauth/token", data=form, headers={"Authorization": f"Basic {secret}"})


async def token(service: Service, client: dict[str, Any], **fields: str) -> str:
    answer = await asked(service, client, **fields)
    assert answer.status_code == 200, answer.text
    found: str = answer.json()["access_token"]
    return found


async def status(service: Service, token: str, path: str = "/api/me") -> int:
    return (await as_session(service, token, "GET", path)).status_code


async def test_a_program_gets_a_short_token_and_calls_with_it(service: Service) -> None:
    world = await service.build()
    client = await registered(service, world, await administrator(service, world))
    answer = await asked(service, client)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["token_type"] == "Bearer"
    assert answer.json()["expires_in"] == 1800
    assert answer.json()["scope"].split() == sorted(ALL)
    held = answer.json()["access_token"]
    me = (await as_session(service, held, "GET", "/api/me")).json()
    assert (me["person"], me["name"], me["assurance"]) == (None, "台帳連携", 1)
    service.clock.advance(timedelta(minutes=30))
    assert await status(service, held) == 401
    posted = {"client_id": client["id"], "client_secret": client["secret"], "grant_type": "client_credentials"}
    by_form = await service.http.post("/oauth/token", data=posted)
    assert by_form.status_code == 200
    await as_session(service, by_form.json()["access_token"], "DELETE", "/api/me/token")
    assert await status(service, by_form.json()["access_token"]) == 401, "signed out"


async def test_what_it_does_stands_in_the_record_with_who_answers_for_it(service: Service) -> None:
    world = await service.build()
    client = await registered(service, world, await administrator(service, world))
    held = await token(service, client)
    stock = {"municipality": TOME, "kind": "ups", "quantity": 2, "lead_time_hours": 1}
    assert (await as_session(service, held, "POST", "/api/capabilities", json=stock)).status_code == 201
    site = {"kind": "site", "fields": {"name": "本庁舎"}}
    made = await as_session(service, held, "POST", f"/api/inventory/{TOME}/records", json=site)
    assert made.status_code == 201, made.text
    assert made.json()["checked_by"] == f"client:{client['id']}"
    rows = await service.database.read(_by_client, client["id"])
    assert {row.act for row in rows} == {
        "identity.client_token_issued",
        "inventory.declare",
        "inventory.record_created",
    }
    assert {row.facts["responsible"] for row in rows} == {world.people[TOME, "ict"]}
    assert {row.chain for row in rows} == {world.members[TOME]}


def _by_client(session: Session, client: str) -> list[Audit]:
    return list(session.scalars(select(Audit).where(Audit.actor == f"client:{client}")))


async def test_it_does_what_its_scopes_say_and_nothing_for_two_factors(service: Service) -> None:
    world = await service.build()
    by = await administrator(service, world)
    client = await registered(service, world, by, scopes=["inventory.read", "aid.read"])
    held = await token(service, client, scope="aid.read")
    people, requests, records = "/api/people", "/api/requests", f"/api/inventory/{TOME}/records"
    assert [await status(service, held, each) for each in (people, requests, records)] == [403, 200, 403]
    held = await token(service, client)
    assert [await status(service, held, each) for each in (people, requests, records)] == [403, 200, 200]
    others = f"/api/inventory/{TAMA}/records?group={world.group}&purpose=planning"
    assert await status(service, held, others) == 404
    refused = await asked(service, client, scope="people.read")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")
    narrowed = await as_session(service, by, "PATCH", f"/api/clients/{client['id']}", json={"scopes": ["aid.read"]})
    assert narrowed.status_code == 200
    assert await status(service, held, records) == 403, "also for tokens that were out already"


async def test_disabling_it_or_who_answers_for_it_ends_it_at_once(service: Service) -> None:
    world = await service.build()
    by = await administrator(service, world)
    client = await registered(service, world, by, responsible=world.people[TOME, "disaster"])
    path, held = f"/api/clients/{client['id']}", await token(service, client)
    assert (await as_session(service, by, "PATCH", path, json={"is_enabled": False})).json()["is_enabled"] is False
    assert await status(service, held) == 401
    assert (await asked(service, client)).status_code == 401
    await as_session(service, by, "PATCH", path, json={"is_enabled": True})
    assert await status(service, held) == 401, "switched on again, former tokens stay ended"
    held = await token(service, client)
    person = world.people[TOME, "disaster"]
    await service.database.write(lambda session: setattr(session.get_one(Person, person), "is_active", False))
    assert await status(service, held) == 401
    assert (await asked(service, client)).status_code == 401


async def test_it_ends_on_its_day(service: Service) -> None:
    world = await service.build()
    ends_at = (service.clock.now() + timedelta(minutes=10)).isoformat()
    client = await registered(service, world, await administrator(service, world), ends_at=ends_at)
    held = await token(service, client)
    service.clock.advance(timedelta(minutes=10))
    assert await status(service, held) == 401
    assert (await asked(service, client)).status_code == 401


async def test_a_rotated_secret_leaves_a_day_or_none(service: Service) -> None:
    world = await service.build()
    by = await administrator(service, world)
    first = await registered(service, world, by)
    path = f"/api/clients/{first['id']}/secret"
    second = (await as_session(service, by, "POST", path, json={})).json()
    assert second["secret"] != first["secret"]
    assert [(await asked(service, each)).status_code for each in (first, second)] == [200, 200]
    service.clock.advance(timedelta(hours=24))
    assert [(await asked(service, each)).status_code for each in (first, second)] == [401, 200]
    held = await token(service, second)
    by = await administrator(service, world)
    third = (await as_session(service, by, "POST", path, json={"ends_former_now": True})).json()
    assert [(await asked(service, each)).status_code for each in (second, third)] == [401, 200]
    assert await status(service, held) == 401, "what leaked may have been used"


async def test_secrets_and_tokens_are_kept_as_digests(service: Service) -> None:
    world = await service.build()
    client = await registered(service, world, await administrator(service, world))
    held = await token(service, client)
    kept = await service.database.read(
        lambda session: [
            *session.scalars(select(MachineClient.secret)),
            *session.scalars(select(ClientToken.digest)),
        ]
    )
    assert all(len(each) == 32 for each in kept)
    assert not any(text.encode() in each for each in kept for text in (client["secret"], held))
    listed = await as_session(service, await administrator(service, world), "GET", f"/api/members/{TOME}/clients")
    assert "secret" not in listed.json()["items"][0]


@pytest.mark.parametrize(
    ("fields", "headers", "status", "error"),
    [
        ({}, {}, 400, "invalid_request"),
        ({"grant_type": "password"}, {}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, {}, 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, {"Authorization": "Basic !!!"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, {"Authorization": "Basic /w=="}, 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, {"Authorization": "Basic"}, 401, "invalid_client"),
        (
            {"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"},
            {},
            401,
            "invalid_client",
        ),
        (
            {"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"},
            {"Authorization": "Basic eDp5"},
            400,
            "invalid_request",
        ),
        ({"scope": ["a", "b"]}, {}, 400, "invalid_request"),
    ],
    ids=str,
)
async def test_refusals_are_those_of_the_rfc(
    service: Service, fields: dict[str, Any], headers: dict[str, str], status: int, error: str
) -> None:
    refused = await service.http.post("/oauth/token", data=fields, headers=headers)
    assert (refused.status_code, refused.json()["error"]) == (status, error)
    assert ("www-authenticate" in refused.headers) == (status == 401)
    assert refused.headers["cache-control"] == "no-store"


async def test_json_is_no_form(service: Service) -> None:
    refused = await service.http.post("/oauth/token", json={"grant_type": "client_credentials"})
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


async def test_unknown_and_wrong_are_answered_alike_and_slowed_down(service: Service) -> None:
    world = await service.build()
    client = await registered(service, world, await administrator(service, world))
    wrong = await asked(service, {**client, "secret": "guess"})
    unknown = await asked(service, {"id": world.members[TAMA], "secret": "guess"})
    assert (wrong.status_code, wrong.json()) == (unknown.status_code, unknown.json())
    statuses = [(await asked(service, {**client, "secret": f"guess {each}"})).status_code for each in range(6)]
    assert statuses[-1] == 429
    assert (await asked(service, client)).status_code == 429, "from there, for a while"
    service.clock.advance(timedelta(minutes=15))
    assert (await asked(service, client)).status_code == 200


async def test_only_the_members_own_administrator_keeps_it(service: Service) -> None:
    world = await service.build()
    by = await administrator(service, world)
    client = await registered(service, world, by)
    body = {"name": "他団体", "scopes": ALL}
    assert (await as_session(service, by, "POST", f"/api/members/{TAMA}/clients", json=body)).status_code == 403
    contact = await service.database.write(issue_token, world.email(TOME), assurance=2)
    assert (await as_session(service, contact, "POST", f"/api/members/{TOME}/clients", json=body)).status_code == 403
    one_factor = await administrator(service, world, assurance=1)
    path = f"/api/clients/{client['id']}"
    assert (await as_session(service, one_factor, "PATCH", path, json={"name": "x"})).status_code == 403
    stranger = {"name": "台帳連携", "scopes": ALL, "responsible": world.people[TAMA, "ict"]}
    refused = await as_session(service, by, "POST", f"/api/members/{TOME}/clients", json=stranger)
    assert refused.json()["errors"][0]["pointer"] == "/responsible"
    own = await token(service, client)
    assert (await as_session(service, own, "POST", f"/api/members/{TOME}/clients", json=body)).status_code == 403


async def test_where_tokens_come_from_is_published(service: Service) -> None:
    found = (await service.http.get("/.well-known/oauth-authorization-server")).json()
    assert found["token_endpoint"] == "http://testserver/oauth/token"
    assert found["scopes_supported"] == ALL


def test_scopes_give_only_what_the_page_has_for_programs() -> None:
    assert set(policy.SCOPES) == set(ALL)
    given = policy.OF_ANY_CLIENT.union(*policy.SCOPES.values())
    assert given == policy.CLIENT
    assert all(policy.reach_of(each, Principal.CLIENT) is not Reach.NDA for each in given)
