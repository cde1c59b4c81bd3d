"""An invitation lets one person in once, within three days, and only somebody who answers for them may send it."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from agreements.models import GroupMember, Member
from service.commands import run
from service.errors import RefusedError
from service.house import House
from service.identity.actions import issue_operator_token, issue_token
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


@pytest.mark.asvs("6.4.1")
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


@pytest.mark.asvs("6.4.1")
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


@pytest.mark.parametrize("has_signed", [False, True])
async def test_who_brought_a_member_in_lets_nobody_in_once_it_stands_by_itself(
    service: Service, *, has_signed: bool
) -> None:
    world = await service.build()

    def bring_in(session: Session) -> None:
        session.get_one(Member, world.members[TOME]).introduced_by = world.members[FUJISAWA]
        part = select(GroupMember).where(GroupMember.member_id == world.members[TOME])
        session.scalars(part).one().signed_by = world.members[TOME if has_signed else FUJISAWA]

    await service.database.write(bring_in)
    path = f"/api/people/{world.people[TOME, 'disaster']}/invitation"
    first = await service.call("POST", path, by=world.email(FUJISAWA), json={})
    assert first.status_code == (403 if has_signed else 201)
    await with_password(service, world, "ict")
    assert (await service.call("POST", path, by=world.email(FUJISAWA), json={})).status_code == 403


async def test_who_holds_a_role_is_let_in_and_given_another_address_by_an_administrator(service: Service) -> None:
    world = await service.build()
    holder = world.people[TOME, "disaster"]
    operator = {"Authorization": f"Bearer {await service.database.write(issue_operator_token)}"}
    roles = {"roles": ["administrator"]}
    given = await service.http.request("PUT", f"/api/people/{holder}/roles", json=roles, headers=operator)
    assert given.status_code == 200, given.text
    by = world.email(TOME, "ict")
    invitation = await service.call("POST", f"/api/people/{holder}/invitation", by=by, json={"resets_factors": True})
    assert invitation.json()["type"].endswith("ask-administrator")
    mail = {"email": "ict@elsewhere.example"}
    changed = await service.call("PATCH", f"/api/people/{holder}", by=by, json=mail)
    assert changed.json()["type"].endswith("role-holder")
    further = {"kind": "email", "address": "ict@elsewhere.example"}
    assert (await service.call("POST", f"/api/people/{holder}/channels", by=by, json=further)).status_code == 403
    assert (await service.call("PATCH", f"/api/people/{holder}", by=by, json={"kana": "カナ"})).status_code == 200


async def test_a_changed_address_is_told_to_the_former_one(service: Service) -> None:
    world = await service.build()
    by = world.email(TOME, "ict")
    mail = {"email": "new@tome.example"}
    path = f"/api/people/{world.people[TOME, 'disaster']}"
    strong = await service.database.write(issue_token, by, assurance=2)
    changed = await as_session(service, strong, "PATCH", path, json=mail)
    assert changed.status_code == 200, changed.text
    await service.deliver()
    sent = (await service.call("GET", "/api/messages", by=by)).json()["items"]
    assert [each["to"] for each in sent if "変更されます" in each["text"]] == [world.email(TOME)]


async def test_a_link_sent_to_the_former_address_lets_nobody_in(service: Service) -> None:
    world = await service.build()
    token = await invited(service, world)
    by = await service.database.write(issue_token, world.email(TOME, "ict"), assurance=2)
    path = f"/api/people/{world.people[TOME, 'disaster']}"
    assert (await as_session(service, by, "PATCH", path, json={"email": "new@tome.example"})).status_code == 200
    gone = await service.http.post("/api/invitations", json={"token": token, "password": GOOD})
    assert gone.status_code in {404, 409, 410}, gone.text


async def test_nobody_is_taken_over_with_one_factor(service: Service) -> None:
    world = await service.build()
    by, other = world.email(TOME, "ict"), world.people[TOME, "disaster"]
    mail, further = {"email": "new@tome.example"}, {"kind": "email", "address": "new@tome.example"}
    answers = [
        await service.call("PATCH", f"/api/people/{other}", by=by, json=mail),
        await service.call("POST", f"/api/people/{other}/channels", by=by, json=further),
        await service.call("POST", f"/api/people/{other}/invitation", by=by, json={"resets_factors": True}),
    ]
    for each in answers:
        assert (each.status_code, each.json()["type"]) == (403, "urn:yuimaru:problem:step-up-needed")
    own = await service.call("PATCH", f"/api/people/{other}", by=world.email(TOME), json=mail)
    assert own.status_code == 200
    plain = await service.call("POST", f"/api/people/{other}/invitation", by=by, json={})
    assert plain.status_code == 201


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


@pytest.mark.asvs("6.4.4")
async def test_a_lost_phone_is_given_up_when_the_second_contact_says_so(service: Service) -> None:
    world = await service.build()
    secret, _ = await with_totp(service, (await with_password(service, world))["token"])
    token = await invited(service, world, resets_factors=True)
    again = await service.http.post("/api/invitations", json={"token": token, "password": OTHER})
    await service.deliver()
    mails = (await service.call("GET", "/api/messages", by=world.email(TOME, "ict"))).json()["items"]
    assert [each["to"] for each in mails if "すべて取り消されました" in each["text"]] == [world.email(TOME)]
    service.clock.advance(timedelta(seconds=60))
    lost = await sign_in(service, world.email(TOME), OTHER, code=code_now(service, secret))
    assert lost.status_code == 401
    assert (await as_session(service, again.json()["token"], "POST", "/api/me/totp")).status_code == 201
