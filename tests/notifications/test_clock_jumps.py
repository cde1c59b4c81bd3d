"""A machine's clock is put right, by an hour or by days: nothing is lost, and nothing waits longer than the jump."""

import asyncio
from datetime import timedelta

import pytest

from foundation.clock import ManualClock
from foundation.database import Database
from tests.notifications.alerting import ACCEPTED, BUSY, Scripted, addressee, attempts, courier, raise_alert
from tests.notifications.invariants import Ledger

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("jump", [HOUR, timedelta(days=10), -HOUR])
async def test_what_waits_comes_after_a_jump(database: Database, clock: ManualClock, jump: timedelta) -> None:
    await database.write(raise_alert, *(addressee(number) for number in range(5)))
    phone, ledger = Scripted(answer=lambda _: BUSY), Ledger()
    await courier(database, phone).drain()
    clock.advance(jump)
    phone.answer = lambda _: ACCEPTED
    await courier(database, phone).drain()
    await database.read(ledger.check, 5)
    clock.advance(max(-jump, timedelta()) + timedelta(minutes=1))
    await courier(database, phone).drain()
    assert set((await database.read(ledger.check, 5)).values()) == {"accepted"}
    assert len(phone.messages) == 2 * 5, "once refused, once taken"


async def test_a_jump_past_every_lease_sends_once_more_and_keeps_one_record(
    database: Database, clock: ManualClock
) -> None:
    await database.write(raise_alert, addressee(1))
    slow, quick, ledger = Scripted(gate=asyncio.Event()), Scripted(), Ledger()
    sending = asyncio.create_task(courier(database, slow, worker="w1").drain())
    await slow.came()
    clock.advance(timedelta(days=10))
    await courier(database, quick, worker="w2").drain()
    assert slow.gate
    slow.gate.set()
    await sending
    assert set((await database.read(ledger.check, 1)).values()) == {"accepted"}
    tried = await database.read(attempts)
    assert [(number, state) for number, _, state in tried] == [(1, "accepted"), (2, "accepted")]
    assert [message.text for message in slow.messages] == [message.text for message in quick.messages]


async def test_a_rate_goes_on_after_a_clock_was_put_back(database: Database, clock: ManualClock) -> None:
    await database.write(raise_alert, addressee(1))
    phone = Scripted(rate=1.0)
    worker = courier(database, phone)
    await worker.drain()
    clock.advance(-HOUR)
    await database.write(raise_alert, addressee(2), topic="request-2")
    await worker.drain()
    clock.advance(timedelta(seconds=1))
    await worker.drain()
    assert len(phone.messages) == 2
