"""The courier: claims what is due, hands it to gateways, records what became of it.

One short transaction at a time records what has finished and claims for the slots that are free. Sending goes on
meanwhile, but never so far that more than `UNRECORDED` of a gateway's messages (or two of its windows) are with it
and not recorded: a crash repeats no more than those, and each repeat says the same, with the same code and link.
"""

import asyncio
import random
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.database import Database
from foundation.database.sqlite import SqliteDatabase
from foundation.leases import LEASE, release_all
from foundation.metrics import ATTEMPTS, OUTBOX
from foundation.mode import Instance, Mode
from foundation.problems import Problem
from notifications import inbound, outbox, recording
from notifications.claiming import Lane, Parcel
from notifications.gateways.base import LONGEST_SEND, Outcome, Verdict
from notifications.gateways.opening import Gateways
from notifications.models import Delivery
from notifications.recording import Sent
from notifications.rendering import Voice
from notifications.wording import OWN_WORDINGS, Wordings

POLL = 0.5
"""Seconds between looks at the database when nothing wakes the courier."""
GATHER = 0.01
"""The most seconds for which results are gathered, so that many share one transaction."""
UNRECORDED = 32
"""Messages of one gateway that may be posted and not recorded: the more, the fewer transactions a fast one needs."""
_HOUSEKEEPING = 5.0
_MARGIN = 5.0
"""Seconds by which a lease outlasts the longest sending: for a gateway slow to give up, and for the record."""
_PATIENCE = LEASE.total_seconds() - LONGEST_SEND - _MARGIN
"""Seconds after its claim was begun in which a message must begin, so that its lease outlasts its sending."""
_PAUSE_AFTER_FAILURE = 1.0
log = structlog.get_logger()


@dataclass(slots=True)
class _Slots:
    """送信枠: what one gateway is busy with: how much is being sent, and how much is sent but not recorded.

    `waiting` is claimed and has no slot yet, each with the moment (of the loop's clock) until which it may start.
    """

    lane: Lane
    sending: int = 0
    unrecorded: int = 0
    waiting: deque[tuple[float, Parcel]] = field(default_factory=deque)

    @property
    def window(self) -> int:
        return self.lane.gateway.window

    @property
    def most(self) -> int:
        """Return how many may be posted and not recorded."""
        return max(UNRECORDED, 2 * self.window)

    def next(self, now: float) -> Parcel | None:
        """Return what may be sent now; what waited too long is left to the end of its lease."""
        while self.waiting and self.sending < self.window and self.sending + self.unrecorded < self.most:
            until, parcel = self.waiting.popleft()
            if now < until:
                self.sending += 1
                return parcel
        return None

    def room(self, done: int) -> int:
        """Return how many to claim: the free slots and three times what was just done; none while enough wait.

        A slow gateway does few at a time, so next to nothing waits for it that another worker could send.
        """
        free = self.window - self.sending
        return free + 3 * done - len(self.waiting) if len(self.waiting) < free + 2 * done else 0


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
        self._slots = {lane.gateway.name: _Slots(lane) for lane in self._lanes}
        self._tasks: set[asyncio.Task[None]] = set()
        self._finished: list[Sent] = []
        self._has_result = asyncio.Event()
        self._wanted = 1
        self.on_turn: Callable[[], None] = lambda: None
        """Called after each turn that went well: whoever watches the courier hears that it lives."""

    async def drain(self) -> int:
        """Send everything that is due now, retries that fall due at once included; return how many attempts."""
        sent = 0
        while (claimed := await self._turn()) or self._is_busy():
            sent += claimed
            await self._gather()
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
                    await self._gather()
                else:
                    await self._rest(stop, wake)
        finally:
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper
        await self._finish()

    def _is_busy(self) -> bool:
        return bool(self._finished or any(slots.sending or slots.waiting for slots in self._slots.values()))

    async def _finish(self) -> None:
        while self._is_busy():
            await self._gather()
            await self._record_and_claim([])

    async def _safe_turn(self) -> bool:
        """Take a turn; tell whether anything is under way. A database that is away is waited for."""
        try:
            claimed = await self._turn()
            self.on_turn()
            return bool(claimed or self._is_busy())
        except Exception:
            log.exception("the courier's turn failed")
            await asyncio.sleep(_PAUSE_AFTER_FAILURE)
            return True

    async def _turn(self) -> int:
        done = Counter(sent.parcel.lane.gateway.name for sent in self._finished)
        wants = [(slots.lane, slots.room(done[name])) for name, slots in self._slots.items()]
        return await self._record_and_claim([(lane, room) for lane, room in wants if room > 0])

    async def _record_and_claim(self, wants: Sequence[tuple[Lane, int]]) -> int:
        finished, self._finished = self._finished, []
        try:
            voice = await self._speak()
            # A lease counts from the claim, and its commit may come much later, together with somebody's long work
            until = asyncio.get_running_loop().time() + _PATIENCE
            parcels = await self._database.write(outbox.turn, finished, wants, self._worker, voice)
        except BaseException as error:
            self._finished = finished + self._finished
            if not finished or isinstance(error, Problem) or not isinstance(error, Exception):
                raise
            log.exception("results could not be recorded together", results=len(finished))
            return await self._record_singly()
        self._let_go(finished)
        for parcel in parcels:
            self._slots[parcel.lane.gateway.name].waiting.append((until, parcel))
        self._start()
        return len(parcels)

    async def _record_singly(self) -> int:
        """Record each result by itself, so that none that can't be recorded holds up the others."""
        for _ in range(len(self._finished)):
            await self._record_alone(self._finished[0])
            self._let_go([self._finished.pop(0)])
        self._start()
        return 0

    async def _record_alone(self, sent: Sent) -> None:
        """Record a result, if need be without the provider's words and untold. Raises Problem: try again later."""
        wordless = replace(sent, outcome=Outcome(sent.outcome.verdict))
        for result, is_told in ((sent, True), (wordless, False)):
            try:
                await self._database.write(recording.record, [result], is_told=is_told)
            except Problem:
                raise
            except Exception:
                log.exception("a result could not be recorded", delivery=sent.parcel.delivery.id, is_told=is_told)
            else:
                return

    def _let_go(self, recorded: Sequence[Sent]) -> None:
        for sent in recorded:
            self._slots[sent.parcel.lane.gateway.name].unrecorded -= 1

    def _start(self) -> None:
        """Begin to send what has a slot."""
        loop = asyncio.get_running_loop()
        for slots in self._slots.values():
            while parcel := slots.next(loop.time()):
                task = asyncio.create_task(self._send_on(slots, parcel))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _send_on(self, slots: _Slots, first: Parcel) -> None:
        """Send, and go on with what may be sent after it."""
        loop = asyncio.get_running_loop()
        parcel: Parcel | None = first
        while parcel:
            outcome = await _posted(parcel)
            ATTEMPTS.labels(slots.lane.gateway.name, outcome.verdict.value).inc()
            jitter = random.random()  # noqa: S311 — spreads retries; no secret
            self._finished.append(Sent(parcel, outcome, jitter))
            slots.sending -= 1
            slots.unrecorded += 1
            parcel = slots.next(loop.time())
            if len(self._finished) >= self._wanted or not self._is_sending():
                self._has_result.set()

    def _is_sending(self) -> bool:
        return any(slots.sending for slots in self._slots.values())

    async def _gather(self) -> None:
        """Wait for the first result, and a moment for those right behind it, but never for all."""
        if await self._await_results(1, POLL):
            enough = sum(slots.most // 2 for slots in self._slots.values() if slots.sending)
            await self._await_results(enough, GATHER)

    async def _await_results(self, wanted: int, seconds: float) -> bool:
        self._wanted = wanted
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._is_sending() and len(self._finished) < wanted:
                    self._has_result.clear()
                    await self._has_result.wait()
        return bool(self._finished)

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
                OUTBOX.set(await self._database.read(outbox.waiting))
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


async def _posted(parcel: Parcel) -> Outcome:
    if isinstance(parcel.message, Outcome):
        return parcel.message
    try:
        return await parcel.lane.gateway.send(parcel.message)
    except Exception:
        # A gateway never raises for a delivery problem; if one has a defect, its messages go on to the next
        log.exception("a gateway failed", gateway=parcel.lane.gateway.name)
        return Outcome(Verdict.UNKNOWN, code="defect")
