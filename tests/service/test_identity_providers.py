"""Who says where a member's people sign in, and what is kept of it."""

from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.models import PersonRole
from foundation import clock
from service.identity.actions import issue_operator_token, issue_token
from service.identity.providers.models import IdentityProvider
from tests.api_client import Service
from tests.service.signing_in import as_session
from tests.world import TAMA, TOME, World

DRAFT = {"issuer": "https://login.example.com/tome", "client_id": "yuimaru", "client_secret": "very-secret-indeed"}


async def _administrator(service: Service, world: World, member: str = TOME, assurance: int = 2) -> str:
    def name(session: Session) -> str:
        person = world.people[member, "ict"]
        if session.get(PersonRole, (person, "administrator")) is None:
            session.add(PersonRole(person_id=person, role="administrator", given_at=clock.now(session)))
        return issue_token(session, world.email(member, "ict"), assurance=assurance)

    return await service.database.write(name)


async def _register(service: Service, token: str, member: str, **draft: Any) -> httpx.Response:
    path = f"/api/members/{member}/identity-providers"
    return await as_session(service, token, "POST", path, json={**DRAFT, **draft})


async def test_an_administrator_registers_changes_and_removes_it(service: Service) -> None:
    world = await service.build()
    token = await _administrator(service, world)
    made = await _register(service, token, TOME)
    assert made.status_code == 201, made.text
    assert "very-secret-indeed" not in made.text
    assert (await _register(service, token, TOME)).status_code == 409
    path = f"/api/identity-providers/{made.json()['id']}"
    changed = await as_session(
        service, token, "PATCH", path, json={"two_factor_amr": ["mfa"], "client_secret": "new"}
    )
    assert changed.json()["two_factor_amr"] == ["mfa"]
    assert changed.json()["client_id"] == "yuimaru"
    listed = await as_session(service, token, "GET", f"/api/members/{TOME}/identity-providers")
    assert [each["id"] for each in listed.json()["items"]] == [made.json()["id"]]
    assert b"secret" not in await service.database.read(_kept)
    assert [(await as_session(service, token, "DELETE", path)).status_code for _ in range(2)] == [204, 404]


def _kept(session: Session) -> bytes:
    return session.scalars(select(IdentityProvider.secret_sealed)).one()


async def test_nobody_else_does(service: Service) -> None:
    world = await service.build()
    token = await _administrator(service, world)
    made = (await _register(service, token, TOME)).json()["id"]
    contact = await service.database.write(issue_token, world.email(TOME), assurance=2)
    assert (await _register(service, contact, TOME)).status_code == 403
    assert (await _register(service, token, TAMA)).status_code == 403, "another member's"
    one_factor = await _administrator(service, world, assurance=1)
    assert (await _register(service, one_factor, TOME)).json()["type"].endswith("step-up-needed")
    other = await _administrator(service, world, TAMA)
    path = f"/api/identity-providers/{made}"
    assert (await as_session(service, other, "PATCH", path, json={"is_enabled": False})).status_code == 404
    assert (await as_session(service, other, "DELETE", path)).status_code == 404
    seen = await as_session(service, other, "GET", f"/api/members/{TOME}/identity-providers")
    assert seen.json()["items"] == []


async def test_a_mail_domain_is_the_operators_to_give_and_leads_to_one_place(service: Service) -> None:
    world = await service.build()
    token = await _administrator(service, world)
    refused = await _register(service, token, TOME, domains=["city.tama.example"])
    assert refused.json()["type"].endswith("domains-are-operators")
    made = (await _register(service, token, TOME)).json()["id"]
    operator = await service.database.write(issue_operator_token)
    path = f"/api/identity-providers/{made}"
    given = await as_session(service, operator, "PATCH", path, json={"domains": ["city.tome.example"]})
    assert given.json()["domains"] == ["city.tome.example"]
    taken = await _register(service, operator, TAMA, domains=["city.tome.example"])
    assert taken.status_code == 409
    same = await as_session(service, token, "PATCH", path, json={"domains": ["city.tome.example"], "client_id": "b"})
    assert same.status_code == 200, "what stays as it is needs nobody"


async def test_an_issuer_inside_is_refused_with_what_to_do(service: Service) -> None:
    world = await service.build()
    token = await _administrator(service, world)
    for issuer in (
        "http://login.example.com",
        "https://192.168.1.1/idp",
        "https://x@login.example.com",
        "http://127.0.0.1:1",
    ):
        refused = await _register(service, token, TOME, issuer=issuer)
        assert refused.status_code == 422, issuer
        assert "YUIMARU_OIDC_HOSTS" in refused.json()["errors"][0]["detail"]
