"""A session lasts as long as it is used and allowed, and ends the moment that anything says so."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from agreements.models import Member, Person
from foundation.audit import Audit
from service.identity.models import PersonSession
from tests.api_client import Service
from tests.service.signing_in import GOOD, as_session, me, sign_in, with_password, with_totp
from tests.world import TAMA, TOME, World


@pytest.mark.asvs("7.2.4", "7.4.1")
async def test_a_session_is_accepted_like_a_token_and_signing_out_ends_it(service: Service) -> None:
    world = await service.build()
    token = (await with_password(service, world))["token"]
    answer = await as_session(service, token, "GET", "/api/me")
    assert answer.json()["person"] == world.people[TOME, "disaster"]
    assert answer.json()["assurance"] == 1
    assert (await as_session(service, token, "DELETE", "/api/me/token")).status_code == 204
    assert await me(service, token) == 401


@pytest.mark.asvs("7.1.1", "7.3.1", "7.3.2")
async def test_it_ends_when_idle_and_after_a_shift(service: Service) -> None:
    world = await service.build()
    token = (await with_password(service, world))["token"]
    for _ in range(24):
        service.clock.advance(timedelta(minutes=29))
        assert await me(service, token) == 200
    service.clock.advance(timedelta(minutes=25))
    assert await me(service, token) == 401, "twelve hours, however busy"
    fresh = (await sign_in(service, world.email(TOME))).json()["token"]
    service.clock.advance(timedelta(minutes=30))
    assert await me(service, fresh) == 401, "idle"


async def test_seen_is_written_once_a_minute_at_most(service: Service) -> None:
    world = await service.build()
    token = (await with_password(service, world))["token"]
    begun = service.clock.now()
    service.clock.advance(timedelta(seconds=59))
    await me(service, token)
    assert await service.database.read(_seen) == begun
    service.clock.advance(timedelta(seconds=1))
    await me(service, token)
    assert await service.database.read(_seen) == service.clock.now()


def _seen(session: Session) -> datetime:
    return session.scalars(select(PersonSession.seen_at).where(PersonSession.ended_at.is_(None))).one()


@pytest.mark.asvs("7.4.2")
async def test_who_is_disabled_or_moved_is_out_at_the_very_next_call(service: Service) -> None:
    world = await service.build()
    moved = (await with_password(service, world))["token"]
    disabled = (await with_password(service, world, "ict"))["token"]
    api = world.email(TOME, "ict")
    assert [await me(service, moved), await me(service, disabled)] == [200, 200]
    assert (await service.call("GET", "/api/me", by=api)).status_code == 200

    def change(session: Session) -> None:
        session.get_one(Person, world.people[TOME, "ict"]).is_active = False
        person = session.get_one(Person, world.people[TOME, "disaster"])
        person.member = session.get_one(Member, world.members[TAMA])

    await service.database.write(change)
    assert [await me(service, moved), await me(service, disabled)] == [401, 401]
    assert (await service.call("GET", "/api/me", by=api)).status_code == 401
    assert (await sign_in(service, api)).status_code == 401


async def test_a_dismissed_contact_has_no_rights_at_the_very_next_call(service: Service) -> None:
    world = await service.build()
    token = (await with_password(service, world))["token"]
    path = f"/api/groups/{world.group}/members/{TOME}/contacts"
    contacts = (await as_session(service, token, "GET", path)).json()["items"]
    own = next(each["id"] for each in contacts if each["person"] == world.people[TOME, "disaster"])
    by = world.email(TOME, "ict")
    successor = {"person": world.people[TOME, "ict"], "function": "disaster", "order": 2}
    assert (await service.call("POST", path, by=by, json=successor)).status_code == 201
    assert (await service.call("DELETE", f"{path}/{own}", by=by)).status_code == 204
    assert (await as_session(service, token, "GET", "/api/requests")).status_code == 403


@pytest.mark.asvs("7.1.2")
async def test_from_the_third_at_a_time_on_each_new_one_is_told(service: Service) -> None:
    world = await service.build()
    first, email = (await with_password(service, world))["token"], world.email(TOME)
    (await sign_in(service, email)).json()
    assert await _told(service, world) == 0
    third = (await sign_in(service, email)).json()
    assert third["warnings"][0]["facts"] == {"others": 2}
    assert await _told(service, world) == 1
    listed = (await as_session(service, first, "GET", "/api/me/sessions")).json()
    assert [each["text"] for each in listed["warnings"]] == [third["warnings"][0]["text"]]
    assert (await as_session(service, first, "DELETE", "/api/me/sessions")).status_code == 204
    assert (await as_session(service, first, "GET", "/api/me/sessions")).json()["warnings"] == []
    assert (await sign_in(service, email)).json()["warnings"] == []
    await with_totp(service, first)
    assert await _told(service, world) == 1, "a session that goes on is no further one"


async def _told(service: Service, world: World) -> int:
    await service.deliver()
    mails = (await service.call("GET", "/api/messages", by=world.email(TOME, "ict"))).json()["items"]
    return sum("ほかに2か所以上でサインインしたまま" in each["text"] for each in mails)


@pytest.mark.asvs("7.5.1", "7.5.2", "7.5.3")
async def test_sessions_are_listed_and_ended_one_by_one_or_all_others(service: Service) -> None:
    world = await service.build()
    first = (await with_password(service, world))["token"]
    email = world.email(TOME)
    second = (await sign_in(service, email)).json()
    assert second["warnings"] == []
    third = (await sign_in(service, email)).json()
    assert [each["code"] for each in third["warnings"]] == ["sessions-in-parallel"]
    listed = (await as_session(service, first, "GET", "/api/me/sessions")).json()["items"]
    assert [each["method"] for each in listed] == ["password", "password", "invitation"]
    assert [each["is_this"] for each in listed] == [False, False, True]
    gone = await as_session(service, first, "DELETE", f"/api/me/sessions/{listed[0]['id']}")
    assert gone.status_code == 204
    assert await me(service, third["token"]) == 401
    again = await as_session(service, first, "DELETE", f"/api/me/sessions/{listed[0]['id']}")
    assert again.status_code == 404
    assert (await as_session(service, first, "DELETE", "/api/me/sessions")).status_code == 204
    assert [await me(service, second["token"]), await me(service, first)] == [401, 200]


async def test_nobody_ends_the_session_of_another(service: Service) -> None:
    world = await service.build()
    own = (await with_password(service, world))["token"]
    other = (await with_password(service, world, "ict"))["token"]
    listed = (await as_session(service, other, "GET", "/api/me/sessions")).json()["items"]
    answer = await as_session(service, own, "DELETE", f"/api/me/sessions/{listed[0]['id']}")
    assert answer.status_code == 404
    assert await me(service, other) == 200


@pytest.mark.asvs("16.3.1", "16.3.2", "16.3.3")
async def test_no_token_is_kept_and_every_sign_in_is_recorded(service: Service) -> None:
    world = await service.build()
    token = (await with_password(service, world))["token"]
    fresh = (await sign_in(service, world.email(TOME))).json()["token"]
    assert fresh != token
    kept = await service.database.read(lambda session: [*session.execute(text("SELECT * FROM sessions"))])
    assert token not in str(kept)
    acts = await service.database.read(
        lambda session: session.scalars(select(Audit.act).where(Audit.act.like("identity.signed%"))).all()
    )
    assert acts == ["identity.signed_in"] * 2


async def test_a_sign_in_is_not_answered_twice_from_a_key(service: Service) -> None:
    """What is shown once is not kept, not even sealed."""
    world = await service.build()
    await with_password(service, world)
    headers = {"Idempotency-Key": "one"}
    body = {"email": world.email(TOME), "password": GOOD}
    tokens = {
        (await service.http.post("/api/sign-in/password", json=body, headers=headers)).json()["token"]
        for _ in range(2)
    }
    assert len(tokens) == 2
    assert (
        await service.database.read(lambda session: session.execute(text("SELECT * FROM kept_answers")).all()) == []
    )
