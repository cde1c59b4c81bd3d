"""The courier: claims what is due, hands it to gateways, records what became of it.

One short transaction at a time records what has finished and claims for the slots that are free. Sending goes on
meanwhile, but never so far that more of a gateway's messages than `Slots.most` are with it and not recorded: a crash
repeats no more than those, and each repeat says the same, with the same code and link.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.database import Database
from foundation.database.sqlite import SqliteDatabase
from foundation.leases import LEASE, release_all
from foundation.metrics import ATTEMPTS, GATEWAY_HEALTH, GATEWAY_IN_FLIGHT, GATEWAY_OPEN, OUTBOX
from foundation.mode import Instance, Mode
from foundation.problems import Problem
from notifications import inbound, outbox, providers, receipts, recording
from notifications.claiming import Parcel, Want
from notifications.doubts import Doubt
from notifications.gateways.base import FOUND, LONGEST_QUERY, LONGEST_SEND, Askable, Channel, Outcome, Verdict
from notifications.gateways.opening import Gateways
from notifications.health import Breaker
from notifications.models import Delivery
from notifications.outbox import Load, Turn
from notifications.recording import Sent
from notifications.rendering import Voice
from notifications.schemas import GatewaysView
from notifications.slots import Slots
from notifications.wording import OWN_WORDINGS, Wordings

POLL = 0.5
"""Seconds between looks at the database when nothing wakes the courier."""
TRICKLE = 0.1
"""Seconds between looks while a gateway's rate holds messages back: its burst must not run over meanwhile."""
GATHER = 0.01
"""The most seconds for which results are gathered, so that many share one transaction."""
LONGER = 0.05
"""The same where every slot goes on sending meanwhile."""
_HOUSEKEEPING = 5.0
_MARGIN = 5.0
"""Seconds by which a lease outlasts the longest sending: for a gateway slow to give up, and for the record."""
_PATIENCE = LEASE.total_seconds() - LONGEST_SEND - _MARGIN
"""Seconds after its claim was begun in which a message must begin, so that its lease outlasts its sending."""
_PAUSE_AFTER_FAILURE = 1.0
log = structlog.get_logger()


class Courier:
    """配達係: sends what is due, in one process; any number of processes share the work on PostgreSQL."""

    def __init__(
        self, database: Database, gateways: Gateways, wordings: Wordings, base_url: str, worker_name: str
    ) -> None:
        self._database = database
        self._gateways = gateways.sms + gateways.mail
        self._peers = {
            gateway.name: tuple(other.name for other in gateways.for_channel(gateway.channel))
            for gateway in self._gateways
        }
        self._routes = {name: len(peers) for name, peers in self._peers.items()}
        self._askable = {gateway.name: gateway for gateway in self._gateways if isinstance(gateway, Askable)}
        self._wordings = {**OWN_WORDINGS, **wordings}
        self._base_url = base_url
        self._mailbox = gateways.mailbox
        self._worker = worker_name
        self._voice: Voice | None = None
        self._slots = {gateway.name: Slots(gateway) for gateway in self._gateways}
        self._tasks: set[asyncio.Task[None]] = set()
        self._finished: list[Sent] = []
        self._returned: list[Parcel] = []
        self._turned_at = 0.0
        self._limited_until = 0.0
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
        return bool(
            self._finished or self._returned or any(slots.sending or slots.waiting for slots in self._slots.values())
        )

    async def _finish(self) -> None:
        """Give back what was not begun, and record what was."""
        while self._is_busy():
            for slots in self._slots.values():
                self._returned += slots.shut()
            await self._gather()
            await self._record_and_claim(())

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
        now = asyncio.get_running_loop().time()
        seconds, self._turned_at = now - self._turned_at, now
        taken = (sent for sent in self._finished if sent.outcome.verdict is Verdict.ACCEPTED)
        done = Counter(sent.parcel.gateway.name for sent in taken)
        wants = [slots.want(now, done=done[name], seconds=seconds) for name, slots in self._slots.items()]
        return await self._record_and_claim(wants)

    async def _record_and_claim(self, wants: Sequence[Want]) -> int:
        finished, self._finished = self._finished, []
        posting = [attempt for slots in self._slots.values() for attempt in slots.promoted()]
        brought = Turn(finished, tuple(self._returned), posting, wants)
        try:
            voice = await self._speak()
            # A lease counts from the claim, and its commit may come much later, together with somebody's long work
            until = asyncio.get_running_loop().time() + _PATIENCE
            load = await self._database.write(outbox.turn, brought, self._worker, voice)
        except BaseException as error:
            self._finished = finished + self._finished
            if not finished or isinstance(error, Problem) or not isinstance(error, Exception):
                raise
            log.exception("results could not be recorded together", results=len(finished))
            await self._record_singly()
            return await self._record_and_claim(wants)
        self._let_go(finished)
        self._take_in(load, brought, until)
        return len(load.parcels)

    def _take_in(self, load: Load, brought: Turn, until: float) -> None:
        """Take over what was claimed, give up what waits for gateways that are shut, and begin to send."""
        self._returned = self._returned[len(brought.returned) :]
        for name, slots in self._slots.items():
            slots.clear(brought.posting)
            if name in load.shut:
                self._returned += slots.shut()
        for parcel in load.parcels:
            self._slots[parcel.gateway.name].waiting.append((until, parcel))
        if any(parcel.gateway.rate for parcel in load.parcels):
            self._limited_until = asyncio.get_running_loop().time() + 2 * POLL
        self._start()

    async def _record_singly(self) -> None:
        """Record each result by itself, so that none that can't be recorded holds up the others."""
        for _ in range(len(self._finished)):
            await self._record_alone(self._finished[0])
            self._let_go([self._finished.pop(0)])
        self._start()

    async def _record_alone(self, sent: Sent) -> None:
        """Record a result, if need be without the provider's words and untold. Raises Problem: try again later."""
        wordless = replace(sent, outcome=Outcome(sent.outcome.verdict))
        for result, is_told in ((sent, True), (wordless, False)):
            try:
                await self._database.write(recording.record_alone, result, is_told=is_told)
            except Problem:
                raise
            except Exception:
                log.exception("a result could not be recorded", delivery=sent.parcel.delivery.id, is_told=is_told)
            else:
                return

    def _let_go(self, recorded: Sequence[Sent]) -> None:
        for sent in recorded:
            self._slots[sent.parcel.gateway.name].unrecorded -= 1

    def _start(self) -> None:
        """Begin to send what has a slot."""
        loop = asyncio.get_running_loop()
        for slots in self._slots.values():
            while parcel := slots.next(loop.time()):
                task = asyncio.create_task(self._send_on(slots, parcel))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _send_on(self, slots: Slots, first: Parcel) -> None:
        """Send, and go on with what may be sent after it."""
        loop = asyncio.get_running_loop()
        parcel: Parcel | None = first
        while parcel:
            begun_at = loop.time()
            outcome = await _posted(parcel, self._askable)
            name, seconds = slots.gateway.name, loop.time() - begun_at
            ATTEMPTS.labels(name, outcome.verdict.value).inc()
            jitter = random.random()  # noqa: S311 — spreads retries; no secret
            self._finished.append(Sent(parcel, outcome, jitter, seconds, self._peers[name]))
            slots.end(outcome.verdict, loop.time())
            parcel = slots.next(loop.time())
            if len(self._finished) >= self._wanted or parcel is None:
                self._has_result.set()

    def _is_sending(self) -> bool:
        return any(slots.sending for slots in self._slots.values())

    def _is_dry(self) -> bool:
        return any(slots.is_dry for slots in self._slots.values())

    async def _gather(self) -> None:
        """Wait for the first result, and a moment for those right behind it, but never for all."""
        if await self._await_results(1, POLL):
            enough = sum(slots.most // 2 for slots in self._slots.values() if slots.sending)
            await self._await_results(enough, GATHER)
            await self._await_results(enough, LONGER, is_hurried=True)

    async def _await_results(self, wanted: int, seconds: float, *, is_hurried: bool = False) -> bool:
        """Wait for so many results, or for all; in a hurry no longer than until a slot has nothing to send."""
        self._wanted = wanted
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._is_sending() and len(self._finished) < wanted and not (is_hurried and self._is_dry()):
                    self._has_result.clear()
                    await self._has_result.wait()
        return bool(self._finished)

    async def _rest(self, stop: asyncio.Event, wake: asyncio.Event) -> None:
        waits = [asyncio.create_task(event.wait()) for event in (stop, wake)]
        is_limited = asyncio.get_running_loop().time() < self._limited_until
        try:
            await asyncio.wait(waits, timeout=TRICKLE if is_limited else POLL, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
        wake.clear()

    async def _keep_house(self) -> None:
        """Handle messages and receipts left over by a crash, and report what was tried until its deadline."""
        while True:
            try:
                for message in await self._database.read(inbound.unhandled):
                    await inbound.settle(self._database, message)
                for receipt, gateway in await self._database.read(receipts.unhandled):
                    await receipts.settle(self._database, receipt, routes=self._routes.get(gateway, 1))
                await self._database.write(outbox.expire_overdue)
                await self._database.write(providers.judge, self._gateways)
                OUTBOX.set(await self._database.read(outbox.waiting))
                _show(await self._database.read(providers.views, self._gateways))
            except Exception:
                log.exception("the courier's housekeeping failed")
            await asyncio.sleep(_HOUSEKEEPING)

    async def _speak(self) -> Voice:
        if self._voice is None:
            has_replies = any(
                gateway.capabilities.is_two_way for gateway in self._gateways if gateway.channel is Channel.SMS
            )
            mark_now = await self._database.read(mark)
            self._voice = Voice(self._wordings, self._base_url, mark_now, self._mailbox, has_replies)
        return self._voice


def _show(gateways: GatewaysView) -> None:
    for each in gateways.items:
        GATEWAY_HEALTH.labels(each.name).set(each.health)
        GATEWAY_OPEN.labels(each.name).set(each.breaker is Breaker.CLOSED and each.held_until is None)
        GATEWAY_IN_FLIGHT.labels(each.name).set(each.in_flight)


def mark(session: Session) -> str:
    """Return what stands in front of every message of this instance."""
    mode = session.scalar(select(Instance.mode))
    return Mode(mode).mark if mode else ""


async def _posted(parcel: Parcel, askable: Mapping[str, Askable]) -> Outcome:
    if isinstance(parcel.message, Outcome):
        return parcel.message
    try:
        return await _found(parcel.doubt, askable) or await parcel.gateway.send(parcel.message)
    except Exception:
        # A gateway never raises for a delivery problem; if one has a defect, its messages go on to the next
        log.exception("a gateway failed", gateway=parcel.gateway.name)
        return Outcome(Verdict.UNKNOWN, code="defect")


async def _found(doubt: Doubt | None, askable: Mapping[str, Askable]) -> Outcome | None:
    """Ask about an earlier try in doubt; None where the message has to go out, be it for the second time."""
    gateway = askable.get(doubt.gateway) if doubt else None
    if doubt is None or gateway is None:
        return None
    try:
        async with asyncio.timeout(LONGEST_QUERY):
            known = await gateway.query(doubt.attempt)
    except Exception:
        # Rather twice than never
        log.exception("a gateway could not be asked", gateway=doubt.gateway)
        return None
    return Outcome(Verdict.ACCEPTED, code=FOUND) if known.verdict is Verdict.ACCEPTED else None
