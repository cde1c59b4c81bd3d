"""The loop: timers that are due, beside the courier that carries the messages."""

import asyncio
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import structlog
from sqlalchemy.orm import Session

from foundation import timers
from foundation.audit import anchors
from foundation.database import Database
from foundation.leases import LEASE
from foundation.timers import Timer
from inventory.directory.worker import DirectoryWorker
from notifications.watching.worker import Pulse, Watchman
from notifications.worker import Courier
from service import sweeping, thinking
from service.lmtp import Doorway
from service.record import checkpoints
from service.wiring import AT_START, LOCKED_FIRST, THOUGHT_OUT, TIMERS

PAUSE = 0.5
"""Seconds between two looks at the clock; a wake-up call comes earlier."""
BATCH = 200
"""Timers that are claimed at once; where that many were due, more may be, and there is no pause."""
AT_ONCE = 8
"""Timers that go off at the same time, each in a transaction of its own."""
HOUR = 3600.0
"""Seconds between two looks at what is kept no longer."""
MINUTE = 60.0
"""Seconds between two looks at whether the record moved."""
log = structlog.get_logger()


def worker_name() -> str:
    """Return a name that no other living worker has."""
    return f"{socket.gethostname()}-{os.getpid()}"


class Worker:
    """常駐処理: does what is due until it is told to stop."""

    def __init__(
        self,
        database: Database,
        courier: Courier,
        name: str,
        directories: DirectoryWorker | None = None,
        doorway: Doorway | None = None,
        watchman: Watchman | None = None,
        pulse: Pulse | None = None,
    ) -> None:
        self._database = database
        self._courier = courier
        self._name = name
        self._directories = directories
        self._doorway = doorway
        self._watchman = watchman
        self._pulse = pulse or Pulse()
        self._thinking: set[asyncio.Task[None]] = set()
        self._apart = asyncio.Semaphore(1)

    async def run(self, stop: asyncio.Event, wake: asyncio.Event) -> None:
        """Run everything that is never done side by side until `stop`; no failure ends any.

        What is still being thought out then is given up: its timer goes off again.
        """
        for loop in ("timers", "courier"):
            self._pulse.feel(loop)
        self._courier.on_turn = partial(self._pulse.feel, "courier")
        running = [
            self._keep_time(stop, wake),
            self._keep_record(stop),
            self._keep_tidy(stop),
            self._courier.run(stop, wake),
        ]
        if self._directories is not None:
            running.append(self._directories.run(stop))
        if self._doorway is not None:
            running.append(self._doorway.run(stop, wake))
        if self._watchman is not None:
            running.append(self._watchman.run(stop))
        try:
            await asyncio.gather(*running)
        finally:
            for task in self._thinking:
                task.cancel()
            await asyncio.gather(*self._thinking, return_exceptions=True)

    async def tick(self) -> int:
        """Let the timers that are due go off, `BATCH` of them at most, and all thoughts end; return how many."""
        count = await self._let_go_off(asyncio.Event())
        while self._thinking:
            await asyncio.wait(self._thinking)
        return count

    async def seal_record(self) -> None:
        """Anchor what was recorded since the last time, and mail a checkpoint where one is due.

        Whatever goes wrong is logged and tried again a minute later: aid doesn't wait for its record to be witnessed.
        """
        for step in (anchors.make, checkpoints.mail_newest):
            try:
                await self._database.write(step)
            except Exception:
                log.exception("record_not_sealed", step=step.__name__)

    async def sweep(self) -> int:
        """Delete what is kept no longer, bit by bit; return how much. A step that fails is tried an hour later."""
        deleted = 0
        for step in sweeping.STEPS:
            try:
                while count := await self._database.write(step):
                    deleted += count
            except Exception:
                log.exception("not_swept", step=step.__qualname__)
        return deleted

    async def _keep_tidy(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            deleted = await self.sweep()
            if deleted:
                log.info("swept", rows=deleted)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), HOUR)

    async def _keep_record(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.seal_record()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), MINUTE)

    async def _begin(self) -> None:
        for step in AT_START:
            try:
                await self._database.write(step)
            except Exception:
                log.exception("not_begun", step=step.__qualname__)

    async def _let_go_off(self, wake: asyncio.Event) -> int:
        """Let the timers that are due go off; those that need thought do so later, and then `wake` the courier."""
        due: list[Timer] = await self._database.write(timers.claim_due, self._name, BATCH)
        gate = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(self._go_off(timer, gate) for timer in due if timer.kind not in THOUGHT_OUT))
        for timer in due:
            if timer.kind in THOUGHT_OUT:
                task = asyncio.create_task(self._think(timer, wake))
                self._thinking.add(task)
                task.add_done_callback(self._thinking.discard)
        return len(due)

    async def _keep_time(self, stop: asyncio.Event, wake: asyncio.Event) -> None:
        await self._begin()
        while not stop.is_set():
            try:
                gone_off = await self._let_go_off(wake)
                if gone_off:
                    wake.set()
                self._pulse.feel("timers")
                if gone_off == BATCH:
                    continue
            except Exception:
                log.exception("tick_failed")
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), PAUSE)

    async def _go_off(self, timer: Timer, gate: asyncio.Semaphore) -> None:
        """Act on one timer in one transaction; a failing one stays leased and comes again."""
        async with gate:
            try:
                await self._database.write(act_on, timer)
            except Exception:
                log.exception("timer_failed", kind=timer.kind, timer=timer.id)

    async def _think(self, timer: Timer, wake: asyncio.Event) -> None:
        """Work out, with no transaction open, what would take too long within one, and act on it in sections."""
        try:
            *before, last = await self._thought(timer)
            for section in before:
                if not await self._database.write(act_on_section, timer, section):
                    return
                wake.set()
            await self._database.write(act_on, timer, last)
            wake.set()
        except Exception:
            log.exception("timer_failed", kind=timer.kind, timer=timer.id)

    async def _thought(self, timer: Timer) -> Sequence[Any]:
        """Return the sections of what is made of what is read for a timer; its lease is kept meanwhile."""
        look, make, is_long, cut = THOUGHT_OUT[timer.kind]
        keeping = asyncio.create_task(self._keep_lease(timer))
        try:
            facts = await self._database.read(look, timer.subject)
            if not is_long(facts):
                return cut(await asyncio.to_thread(make, facts))
            async with self._apart:
                return cut(await thinking.apart(make, facts))
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    async def _keep_lease(self, timer: Timer) -> None:
        """Let nobody take a timer for one whose worker died, however long its thought takes."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            try:
                await self._database.write(timers.extend, timer)
            except Exception:
                log.exception("lease_not_extended", timer=timer.id)


def act_on_section(session: Session, timer: Timer, section: object) -> bool:
    """Do a section of what the timer was set for, which stays claimed; False where it was cancelled or taken over."""
    if not timers.extend(session, timer):
        return False
    TIMERS[timer.kind](session, timer.subject, section)
    return True


def act_on(session: Session, timer: Timer, *thought: object) -> None:
    """Do what the timer was set for, with what was thought of it, unless it was cancelled or taken over meanwhile."""
    if timer.kind in LOCKED_FIRST:
        LOCKED_FIRST[timer.kind](session, timer.subject)
    if timers.done(session, timer):
        TIMERS[timer.kind](session, timer.subject, *thought)
