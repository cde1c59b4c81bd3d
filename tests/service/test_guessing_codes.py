"""Six digits are few: wrong ones count per person, whatever else was right and wherever they come from."""

from collections import Counter
from datetime import timedelta

import pytest

from service.identity.limits.delays import ACCOUNT, CODE, FAMILIAR, PLACE
from service.identity.sign_in import api
from tests.api_client import Service
from tests.service.signing_in import GOOD, as_session, at, code_now, sign_in, with_password, with_totp
from tests.world import TOME

TOLD = "誤った確認コードの入力が続いています"


@pytest.fixture(autouse=True)
def _no_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(_started: float) -> None: ...

    monkeypatch.setattr(api, "_beat", at_once)


async def told(service: Service, by: str, words: str) -> int:
    await service.deliver()
    mails = (await service.call("GET", "/api/messages", by=by)).json()["items"]
    return sum(words in each["text"] for each in mails)


async def test_a_right_password_does_not_forget_wrong_codes(service: Service) -> None:
    world = await service.build()
    secret, _ = await with_totp(service, (await with_password(service, world))["token"])
    email = world.email(TOME)
    seen: Counter[int] = Counter()
    async with at(service, "203.0.113.9") as thief:
        body = {"email": email, "password": GOOD}
        for guess in range(12):
            assert (await thief.post("/api/sign-in/password", json=body)).status_code in {201, 429}
            for digit in range(3):
                shown = body | {"code": f"{guess * 3 + digit:06d}"}
                seen[(await thief.post("/api/sign-in/password", json=shown)).status_code] += 1
            service.clock.advance(timedelta(minutes=1))
    assert seen[401] <= CODE.free + 7, "in twelve minutes"
    assert seen[401] + seen[429] == 36
    service.clock.advance(timedelta(minutes=5))
    assert (await sign_in(service, email, code=code_now(service, secret))).status_code == 201
    assert await told(service, world.email(TOME, "ict"), TOLD) == 1


async def test_a_step_up_is_guessed_no_more_often_from_many_addresses(service: Service) -> None:
    world = await service.build()
    secret, _ = await with_totp(service, (await with_password(service, world))["token"])
    token = (await sign_in(service, world.email(TOME))).json()["token"]
    seen: Counter[int] = Counter()
    for net in range(30):
        async with at(service, f"2001:db8:0:{net:x}::1") as thief:
            headers = {"Authorization": f"Bearer {token}"}
            answer = await thief.post("/api/me/step-up", json={"code": f"{net:06d}"}, headers=headers)
            seen[answer.status_code] += 1
            if net >= CODE.free:
                service.clock.advance(timedelta(seconds=40))
    assert seen[422] < 15
    assert seen[422] + seen[429] == 30
    service.clock.advance(timedelta(minutes=5))
    assert (await as_session(service, token, "POST", "/api/me/step-up", json={"code": "000000"})).status_code == 422
    slowed = await sign_in(service, world.email(TOME), code=code_now(service, secret))
    assert slowed.status_code == 429, "the codes of signing in are the same"
    assert await told(service, world.email(TOME, "ict"), TOLD) == 1


async def test_a_terminals_token_is_guessed_with_no_more_often_from_many_addresses(service: Service) -> None:
    world = await service.build()
    await with_password(service, world)
    email = world.email(TOME)
    terminal = (await sign_in(service, email, shared=True)).json()["terminal"]
    seen: Counter[int] = Counter()
    for net in range(15):
        async with at(service, f"203.0.113.{net}") as thief:
            body = {"email": email, "password": f"wrong {net}", "terminal": terminal}
            seen[(await thief.post("/api/sign-in/password", json=body)).status_code] += 1
    assert seen == {401: FAMILIAR.free, 429: 15 - FAMILIAR.free}


async def test_a_present_password_is_guessed_no_more_often_from_many_addresses(service: Service) -> None:
    world = await service.build()
    token = (await with_password(service, world))["token"]
    seen: Counter[int] = Counter()
    for net in range(30):
        async with at(service, f"203.0.113.{net}") as thief:
            body = {"current": f"wrong {net}", "password": "orbital teapot marches quietly 9"}
            headers = {"Authorization": f"Bearer {token}"}
            seen[(await thief.put("/api/me/password", json=body, headers=headers)).status_code] += 1
            if net >= FAMILIAR.free:
                service.clock.advance(timedelta(seconds=40))
    assert seen[422] < 25
    assert seen[422] + seen[429] == 30
    assert await told(service, world.email(TOME, "ict"), "誤ったサインインが続いています") == 1
    assert (await as_session(service, token, "GET", "/api/me")).status_code == 200


async def test_who_has_nothing_but_paper_is_not_kept_out_by_guesses_on_the_account(service: Service) -> None:
    world = await service.build()
    token = (await with_password(service, world))["token"]
    codes = (await as_session(service, token, "POST", "/api/me/codes")).json()["codes"]
    email = world.email(TOME)
    async with at(service, "203.0.113.9") as stranger, at(service, "192.0.2.77") as shelter:
        for _ in range(ACCOUNT.free + 1):
            last = await stranger.post("/api/sign-in/password", json={"email": email, "password": "wrong"})
        assert last.status_code == 429
        shown = {"email": email, "code": codes[0]}
        assert (await shelter.post("/api/sign-in/code", json=shown)).status_code == 201
        wrong = {"email": email, "code": "AAAAA-AAAAA"}
        seen = [(await stranger.post("/api/sign-in/code", json=wrong)).status_code for _ in range(PLACE.free)]
    assert seen == [401] * (PLACE.free - ACCOUNT.free) + [429] * ACCOUNT.free


async def test_only_who_knows_the_password_slows_the_codes(service: Service) -> None:
    world = await service.build()
    secret, _ = await with_totp(service, (await with_password(service, world))["token"])
    async with at(service, "203.0.113.9") as stranger:
        for _ in range(CODE.free + 1):
            body = {"email": world.email(TOME), "password": "wrong", "code": "123456"}
            await stranger.post("/api/sign-in/password", json=body)
    service.clock.advance(timedelta(seconds=60))
    assert (await sign_in(service, world.email(TOME), code=code_now(service, secret))).status_code == 201
