"""How late timers go off where as many are due at once as there are municipalities."""

import asyncio
import time
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from foundation import clock, timers
from foundation.clock import SystemClock
from foundation.database import SERVICE, Database, Surroundings, open_database
from foundation.sealing import Keyring
from foundation.timers import Timer
from notifications.worker import Courier
from service import worker
from service.worker import Worker
from tests.notifications.alerting import Scripted, courier

pytestmark = pytest.mark.deep
MUNICIPALITIES = 1741
KIND = "test.lateness"
MOST = 5.0
"""What it may take to let them all go off, as a multiple of setting them one by one, a transaction each.

Seen: 1.0 (SQLite) and 1.2 to 1.6 (PostgreSQL). A pause between batches, which this guards against, makes it ten.
"""


class Watched(Worker):
    """A worker that notes when each timer has gone off."""

    def __init__(self, database: Database, carrier: Courier) -> None:
        super().__init__(database, carrier, "w")
        self.gone_off: list[float] = []
        self.stop = asyncio.Event()

    async def _go_off(self, timer: Timer, gate: asyncio.Semaphore) -> None:
        await super()._go_off(timer, gate)
        self.gone_off.append(time.monotonic())
        if len(self.gone_off) == MUNICIPALITIES:
            self.stop.set()

    async def until_all(self) -> list[float]:
        """Return, in order, how many seconds after they were due the timers went off."""
        started = time.monotonic()
        await self._keep_time(self.stop, asyncio.Event())
        return [at - started for at in self.gone_off]


def set_one(session: Session, number: int) -> None:
    """Set one timer in a transaction of its own: what is compared with."""
    timers.schedule(session, KIND, f"request-{number}", clock.now(session))


async def test_timers_that_are_due_at_once_go_off_without_a_pause(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts: dict[str, Callable[[Session, str], None]] = {KIND: lambda _session, _subject: None}
    monkeypatch.setattr(worker, "TIMERS", acts)
    database = open_database(database_url, Surroundings(Keyring(bytes(range(32))), SystemClock()), SERVICE)
    started = time.monotonic()
    for number in range(MUNICIPALITIES):
        await database.write(set_one, number)
    bare = time.monotonic() - started
    late = await Watched(database, courier(database, Scripted())).until_all()
    await database.close()
    p99 = late[int(MUNICIPALITIES * 0.99)]
    print(f"{MUNICIPALITIES} timers: p99 {p99:.2f} s; set one by one in {bare:.2f} s")  # noqa: T201 — a figure
    assert p99 < MOST * bare
