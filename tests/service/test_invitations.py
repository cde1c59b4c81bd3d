"""An invitation lets one person in once, within three days, and only somebody who answers for them may send it."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from service.commands import run
from service.errors import RefusedError
from service.house import House
from tests.api_client import BASE, Service
from tests.service.signing_in import (
    GOOD,
    OTHER,
    as_session,
    code_now,
    invited,
    last_link,
    me,
    sign_in,
    with_password,
    with_totp,
)
from tests.world import FUJISAWA, TAMA, TOME


async def test_it_sets_a_password_once(service: Service) -> None:
    world = await service.build()
    token = await invited(service, world)
    body = {"token": token, "password": GOOD}
    first = await service.http.post("/api/invitations", json=body)
    assert (first.status_code, first.json()["assurance"]) == (201, 1)
    assert first.json()["person"] == world.people[TOME, "disaster"]
    assert (await service.http.post("/api/invitations", json=body)).status_code == 410
    assert (await sign_in(service, world.email(TOME))).status_code == 201


async def test_the_operators_command_invites_the_first_one(service: Service) -> None:
    world = await service.build()
    state = service.app.state
    house = House(service.database, state.gateways, state.wordings, state.mode)
    wanted = {"email": world.email(TOME), "base_url": BASE}
    assert "72時間" in await run(house, "invite", wanted)
    await service.deliver()
    token = await last_link(service, world.email(TOME, "ict"), TOME)
    assert (await service.http.post("/api/invitations", json={"token": token, "password": GOOD})).status_code == 201
    with pytest.raises(RefusedError, match="登録されていません"):
        await run(house, "invite", {**wanted, "email": "nobody@demo.example"})


async def test_it_ends_after_three_days(service: Service) -> None:
    world = await service.build()
    token = await invited(service, world)
    service.clock.advance(timedelta(hours=72))
    answer = await service.http.post("/api/invitations", json={"token": token, "password": GOOD})
    assert answer.status_code == 410


async def test_a_newer_one_replaces_it(service: Service) -> None:
    world = await service.build()
    old = await invited(service, world)
    new = await invited(service, world)
    assert old != new
    assert (await service.http.post("/api/invitations", json={"token": old, "password": GOOD})).status_code == 410
    assert (await service.http.post("/api/invitations", json={"token": new, "password": GOOD})).status_code == 201


async def test_its_token_is_nowhere_to_be_read(service: Service) -> None:
    world = await service.build()
    token = await invited(service, world)

    def everything(session: Session) -> str:
        tables = ("invitations", "questions", "alerts", "deliveries", "audit", "kept_answers")
        return str([session.execute(text(f"SELECT * FROM {each}")).all() for each in tables])

    assert token not in await service.database.read(everything)


async def test_only_who_answers_for_the_member_invites(service: Service) -> None:
    world = await service.build()
    path = f"/api/people/{world.people[TOME, 'disaster']}/invitation"
    own = await service.call("POST", path, by=world.email(TOME), json={})
    assert own.status_code == 403, "not oneself"
    assert own.json()["type"].endswith("ask-another")
    for code in (TAMA, FUJISAWA):
        other = await service.call("POST", path, by=world.email(code), json={})
        assert other.status_code == 403, code
    assert (await service.http.post(path, json={})).status_code == 401


async def test_somebody_without_mail_is_not_invited(service: Service) -> None:
    world = await service.build()
    by = world.email(TOME)
    made = await service.call("POST", "/api/people", by=by, json={"name": "紙 だけ"})
    answer = await service.call("POST", f"/api/people/{made.json()['id']}/invitation", by=by, json={})
    assert answer.status_code == 409


async def test_a_lost_password_ends_what_was_signed_in_but_keeps_the_app(service: Service) -> None:
    world = await service.build()
    secret, session = await with_totp(service, (await with_password(service, world))["token"])
    token = await invited(service, world)
    again = await service.http.post("/api/invitations", json={"token": token, "password": OTHER})
    assert again.status_code == 201
    assert await me(service, session) == 401
    refused = await as_session(service, again.json()["token"], "POST", "/api/me/codes")
    assert refused.status_code == 403, "a mail alone does not get past the app"
    service.clock.advance(timedelta(seconds=60))
    both = await sign_in(service, world.email(TOME), OTHER, code=code_now(service, secret))
    assert both.json()["assurance"] == 2


async def test_a_lost_phone_is_given_up_when_the_second_contact_says_so(service: Service) -> None:
    world = await service.build()
    secret, _ = await with_totp(service, (await with_password(service, world))["token"])
    token = await invited(service, world, resets_factors=True)
    again = await service.http.post("/api/invitations", json={"token": token, "password": OTHER})
    service.clock.advance(timedelta(seconds=60))
    lost = await sign_in(service, world.email(TOME), OTHER, code=code_now(service, secret))
    assert lost.status_code == 401
    assert (await as_session(service, again.json()["token"], "POST", "/api/me/totp")).status_code == 201
