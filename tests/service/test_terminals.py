"""A shared terminal: one person at a time, each back by a short number on the day of their full sign-in."""

from datetime import timedelta
from typing import Any

import pytest

from tests.api_client import Service
from tests.service.signing_in import GOOD, OTHER, as_session, me, sign_in, with_password
from tests.world import TOME, World

PIN = "274918"


async def shared(service: Service) -> tuple[World, str, dict[str, Any]]:
    """Two people of 登米市 have signed in at one terminal today; the second has it now."""
    world = await service.build()
    for function in ("disaster", "ict"):
        await with_password(service, world, function)
    first = (await sign_in(service, world.email(TOME), shared=True)).json()
    terminal = first["terminal"]
    pin = await as_session(service, first["token"], "PUT", "/api/terminal/pin", json={"pin": PIN})
    assert pin.status_code == 204, pin.text
    second = (await sign_in(service, world.email(TOME, "ict"), terminal=terminal)).json()
    assert second["terminal"] is None
    assert await me(service, first["token"]) == 401, "one person at a time"
    return world, terminal, second


async def switch(service: Service, terminal: str, person: str, pin: str = PIN) -> Any:
    return await service.http.post("/api/terminal/switch", json={"terminal": terminal, "person": person, "pin": pin})


@pytest.mark.asvs("7.2.4", "7.4.1")
async def test_the_former_persons_session_ends_with_the_switch(service: Service) -> None:
    world, terminal, second = await shared(service)
    person = world.people[TOME, "disaster"]
    taken = await switch(service, terminal, person)
    assert taken.status_code == 201, taken.text
    token = taken.json()["token"]
    assert await me(service, second["token"]) == 401
    about = (await as_session(service, token, "GET", "/api/me")).json()
    assert (about["person"], about["assurance"], about["is_pin"]) == (person, 1, True)
    again = await switch(service, terminal, person)
    assert await me(service, token) == 401, "a new token at every switch"
    assert again.json()["token"] != token


async def test_the_list_says_who_may_take_over(service: Service) -> None:
    world, terminal, _ = await shared(service)
    answer = await service.http.get("/api/terminal/people", headers={"Yuimaru-Terminal": terminal})
    assert {each["person"]: each["has_pin"] for each in answer.json()["items"]} == {
        world.people[TOME, "disaster"]: True,
        world.people[TOME, "ict"]: False,
    }
    for token in ("", "nothing", "x" * 65):
        other = await service.http.get("/api/terminal/people", headers={"Yuimaru-Terminal": token})
        assert other.status_code == 404


async def test_five_wrong_numbers_ask_for_a_full_sign_in(service: Service) -> None:
    world, terminal, _ = await shared(service)
    person = world.people[TOME, "disaster"]
    assert [(await switch(service, terminal, person, "111222")).status_code for _ in range(5)] == [401] * 5
    assert (await switch(service, terminal, person)).status_code == 401
    full = await sign_in(service, world.email(TOME), terminal=terminal)
    assert full.status_code == 201
    assert (await switch(service, terminal, person)).status_code == 401, "the number is gone"


async def test_the_number_counts_on_that_day_in_japan_alone(service: Service) -> None:
    world, terminal, _ = await shared(service)
    person = world.people[TOME, "disaster"]
    service.clock.advance(timedelta(hours=11, minutes=59))
    assert (await switch(service, terminal, person)).status_code == 201, "23:59 in Japan"
    service.clock.advance(timedelta(minutes=1))
    assert (await switch(service, terminal, person)).status_code == 401, "midnight"
    await sign_in(service, world.email(TOME), terminal=terminal)
    assert (await switch(service, terminal, person)).status_code == 401, "yesterday's number"


async def test_a_number_opens_one_terminal_and_nothing_of_ones_sign_in(service: Service) -> None:
    world, terminal, _ = await shared(service)
    person = world.people[TOME, "disaster"]
    other = (await sign_in(service, world.email(TOME), shared=True)).json()["terminal"]
    assert (await switch(service, other, person)).status_code == 401
    token = (await switch(service, terminal, person)).json()["token"]
    change = {"password": "anything at all that is long", "current": GOOD}
    assert (await as_session(service, token, "PUT", "/api/me/password", json=change)).status_code == 403
    assert (await as_session(service, token, "POST", "/api/me/codes")).status_code == 403
    assert (await as_session(service, token, "POST", "/api/me/totp")).status_code == 403
    assert (await as_session(service, token, "PUT", "/api/terminal/pin", json={"pin": "835172"})).status_code == 403


@pytest.mark.asvs("7.1.1", "7.3.1", "7.3.2")
async def test_a_shared_terminal_is_locked_after_five_minutes(service: Service) -> None:
    world, terminal, second = await shared(service)
    service.clock.advance(timedelta(minutes=4))
    assert await me(service, second["token"]) == 200
    service.clock.advance(timedelta(minutes=5))
    assert await me(service, second["token"]) == 401
    assert (await switch(service, terminal, world.people[TOME, "disaster"])).status_code == 201


async def test_easy_numbers_are_refused(service: Service) -> None:
    _, _, second = await shared(service)
    for pin in ("000000", "123456", "987654", "121212"):
        answer = await as_session(service, second["token"], "PUT", "/api/terminal/pin", json={"pin": pin})
        assert answer.status_code == 422, pin


async def test_a_browser_of_ones_own_has_no_number(service: Service) -> None:
    world = await service.build()
    token = (await with_password(service, world))["token"]
    assert (await as_session(service, token, "PUT", "/api/terminal/pin", json={"pin": PIN})).status_code == 409


async def test_the_token_of_a_browser_that_is_unknown_makes_no_shared_terminal(service: Service) -> None:
    """Nobody can fix a terminal's token in advance: a fresh one is given, or none."""
    world = await service.build()
    await with_password(service, world)
    chosen = "chosen-by-somebody-else"
    plain = (await sign_in(service, world.email(TOME), terminal=chosen)).json()
    assert plain["terminal"] is None
    made = (await sign_in(service, world.email(TOME), terminal=chosen, shared=True)).json()
    assert made["terminal"] not in {None, chosen}


async def test_a_pin_ends_with_the_sessions_and_with_the_password(service: Service) -> None:
    world = await service.build()
    await with_password(service, world)
    shared = (await sign_in(service, world.email(TOME), shared=True)).json()
    switch = {"terminal": shared["terminal"], "person": world.people[TOME, "disaster"], "pin": "274918"}
    pin = {"pin": "274918"}
    assert (await as_session(service, shared["token"], "PUT", "/api/terminal/pin", json=pin)).status_code == 204
    assert (await as_session(service, shared["token"], "DELETE", "/api/me/sessions")).status_code == 204
    assert (await service.http.post("/api/terminal/switch", json=switch)).status_code == 401
    assert (await as_session(service, shared["token"], "PUT", "/api/terminal/pin", json=pin)).status_code == 204
    change = {"password": OTHER, "current": GOOD}
    assert (await as_session(service, shared["token"], "PUT", "/api/me/password", json=change)).status_code == 204
    assert (await service.http.post("/api/terminal/switch", json=switch)).status_code == 401
