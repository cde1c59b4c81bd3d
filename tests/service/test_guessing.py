"""Guesses are slowed down for whoever guesses, never for who comes from where they have been before."""

import asyncio
from collections import Counter
from dataclasses import astuple
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import func, select
from starlette.requests import Request

from foundation.peers import address_of, neighbourhood
from service.identity.limits import actions
from service.identity.limits.delays import ACCOUNT, EVERYBODY, FAMILIAR, PLACE, Rule, delay
from service.identity.models import FailureCount
from service.identity.sign_in import api
from tests.api_client import Service
from tests.service.signing_in import GOOD, at, sign_in, with_password
from tests.world import TOME


async def guess(client: httpx.AsyncClient, email: str, password: str = "wrong") -> httpx.Response:
    return await client.post("/api/sign-in/password", json={"email": email, "password": password})


def test_waits_double_and_end_somewhere() -> None:
    waits = [delay(ACCOUNT, failures).total_seconds() for failures in (4, 5, 6, 7, 20, 10_000)]
    assert waits == [0, 10, 20, 40, 300, 300]
    assert PLACE.free > ACCOUNT.free
    assert EVERYBODY.free > PLACE.free


@pytest.mark.parametrize("guesses", [100, pytest.param(1000, marks=pytest.mark.deep)])
@pytest.mark.asvs("2.4.1", "6.3.1")
async def test_guesses_on_one_account_are_stopped_and_its_owner_is_told_once(service: Service, guesses: int) -> None:
    world = await service.build()
    await with_password(service, world)
    email = world.email(TOME)
    seen: Counter[int] = Counter()
    async with at(service, "203.0.113.9") as stranger:
        for _ in range(20):
            answers = await asyncio.gather(*(guess(stranger, email) for _ in range(guesses // 20)))
            seen.update(each.status_code for each in answers)
            service.clock.advance(timedelta(minutes=1))
        last = await guess(stranger, email, GOOD)
    assert seen[401] < 20, "in twenty minutes"
    assert seen[401] + seen[429] == guesses
    assert last.status_code == 429, "even the right one, from there"
    assert int(last.headers["retry-after"]) > 60
    assert (await sign_in(service, email)).status_code == 201, "the owner, from where they have been before"
    await service.deliver()
    mails = (await service.call("GET", "/api/messages", by=world.email(TOME, "ict"))).json()["items"]
    assert sum("誤ったサインインが続いています" in each["text"] for each in mails) == 1


@pytest.mark.parametrize(
    ("accounts", "is_spread"),
    [
        (100, False),
        pytest.param(1000, False, marks=pytest.mark.deep),
        pytest.param(1300, True, marks=pytest.mark.deep),
    ],
)
@pytest.mark.asvs("6.3.1")
async def test_one_guess_on_each_of_many_accounts_is_stopped(
    service: Service, accounts: int, *, is_spread: bool
) -> None:
    await service.build()
    seen: Counter[int] = Counter()

    async def try_one(number: int) -> None:
        address = f"203.0.{number // 250}.{number % 250}" if is_spread else "203.0.113.9"
        async with at(service, address) as stranger:
            seen[(await guess(stranger, f"nobody{number}@demo.example")).status_code] += 1

    for first in range(0, accounts, 100):
        await asyncio.gather(*(try_one(first + more) for more in range(100)))
    assert seen[401] <= (EVERYBODY.free if is_spread else PLACE.free)
    assert seen[401] + seen[429] == accounts


async def test_where_one_has_been_before_guesses_are_slow_as_well(service: Service) -> None:
    world = await service.build()
    await with_password(service, world)
    email = world.email(TOME)
    assert (await sign_in(service, email)).status_code == 201
    seen = Counter([(await sign_in(service, email, "wrong")).status_code for _ in range(30)])
    assert seen == {401: FAMILIAR.free, 429: 30 - FAMILIAR.free}
    service.clock.advance(timedelta(minutes=1))
    assert (await sign_in(service, email)).status_code == 201
    assert (
        await service.database.read(
            lambda session: session.scalar(select(func.coalesce(func.sum(FailureCount.count), 0)))
        )
        == 0
    )


async def test_whether_somebody_has_been_here_is_not_told_by_waiting(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who guesses from the owner's own place waits as long as for an address that nobody has."""
    monkeypatch.setattr(api, "PACE", 0.001)
    world = await service.build()
    await with_password(service, world)
    assert (await sign_in(service, world.email(TOME))).status_code == 201
    told = {email: await waits(service, email) for email in (world.email(TOME), "nobody@demo.example")}
    assert told[world.email(TOME)] == told["nobody@demo.example"]
    assert max(told["nobody@demo.example"]) == 300


async def waits(service: Service, email: str) -> list[int]:
    """Guess as soon as one is let, an hour and a day later too, and return what was told to wait."""
    seen = []
    for pause in (*[0] * 9, 3_600, 0, 86_400, 0):
        service.clock.advance(timedelta(seconds=pause))
        assert (await sign_in(service, email, "wrong")).status_code == 401
        refused = await sign_in(service, email, "wrong")
        seen.append(int(refused.headers.get("retry-after", 0)))
        service.clock.advance(timedelta(seconds=seen[-1]))
    return seen


async def test_a_shared_terminal_is_a_place_one_has_been(service: Service) -> None:
    world = await service.build()
    await with_password(service, world)
    email = world.email(TOME)
    terminal = (await sign_in(service, email, shared=True)).json()["terminal"]
    async with at(service, "198.51.100.7") as elsewhere:
        for _ in range(8):
            await guess(elsewhere, email)
        assert (await guess(elsewhere, email, GOOD)).status_code == 429
        body = {"email": email, "password": GOOD, "terminal": terminal}
        assert (await elsewhere.post("/api/sign-in/password", json=body)).status_code == 201


@pytest.mark.asvs("2.4.1")
async def test_typos_of_honest_people_add_up_to_nothing(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "EVERYBODY", Rule(10, *astuple(EVERYBODY)[1:]))
    world = await service.build()
    await with_password(service, world)
    for town in range(25):
        async with at(service, f"203.0.113.{town}") as client:
            assert (await guess(client, f"p{town}@demo.example")).status_code == 401
        async with at(service, "203.0.113.99") as crowded:
            assert (await guess(crowded, f"q{town}@demo.example")).status_code == 401
        service.clock.advance(timedelta(minutes=3, seconds=5))
    async with at(service, "203.0.113.99") as crowded:
        assert (await guess(crowded, world.email(TOME), GOOD)).status_code == 201


def test_a_count_leaks_also_where_something_is_added_every_second() -> None:
    begun = datetime(2026, 11, 1, tzinfo=UTC)
    row = FailureCount(key="k", count=500, last_at=begun, blocked_until=begun, told_at=None)
    for second in range(1, 61):
        actions._leak(row, EVERYBODY, begun + timedelta(seconds=second, microseconds=500))
    assert row.count == 500 - 100
    actions._leak(row, EVERYBODY, begun + timedelta(hours=1))
    assert row.count == 0


async def test_failures_are_forgotten_in_time(service: Service) -> None:
    world = await service.build()
    await with_password(service, world)
    email = world.email(TOME)
    async with at(service, "203.0.113.9") as stranger:
        for _ in range(6):
            await guess(stranger, email)
        assert (await guess(stranger, email)).status_code == 429
        service.clock.advance(timedelta(days=1, minutes=1))
        assert (await guess(stranger, email)).status_code == 401
        assert (await guess(stranger, email, GOOD)).status_code == 201


@pytest.mark.parametrize(
    ("peer", "trusted", "header", "found"),
    [
        ("203.0.113.9", "", "198.51.100.1", "203.0.113.9"),
        ("203.0.113.9", "10.0.0.1", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.1", "", "10.0.0.1"),
    ],
)
@pytest.mark.asvs("4.1.3")
def test_only_the_trusted_proxy_is_believed(peer: str, trusted: str, header: str, found: str) -> None:
    headers = [(b"x-forwarded-for", header.encode())] if header else []
    request = Request({"type": "http", "client": (peer, 1), "headers": headers})
    assert address_of(request, trusted) == found


@pytest.mark.asvs("4.1.3")
def test_of_several_lines_the_proxys_own_is_believed() -> None:
    headers = [(b"x-forwarded-for", b"1.2.3.4"), (b"x-forwarded-for", b"198.51.100.1")]
    request = Request({"type": "http", "client": ("10.0.0.1", 1), "headers": headers})
    assert address_of(request, "10.0.0.1") == "198.51.100.1"


def test_a_subscribers_network_is_one_place() -> None:
    assert neighbourhood("2001:db8::1") == neighbourhood("2001:db8::ffff:1")
    assert neighbourhood("2001:db8:0:1::1") != neighbourhood("2001:db8::1")
    assert neighbourhood("::ffff:203.0.113.9") == "203.0.113.9"


async def test_wrong_and_right_ones_at_once_are_all_answered(service: Service) -> None:
    world = await service.build()
    await with_password(service, world)
    email = world.email(TOME)
    seen: set[int] = set()
    for town in range(4):
        async with at(service, f"203.0.113.{town}") as client:
            await guess(client, email)
            answers = await asyncio.gather(*(guess(client, email, each) for each in (GOOD, "w1", GOOD, "w2")))
            seen |= {each.status_code for each in answers}
        service.clock.advance(timedelta(days=1, minutes=1))
    assert seen == {201, 401}
