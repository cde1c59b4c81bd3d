"""Where the parts meet: rates and failover, probes beside another route, doubts and health."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from foundation.clock import ManualClock
from foundation.database import Database
from notifications import providers
from notifications.gateways.base import Outcome, Verdict
from notifications.health import Breaker
from tests.notifications.alerting import ACCEPTED, BUSY, Scripted, addressee, courier, raise_alert, states

RATE, MESSAGES = 16.0, 32
LOST = Outcome(Verdict.TEMPORARY, code="connect")


async def test_a_rate_holds_while_another_provider_fails(database: Database, clock: ManualClock) -> None:
    await database.write(raise_alert, *(addressee(number) for number in range(40)))
    first, second = Scripted("first", answer=lambda _: BUSY), Scripted("second", rate=4.0)
    worker = courier(database, first, second)
    await worker.drain()
    assert len(second.messages) == 1
    for _ in range(8):
        clock.advance(timedelta(seconds=0.25))
        await worker.drain()
    assert len(second.messages) <= 9


async def test_a_recovered_provider_is_probed_while_the_other_one_fails(
    database: Database, clock: ManualClock
) -> None:
    await database.write(raise_alert, *(addressee(number) for number in range(8)))
    first, second = Scripted("first", answer=lambda _: LOST), Scripted("second")
    worker = courier(database, first, second)
    await worker.drain()
    assert (await database.read(providers.views, [first])).items[0].breaker is Breaker.OPEN
    clock.advance(timedelta(minutes=5))
    first.answer, second.answer = lambda _: ACCEPTED, lambda _: BUSY
    await database.write(raise_alert, topic="request-2")
    await worker.drain()
    for _ in range(12):
        clock.advance(timedelta(minutes=1))
        await worker.drain()
    assert await database.read(states) == ["accepted"] * 9


async def test_a_recovered_provider_is_probed_where_the_other_one_takes_all_there_is(
    database: Database, clock: ManualClock
) -> None:
    await database.write(raise_alert, *(addressee(number) for number in range(8)))
    first, second = Scripted("first", answer=lambda _: LOST), Scripted("second")
    worker = courier(database, first, second)
    await worker.drain()
    tried, first.answer = len(first.messages), lambda _: ACCEPTED
    clock.advance(timedelta(seconds=30))
    await database.write(raise_alert, topic="request-2")
    await worker.drain()
    assert len(first.messages) == tried, "what has a better way takes it"
    clock.advance(timedelta(minutes=1))
    await database.write(raise_alert, topic="request-3")
    await worker.drain()
    assert len(first.messages) == tried + 1
    assert (await database.read(providers.views, [first])).items[0].breaker is Breaker.CLOSED


class Running(ManualClock):
    """A clock that runs."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class TestWithRunningClock:
    @pytest.fixture
    def clock(self) -> ManualClock:
        return Running(datetime.now(UTC))

    async def test_a_rate_is_used_up(self, database: Database) -> None:
        await database.write(raise_alert, *(addressee(number) for number in range(MESSAGES)))
        phone, stop = Scripted(rate=RATE), asyncio.Event()
        running = asyncio.create_task(courier(database, phone).run(stop, asyncio.Event()))
        begun = asyncio.get_running_loop().time()
        await phone.came(MESSAGES)
        seconds = asyncio.get_running_loop().time() - begun
        stop.set()
        await running
        assert 0.9 < seconds / (MESSAGES / RATE - 0.25) < 1.6
