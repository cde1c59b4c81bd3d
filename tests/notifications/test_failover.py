"""Dead, slow, lying and limited providers: what is due goes to another, or waits and is not lost."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from foundation.clock import ManualClock
from foundation.database import Database
from notifications import providers, receipts
from notifications.gateways.base import Capabilities, Outcome, Verdict
from notifications.gateways.calling import Fate, Report
from notifications.health import FULL, Breaker, Trial
from notifications.models import Attempt, Delivery
from notifications.schemas import GatewayView
from notifications.slots import FIRST
from tests.notifications.alerting import ACCEPTED, BUSY, Scripted, addressee, attempts, courier, raise_alert, states
from tests.notifications.conftest import OPERATOR, Room

LOST = Outcome(Verdict.TEMPORARY, code="connect")


async def raised(database: Database, count: int, **more: Any) -> None:
    await database.write(raise_alert, *(addressee(number) for number in range(count)), **more)


async def view(database: Database, *gateways: Scripted) -> Sequence[GatewayView]:
    return (await database.read(providers.views, gateways)).items


def tries(session: Session) -> Counter[tuple[int, str | None]]:
    return Counter(
        (row.tries, row.last_gateway) for row in session.execute(select(Delivery.tries, Delivery.last_gateway))
    )


def every_attempt(session: Session) -> list[tuple[str, str]]:
    return [(row.id, row.gateway) for row in session.execute(select(Attempt.id, Attempt.gateway))]


async def test_while_the_breaker_is_open_deliveries_wait_unattempted_and_one_probes(
    database: Database, clock: ManualClock
) -> None:
    await raised(database, 40)
    phone = Scripted(window=8, answer=lambda _: LOST)
    worker = courier(database, phone)
    await worker.drain()
    assert len(phone.messages) == 8, "two times four, then the breaker opens"
    assert await database.read(tries) == {(1, "scripted"): 8, (0, None): 32}
    clock.advance(timedelta(seconds=9))
    assert await worker.drain() == 0
    for probes in range(1, 4):
        clock.advance(timedelta(seconds=10))
        await worker.drain()
        assert len(phone.messages) == 8 + probes
    phone.answer = lambda _: ACCEPTED
    clock.advance(timedelta(seconds=10))
    await worker.drain()
    clock.advance(timedelta(minutes=2))
    await worker.drain()
    assert await database.read(states) == ["accepted"] * 40


@pytest.mark.parametrize("code", ["connect", "503"])
async def test_one_that_fails_a_message_a_minute_is_left_alone_as_well(
    database: Database, clock: ManualClock, code: str
) -> None:
    first, second = Scripted("first", weight=100), Scripted("second", weight=0)
    worker = courier(database, first, second)
    dead = Outcome(Verdict.TEMPORARY, code=code)
    first.answer = lambda _: ACCEPTED if len(first.messages) == 1 else dead
    for minute in range(7):
        await raised(database, 1, topic=f"request-{minute}")
        await worker.drain()
        clock.advance(timedelta(minutes=1))
    assert await database.read(states) == ["accepted"] * 7
    assert [each.breaker for each in await view(database, first, second)] == [Breaker.OPEN, Breaker.CLOSED]


async def test_two_workers_send_one_probe(database: Database, clock: ManualClock) -> None:
    await raised(database, 40)
    phone = Scripted(window=8, answer=lambda _: LOST)
    workers = [courier(database, phone, worker=f"w{n}") for n in range(2)]
    await workers[0].drain()
    before = len(phone.messages)
    clock.advance(timedelta(seconds=10))
    await asyncio.gather(*(worker.drain() for worker in workers))
    assert len(phone.messages) == before + 1


async def test_what_waits_for_a_dead_provider_goes_to_the_other_and_is_not_counted(database: Database) -> None:
    await raised(database, 100)
    first = Scripted("first", window=4)
    first.answer = lambda _: ACCEPTED if len(first.messages) < 20 else LOST
    second = Scripted("second")
    await courier(database, first, second).drain()
    assert await database.read(states) == ["accepted"] * 100
    kept = await database.read(attempts)
    failed = [number for number, gateway, state in kept if (gateway, state) == ("first", "temporary")]
    assert sum((await database.read(tries)).values()) == 100
    assert len(failed) < 60
    assert max(made for made, _ in await database.read(tries)) <= 2
    assert len(second.messages) == 100 - sum(state == "accepted" for _, gateway, state in kept if gateway == "first")


async def test_the_first_retry_goes_at_once_to_another_and_the_next_waits(
    database: Database, clock: ManualClock
) -> None:
    await raised(database, 1)
    first, second = Scripted("first", answer=lambda _: BUSY), Scripted("second", answer=lambda _: BUSY)
    worker = courier(database, first, second)
    assert await worker.drain() == 2
    clock.advance(timedelta(seconds=2))
    assert await worker.drain() == 1
    assert [gateway for _, gateway, _ in await database.read(attempts)] == ["first", "second", "first"]


async def test_a_provider_that_asks_to_wait_is_held_for_all_messages_and_the_other_takes_them(
    database: Database, clock: ManualClock
) -> None:
    await raised(database, 30)
    busy = Outcome(Verdict.TEMPORARY, code="429", retry_after=600)
    first, second = Scripted("first", window=4, answer=lambda _: busy), Scripted("second")
    worker = courier(database, first, second)
    await worker.drain()
    assert (len(first.messages), len(second.messages)) == (4, 30)
    await raised(database, 30, topic="request-2")
    clock.advance(timedelta(seconds=599))
    await worker.drain()
    assert (len(first.messages), len(second.messages)) == (4, 60)


async def test_a_rate_is_shared_by_all_workers(database: Database, clock: ManualClock) -> None:
    await raised(database, 60)
    phones = [Scripted("limited", rate=8.0, window=16) for _ in range(2)]
    workers = [courier(database, phone, worker=f"w{n}") for n, phone in enumerate(phones)]
    sent = []
    for _ in range(20):
        await asyncio.gather(*(worker.drain() for worker in workers))
        sent.append(sum(len(phone.messages) for phone in phones))
        clock.advance(timedelta(seconds=0.25))
    assert sent == [min(60, 2 * n) for n in range(1, 21)]


async def test_what_waits_long_for_the_rate_of_the_first_spills_over_to_the_next(
    database: Database, clock: ManualClock
) -> None:
    await raised(database, 60)
    first, second = Scripted("first", rate=2.0, window=16), Scripted("second", rate=4.0, window=16)
    worker = courier(database, first, second)
    sent = []
    for _ in range(14):
        await worker.drain()
        sent.append((len(first.messages), len(second.messages)))
        clock.advance(timedelta(seconds=1))
    assert sent[:11] == [(1 + n, 0) for n in range(11)], "its burst of one, each second"
    assert sent[-1][0] == 14, "the first goes on beside it"
    assert sent[-1][1] >= 3
    await raised(database, 1, topic="request-2")
    assert len({message.to for message in first.messages + second.messages}) == sum(sent[-1]), "none twice"


async def test_weights_share_out_new_messages(database: Database) -> None:
    await raised(database, 200)
    phones = [Scripted("a", weight=75), Scripted("b", weight=25), Scripted("spare", weight=0)]
    await courier(database, *phones).drain()
    a, b, spare = (len(phone.messages) for phone in phones)
    assert (a + b, spare) == (200, 0)
    assert a > b > 0


class Turning:
    """The loop's clock, to be moved on by hand."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._time = self._loop.time
        self._ahead = 0.0
        self._loop.time = lambda: self._time() + self._ahead  # type: ignore[method-assign]  # moved by hand

    def advance(self, seconds: float) -> None:
        self._ahead += seconds


async def test_a_slow_provider_is_passed_by_and_loses_points(database: Database, clock: ManualClock) -> None:
    """It answers after 20 seconds: what is new goes to the other meanwhile."""
    await raised(database, 100)
    turning = Turning()
    slow, quick = Scripted("slow", window=8, gate=asyncio.Event()), Scripted("quick")
    assert slow.gate
    running = asyncio.create_task(courier(database, slow, quick).drain())
    await slow.came(FIRST)
    turning.advance(2.5)
    await quick.came(100 - FIRST)
    turning.advance(17.5)
    clock.advance(timedelta(seconds=20))
    slow.gate.set()
    await running
    assert (len(slow.messages), len(quick.messages)) == (FIRST, 100 - FIRST)
    assert [each.health for each in await view(database, slow, quick)] == [80, 100]


@pytest.fixture
async def liar(database: Database, clock: ManualClock) -> tuple[Scripted, Scripted]:
    """Two providers that took 40 messages each; only the honest one's arrive."""
    can = Capabilities(has_receipts=True)
    liar, honest = Scripted("liar", weight=50, capabilities=can), Scripted("honest", weight=50, capabilities=can)
    await raised(database, 80)
    await courier(database, liar, honest).drain()
    clock.advance(timedelta(seconds=30))
    for attempt, gateway in await database.read(every_attempt):
        if gateway == "honest":
            report = Report("1", Fate.DELIVERED, attempt)
            await receipts.receive(database, "honest", [report], routes=2)
    clock.advance(timedelta(minutes=4))
    return liar, honest


async def test_a_lying_provider_loses_points_while_others_messages_arrive(
    database: Database, clock: ManualClock, liar: tuple[Scripted, Scripted]
) -> None:
    await database.write(providers.judge, liar)
    assert [each.health for each in await view(database, *liar)] == [80, 100]
    await database.write(providers.judge, liar)
    clock.advance(timedelta(minutes=1))
    await database.write(providers.judge, liar)
    assert [each.health for each in await view(database, *liar)] == [60, 100]


async def test_one_without_receipts_is_no_liar(database: Database, liar: tuple[Scripted, Scripted]) -> None:
    mute, honest = liar
    mute.capabilities = Capabilities()
    await database.write(providers.judge, [mute, honest])
    assert [each.health for each in await view(database, mute, honest)] == [100, 100]


async def test_a_message_that_only_waited_is_sent_freely_after_a_crash(
    database: Database, clock: ManualClock
) -> None:
    await raised(database, 1)
    await courier(database, Scripted()).drain()
    await database.write(_as_if_only_claimed)
    clock.advance(timedelta(minutes=1))
    phone = Scripted()
    await courier(database, phone).drain()
    assert await database.read(attempts) == [(1, "scripted", "temporary"), (2, "scripted", "accepted")]
    assert await database.read(tries) == {(1, None): 1}


def _as_if_only_claimed(session: Session) -> None:
    attempt = select(Attempt.id).scalar_subquery()
    session.execute(update(Attempt).where(Attempt.id == attempt).values(state="claimed", finished_at=None))
    leased = {"state": "leased", "leased_by": "dead", "leased_until": Delivery.raised_at, "tries": 0}
    session.execute(update(Delivery).values(finished_at=None, **leased))


async def test_operators_see_how_providers_are(database: Database) -> None:
    await raised(database, 10)
    dead = Scripted("dead", answer=lambda _: LOST)
    await courier(database, dead).drain()
    (said,) = await view(database, dead)
    assert (said.breaker, said.health, said.last_code, said.in_flight) == (Breaker.OPEN, 80, "connect", 0)


async def test_the_list_is_for_operators(room: Room) -> None:
    room.act_as(OPERATOR)
    answer = await room.client.get("/api/gateways")
    (shown,) = answer.json()["items"]
    assert (shown["name"], shown["channel"], shown["health"], shown["breaker"]) == ("scripted", "sms", 100, "closed")
    room.act_as(replace(OPERATOR, permissions=frozenset()))
    assert (await room.client.get("/api/gateways")).status_code == 403


async def test_of_what_was_posted_at_one_instant_the_last_by_their_ids_count(database: Database) -> None:
    """Rows with one time come in any order: here the first tries failed, and were written last."""

    def judged(session: Session) -> int:
        raise_alert(session)
        same = {"delivery_id": session.scalars(select(Delivery.id)).one(), "gateway": "a", "code": None}
        same |= {"posted_at": session.info["now"], "finished_at": session.info["now"]}
        for number in reversed(range(30)):
            state = "temporary" if number < 10 else "accepted"
            own = {"id": f"{number:08}-0000-7000-8000-000000000000", "number": number, "state": state}
            session.execute(insert(Attempt).values(**same, **own))
        known = providers.hear(session, {}, {"a": [Trial(BUSY)]})
        return providers.condition_of(known["a"]).points(session.info["now"])

    assert await database.write(judged) == FULL
