"""Signing in by password, app and printed code: what is let in, what is refused, and what nobody can learn."""

import asyncio
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from foundation.audit import Audit
from service.identity.actions import issue_token
from service.identity.limits.delays import FAMILIAR
from service.identity.models import Password, PrintedCode
from tests.api_client import Service
from tests.service.signing_in import (
    GOOD,
    OTHER,
    as_session,
    code_now,
    invited,
    me,
    sign_in,
    with_password,
    with_totp,
)
from tests.world import TOME


async def test_one_factor_and_two(service: Service) -> None:
    world = await service.build()
    session = (await with_password(service, world))["token"]
    secret, renewed = await with_totp(service, session)
    assert await me(service, session) == 401, "the token of one factor is dead"
    assert (await as_session(service, renewed, "GET", "/api/me")).json()["assurance"] == 2
    email = world.email(TOME)
    assert (await sign_in(service, email)).json()["assurance"] == 1
    service.clock.advance(timedelta(seconds=30))
    both = await sign_in(service, email, code=code_now(service, secret))
    assert both.json()["assurance"] == 2


@pytest.mark.asvs("6.5.1", "6.5.2", "6.5.5")
async def test_a_code_of_the_app_counts_once_and_one_step_either_side(service: Service) -> None:
    world = await service.build()
    secret, _ = await with_totp(service, (await with_password(service, world))["token"])
    email = world.email(TOME)
    replayed = await sign_in(service, email, code=code_now(service, secret))
    assert replayed.status_code == 401, "the code that confirmed the app"
    assert (await sign_in(service, email, code=code_now(service, secret, 1))).status_code == 201
    assert (await sign_in(service, email, code=code_now(service, secret))).status_code == 401, "an older one"
    service.clock.advance(timedelta(seconds=90))
    assert (await sign_in(service, email, code=code_now(service, secret, 2))).status_code == 401
    assert (await sign_in(service, email, code=code_now(service, secret, -2))).status_code == 401
    typed = code_now(service, secret, -1).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert (await sign_in(service, email, code=typed)).status_code == 201


async def test_the_apps_secret_is_sealed(service: Service) -> None:
    world = await service.build()
    secret, _ = await with_totp(service, (await with_password(service, world))["token"])
    kept = await service.database.read(lambda session: session.execute(text("SELECT * FROM totp_secrets")).all())
    assert secret not in str(kept)
    assert secret.encode() not in b"".join(bytes(each) for row in kept for each in row if isinstance(each, bytes))


@pytest.mark.asvs("6.5.1", "6.5.2", "6.5.5")
async def test_printed_codes_count_once_alone_or_with_a_password(service: Service) -> None:
    world = await service.build()
    session = (await with_password(service, world))["token"]
    made = await as_session(service, session, "POST", "/api/me/codes")
    codes = made.json()["codes"]
    assert len(set(codes)) == 10
    email = world.email(TOME)
    alone = await service.http.post("/api/sign-in/code", json={"email": email, "code": codes[0].lower()})
    assert (alone.status_code, alone.json()["assurance"]) == (201, 1)
    again = await service.http.post("/api/sign-in/code", json={"email": email, "code": codes[0]})
    assert again.status_code == 401
    body = {"email": email, "code": codes[1].replace("-", "ー"), "password": GOOD}
    both = await service.http.post("/api/sign-in/code", json=body)
    assert (both.status_code, both.json()["assurance"]) == (201, 2)
    factors = (await as_session(service, both.json()["token"], "GET", "/api/me/factors")).json()
    assert factors["codes_left"] == 8
    assert not await service.database.read(
        lambda session: [each for each in session.scalars(select(PrintedCode.digest)) if each in codes]
    )


async def test_a_new_set_voids_the_old_and_needs_two_factors(service: Service) -> None:
    world = await service.build()
    session = (await with_password(service, world))["token"]
    codes = (await as_session(service, session, "POST", "/api/me/codes")).json()["codes"]
    email = world.email(TOME)
    one = (await sign_in(service, email)).json()["token"]
    refused = await as_session(service, one, "POST", "/api/me/codes")
    assert refused.status_code == 403
    assert refused.json()["type"].endswith("step-up-needed")
    raised = await as_session(service, one, "POST", "/api/me/step-up", json={"code": codes[0]})
    assert (raised.status_code, raised.json()["assurance"]) == (201, 2)
    assert await me(service, one) == 401
    two = raised.json()["token"]
    assert (await as_session(service, two, "POST", "/api/me/codes")).status_code == 201
    old = await service.http.post("/api/sign-in/code", json={"email": email, "code": codes[1]})
    assert old.status_code == 401


async def test_a_wrong_password_does_not_use_a_code_up(service: Service) -> None:
    world = await service.build()
    session = (await with_password(service, world))["token"]
    codes = (await as_session(service, session, "POST", "/api/me/codes")).json()["codes"]
    email = world.email(TOME)
    assert (await sign_in(service, email, "wrong", code=codes[0])).status_code == 401
    assert (await sign_in(service, email, GOOD, code=codes[0])).status_code == 201


@pytest.mark.asvs("6.3.8")
async def test_all_refusals_are_the_same(service: Service) -> None:
    world = await service.build()
    await with_password(service, world)
    known, without, nobody = world.email(TOME), world.email(TOME, "ict"), "nobody@demo.example"
    answers = [
        await sign_in(service, known, "wrong"),
        await sign_in(service, without),
        await sign_in(service, nobody),
        await sign_in(service, known, code="123456"),
        await service.http.post("/api/sign-in/code", json={"email": known, "code": "AAAAA-AAAAA"}),
        await service.http.post("/api/sign-in/code", json={"email": nobody, "code": "AAAAA-AAAAA"}),
    ]
    assert {each.status_code for each in answers} == {401}
    assert len({each.content for each in answers}) == 1
    names = {name for name in answers[0].headers if name != "x-request-id"}
    assert all({name for name in each.headers if name != "x-request-id"} == names for each in answers)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("too short 1234", "too-short"),
        ("aaaaaaaaaaaaaaaa", "guessable"),
        ("123456789012345678", "guessable"),
        ("passwordpassword1", "guessable"),
        ("qwertyuiopasdfghjkl", "guessable"),
        ("yuimaru2026yuimaru", "guessable"),
        ("disaster1.042129@demo.example", "guessable"),
        ("登米市登米市登米市登米市登米市", "guessable"),
    ],
)
@pytest.mark.asvs("6.2.1", "6.2.4")
async def test_short_and_guessable_passwords_are_refused(service: Service, password: str, code: str) -> None:
    world = await service.build()
    token = await invited(service, world)
    answer = await service.http.post("/api/invitations", json={"token": token, "password": password})
    assert answer.status_code == 422
    assert [each["code"] for each in answer.json()["errors"]] == [code]
    good = await service.http.post("/api/invitations", json={"token": token, "password": GOOD})
    assert good.status_code == 201, "the invitation is not used up by a bad choice"


@pytest.mark.asvs("7.5.1", "7.5.2", "7.5.3")
async def test_changing_the_password_asks_for_the_present_one_and_ends_the_rest(service: Service) -> None:
    world = await service.build()
    session = (await with_password(service, world))["token"]
    email = world.email(TOME)
    other = (await sign_in(service, email)).json()["token"]
    path = "/api/me/password"
    assert (await as_session(service, session, "PUT", path, json={"password": OTHER})).status_code == 422
    wrong = {"password": OTHER, "current": "wrong"}
    assert (await as_session(service, session, "PUT", path, json=wrong)).status_code == 422
    right = {"password": OTHER, "current": GOOD}
    assert (await as_session(service, session, "PUT", path, json=right)).status_code == 204
    assert [await me(service, other), await me(service, session)] == [401, 200]
    assert (await sign_in(service, email, GOOD)).status_code == 401
    assert (await sign_in(service, email, OTHER)).status_code == 201


@pytest.mark.asvs("7.5.1", "7.5.2", "7.5.3")
async def test_the_second_factor_guards_the_others(service: Service) -> None:
    world = await service.build()
    secret, two = await with_totp(service, (await with_password(service, world))["token"])
    one = (await sign_in(service, world.email(TOME))).json()["token"]
    change = {"password": OTHER, "current": GOOD}
    assert (await as_session(service, one, "PUT", "/api/me/password", json=change)).status_code == 403
    assert (await as_session(service, one, "DELETE", "/api/me/totp")).status_code == 403
    assert (await as_session(service, one, "POST", "/api/me/codes")).status_code == 403
    exists = await as_session(service, two, "POST", "/api/me/totp")
    assert exists.status_code == 409
    assert (await as_session(service, two, "DELETE", "/api/me/totp")).status_code == 204
    service.clock.advance(timedelta(seconds=60))
    assert (await sign_in(service, world.email(TOME), code=code_now(service, secret))).status_code == 401


async def test_an_app_is_confirmed_by_digits_of_any_width(service: Service) -> None:
    world = await service.build()
    session = (await with_password(service, world))["token"]
    secret = (await as_session(service, session, "POST", "/api/me/totp")).json()["secret"]
    typed = code_now(service, secret).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    path = "/api/me/totp/confirmation"
    assert (await as_session(service, session, "POST", path, json={"code": typed})).status_code == 201


async def test_an_unconfirmed_app_counts_for_nothing(service: Service) -> None:
    world = await service.build()
    session = (await with_password(service, world))["token"]
    secret = (await as_session(service, session, "POST", "/api/me/totp")).json()["secret"]
    assert (await sign_in(service, world.email(TOME), code=code_now(service, secret))).status_code == 401
    bad = await as_session(service, session, "POST", "/api/me/totp/confirmation", json={"code": "000000"})
    assert bad.status_code == 422


async def test_what_changes_is_recorded_and_told(service: Service) -> None:
    world = await service.build()
    session = (await with_password(service, world))["token"]
    await with_totp(service, session)
    await service.deliver()
    acts = await service.database.read(
        lambda session: set(session.scalars(select(Audit.act).where(Audit.act.like("identity.%"))))
    )
    assert acts >= {
        "identity.invited",
        "identity.invitation_accepted",
        "identity.password_set",
        "identity.totp_added",
    }
    mails = (await service.call("GET", "/api/messages", by=world.email(TOME, "ict"))).json()["items"]
    assert any("認証アプリが登録されました" in each["text"] for each in mails)


async def test_a_password_changed_meanwhile_lets_nobody_in(service: Service) -> None:
    """The comparison runs between two transactions; what it compared with must still hold."""
    world = await service.build()
    await with_password(service, world)
    person = world.people[TOME, "disaster"]
    await service.database.write(
        lambda session: session.execute(
            update(Password)
            .where(Password.person_id == person)
            .values(hash="$argon2id$v=19$m=8,t=1,p=1$YWFhYWFhYWE$YQ")
        )
    )
    assert (await sign_in(service, world.email(TOME))).status_code == 401


async def test_two_codes_are_one_factor_and_six_digits_alone_none(service: Service) -> None:
    world = await service.build()
    session = (await with_password(service, world))["token"]
    service.clock.advance(timedelta(seconds=1))
    codes = (await as_session(service, session, "POST", "/api/me/codes")).json()["codes"]
    secret, _ = await with_totp(service, session)
    service.clock.advance(timedelta(seconds=60))
    email = world.email(TOME)
    app_alone = await service.http.post("/api/sign-in/code", json={"email": email, "code": code_now(service, secret)})
    assert app_alone.status_code == 401
    one = (await service.http.post("/api/sign-in/code", json={"email": email, "code": codes[0]})).json()
    again = await as_session(service, one["token"], "POST", "/api/me/step-up", json={"code": codes[1]})
    assert again.status_code == 422
    other = await as_session(
        service, one["token"], "POST", "/api/me/step-up", json={"code": code_now(service, secret)}
    )
    assert other.status_code == 422


async def test_the_last_printed_code_alone_registers_nothing(service: Service) -> None:
    world = await service.build()
    session = (await with_password(service, world))["token"]
    codes = (await as_session(service, session, "POST", "/api/me/codes")).json()["codes"]
    for code in codes:
        last = await service.http.post("/api/sign-in/code", json={"email": world.email(TOME), "code": code})
        assert last.status_code == 201
    for path in ("totp", "codes", "passkeys/options"):
        refused = await as_session(service, last.json()["token"], "POST", f"/api/me/{path}")
        assert refused.json()["type"].endswith("step-up-needed"), path


async def test_an_api_token_makes_no_factor(service: Service) -> None:
    world = await service.build()
    token = await service.token(world.email(TOME))
    strong = await service.database.write(issue_token, world.email(TOME), assurance=2)
    for path in ("totp", "codes", "passkeys/options"):
        for each in (token, strong):
            refused = await as_session(service, each, "POST", f"/api/me/{path}")
            assert refused.json()["type"].endswith("step-up-needed"), path
    refused = await as_session(service, strong, "PUT", "/api/me/password", json={"password": GOOD})
    assert refused.status_code == 403


async def test_a_new_password_ends_the_api_tokens(service: Service) -> None:
    world = await service.build()
    token = await service.token(world.email(TOME))
    first = await with_password(service, world)
    assert await me(service, token) == 401
    later = await service.database.write(issue_token, world.email(TOME))
    others = await service.token(world.email(TOME, "ict"))
    change = {"password": OTHER, "current": GOOD}
    assert (await as_session(service, first["token"], "PUT", "/api/me/password", json=change)).status_code == 204
    assert [await me(service, later), await me(service, others)] == [401, 200]


async def test_a_code_made_in_a_session_does_not_raise_it(service: Service) -> None:
    world = await service.build()
    session = (await with_password(service, world))["token"]
    service.clock.advance(timedelta(seconds=1))
    codes = (await as_session(service, session, "POST", "/api/me/codes")).json()["codes"]
    raised = await as_session(service, session, "POST", "/api/me/step-up", json={"code": codes[0]})
    assert raised.status_code == 422
    later = (await sign_in(service, world.email(TOME))).json()["token"]
    raised = await as_session(service, later, "POST", "/api/me/step-up", json={"code": codes[0]})
    assert raised.status_code == 201


async def test_the_present_password_is_not_guessed_in_an_open_session(service: Service) -> None:
    world = await service.build()
    session = (await with_password(service, world))["token"]
    wrong = {"password": OTHER, "current": "wrong"}
    answers = [
        (await as_session(service, session, "PUT", "/api/me/password", json=wrong)).status_code for _ in range(15)
    ]
    assert answers == [422] * FAMILIAR.free + [429] * (15 - FAMILIAR.free)


async def test_nor_by_many_guesses_at_once(service: Service) -> None:
    world = await service.build()
    session = (await with_password(service, world))["token"]

    async def guess(current: str) -> int:
        body = {"password": OTHER, "current": current}
        return (await as_session(service, session, "PUT", "/api/me/password", json=body)).status_code

    seen = await asyncio.gather(*(guess(f"wrong {each}") for each in range(15)))
    assert sorted(seen) == [422] * FAMILIAR.free + [429] * (15 - FAMILIAR.free)
    assert await guess(GOOD) == 429
    service.clock.advance(timedelta(seconds=10))
    assert await guess(GOOD) == 204


@pytest.mark.asvs("11.4.2")
async def test_a_password_is_kept_as_an_argon2id_hash_of_the_least_cost(service: Service) -> None:
    world = await service.build()
    await with_password(service, world)
    kept = (await service.database.read(lambda session: session.scalars(select(Password.hash)).all()))[0]
    found = re.fullmatch(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=\d+\$.+", kept)
    assert found, kept
    assert (int(found[1]) >= 19_456, int(found[2]) >= 2) == (True, True)
