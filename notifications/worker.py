"""The courier: claims what is due, hands it to gateways, records what became of it.

One short transaction at a time records what has finished and claims for the slots that are free; nothing is sent
while it is open. A message that is posted but not recorded still holds its slot, so a crash repeats at most one
gateway's window of messages, and each repeat says the same, with the same code and link.
"""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.database import Database
from foundation.database.sqlite import SqliteDatabase
from foundation.leases import release_all
from foundation.mode import Instance, Mode
from notifications import inbound, outbox
from notifications.gateways.base import Gateway, Message, Outcome, Verdict
from notifications.gateways.opening import Gateways
from notifications.models import Delivery
from notifications.outbox import Lane, Parcel, Sent
from notifications.rendering import Voice
from notifications.wording import OWN_WORDINGS, Wordings

POLL = 0.5
"""Seconds between looks at the database when nothing wakes the courier."""
GATHER = 0.01
"""Seconds for which results are gathered, so that many share one transaction."""
_HOUSEKEEPING = 5.0
_PAUSE_AFTER_FAILURE = 1.0
log = structlog.get_logger()


class Courier:
    """配達係: sends what is due, in one process; any number of processes share the work on PostgreSQL."""

    def __init__(
        self, database: Database, gateways: Gateways, wordings: Wordings, base_url: str, worker_name: str
    ) -> None:
        self._database = database
        self._lanes = [
            Lane(gateway, index, len(row))
            for row in (gateways.sms, gateways.mail)
            for index, gateway in enumerate(row)
        ]
        self._wordings = {**OWN_WORDINGS, **wordings}
        self._base_url = base_url
        self._worker = worker_name
        self._voice: Voice | None = None
        self._sending: dict[str, int] = {lane.gateway.name: 0 for lane in self._lanes}
        self._tasks: set[asyncio.Task[None]] = set()
        self._finished: list[Sent] = []
        self._has_finished = asyncio.Event()

    async def drain(self) -> int:
        """Send everything that is due now, retries that fall due at once included; return how many attempts."""
        sent = 0
        while (started := await self._turn()) or self._tasks or self._finished:
            sent += started
            await self._gather(POLL)
        return sent

    async def run(self, stop: asyncio.Event, wake: asyncio.Event) -> None:
        """Send until told to stop; what is being sent then is awaited and recorded."""
        if isinstance(self._database, SqliteDatabase):
            # The one process of an embedded database: whoever leased these rows is dead
            await self._database.write(release_all, Delivery)
        keeper = asyncio.create_task(self._keep_house())
        try:
            while not stop.is_set():
                if await self._safe_turn():
                    await self._gather(POLL)
                else:
                    await self._rest(stop, wake)
        finally:
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper
        await self._finish()

    async def _finish(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._finished:
            await self._record_and_claim([])

    async def _safe_turn(self) -> bool:
        """Take a turn; tell whether anything is under way. A database that is away is waited for."""
        try:
            return bool(await self._turn() or self._tasks or self._finished)
        except Exception:
            log.exception("the courier's turn failed")
            await asyncio.sleep(_PAUSE_AFTER_FAILURE)
            return True

    async def _turn(self) -> int:
        wants = [(lane, lane.gateway.window - self._sending[lane.gateway.name]) for lane in self._lanes]
        finishing = self._finished_by_gateway()
        wants = [(lane, free + finishing.get(lane.gateway.name, 0)) for lane, free in wants]
        return await self._record_and_claim([(lane, free) for lane, free in wants if free > 0])

    def _finished_by_gateway(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for sent in self._finished:
            counts[sent.gateway] = counts.get(sent.gateway, 0) + 1
        return counts

    async def _record_and_claim(self, wants: Sequence[tuple[Lane, int]]) -> int:
        finished, self._finished = self._finished, []
        self._has_finished.clear()
        try:
            voice = await self._speak()
            parcels = await self._database.write(outbox.turn, finished, wants, self._worker, voice)
        except BaseException:
            self._finished = finished + self._finished
            raise
        for sent in finished:
            self._sending[sent.gateway] -= 1
        for parcel in parcels:
            self._start(parcel)
        return len(parcels)

    def _start(self, parcel: Parcel) -> None:
        gateway = parcel.lane.gateway
        self._sending[gateway.name] += 1
        task = asyncio.create_task(self._send(gateway, parcel))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, gateway: Gateway, parcel: Parcel) -> None:
        outcome = (
            await _posted(gateway, parcel.message) if parcel.message else Outcome(Verdict.TEMPORARY, code="text")
        )
        jitter = random.random()  # noqa: S311 — spreads retries; no secret
        self._finished.append(Sent(parcel, gateway.name, outcome, jitter))
        self._has_finished.set()

    async def _gather(self, at_most: float) -> None:
        """Wait for the first result and the few that come right behind it."""
        if not self._tasks:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._has_finished.wait(), at_most)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=GATHER)

    async def _rest(self, stop: asyncio.Event, wake: asyncio.Event) -> None:
        waits = [asyncio.create_task(event.wait()) for event in (stop, wake)]
        try:
            await asyncio.wait(waits, timeout=POLL, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
        wake.clear()

    async def _keep_house(self) -> None:
        """Handle inbound messages left over by a crash, and report what was tried until its deadline."""
        while True:
            try:
                for message in await self._database.read(inbound.unhandled):
                    await inbound.settle(self._database, message)
                await self._database.write(outbox.expire_overdue)
            except Exception:
                log.exception("the courier's housekeeping failed")
            await asyncio.sleep(_HOUSEKEEPING)

    async def _speak(self) -> Voice:
        if self._voice is None:
            self._voice = Voice(self._wordings, self._base_url, await self._database.read(mark))
        return self._voice


def mark(session: Session) -> str:
    """Return what stands in front of every message of this instance."""
    mode = session.scalar(select(Instance.mode))
    return Mode(mode).mark if mode else ""


async def _posted(gateway: Gateway, message: Message) -> Outcome:
    try:
        return await gateway.send(message)
    except Exception:
        # A gateway never raises for a delivery problem; if one has a defect, its messages go on to the next
        log.exception("a gateway failed", gateway=gateway.name)
        return Outcome(Verdict.UNKNOWN, code="defect")
