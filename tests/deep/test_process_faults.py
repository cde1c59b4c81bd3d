"""What befalls a process short of its death: it stands still, its disk is full, its database is held by another."""

import asyncio
import os
import re
import resource
import signal
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agreements.terms import Terms
from foundation.leases import LEASE
from notifications.models import Delivery
from notifications.slots import UNRECORDED
from tests.deep.running import Place, Process, asking, is_sending
from tests.engines import Engines
from tests.notifications.gateways.sinks import HttpSink
from tests.notifications.invariants import Ledger
from tests.world import CODES, World

pytestmark = pytest.mark.deep

EACH = 2 * (len(CODES) - 1)
"""SMS that a request sends: two people at each partner; as many mails go nowhere."""
PATIENCE = 120.0
HELD = 8.0
"""Seconds for which somebody else holds the database."""
_TOKEN = re.compile(r"/r/([0-9a-z]{10})\b")


@dataclass
class Stage:
    """A place, a gateway that counts, and somebody who asks."""

    place: Place
    sink: HttpSink
    world: World
    client: httpx.AsyncClient
    requests: list[str] = field(default_factory=list)

    def arrivals(self) -> Counter[str]:
        """Count messages by their answer link: each has its own."""
        found = (_TOKEN.search(call.query["text"]) for call in self.sink.calls)
        return Counter(each[1] for each in found if each)

    async def ask(self, *, tries: int = 200) -> bool:
        """Post one request, again and again until it is taken; the key says that it is the same."""
        number = len(self.requests)
        draft, headers = asking(self.world, reason=f"{number} 通目"), {"Idempotency-Key": f"key-{number:08d}"}
        for _ in range(tries):
            with suppress(httpx.TransportError):
                answer = await self.client.post("/api/requests", json=draft, headers=headers)
                if answer.status_code == 201:
                    self.requests.append(answer.json()["id"])
                    return True
                assert answer.status_code in {409, 500, 503}, answer.text
            await asyncio.sleep(0.1)
        return False

    async def settled(self) -> None:
        """Wait until all has gone out."""
        for request in self.requests:
            for _ in range(int(PATIENCE * 4)):
                if not await is_sending(self.client, request):
                    break
                await asyncio.sleep(0.25)
        assert len(self.arrivals()) == len(self.requests) * EACH

    async def until(self, is_so: Callable[[], bool]) -> None:
        for _ in range(int(PATIENCE * 20)):
            if is_so():
                return
            await asyncio.sleep(0.05)
        raise AssertionError("it never happened")

    async def check(self) -> None:
        """Hold what is kept against the invariants; no process of the service runs any more."""
        async with self.place.opened() as database:
            states = await database.read(Ledger().check, len(self.requests) * EACH * 2)
            assert set(states.values()) == {"accepted"}
            assert await database.read(_leased) == 0


def _leased(session: Session) -> int:
    return session.scalar(select(func.count()).where(Delivery.state == "leased")) or 0


@pytest.fixture
async def sink() -> AsyncIterator[HttpSink]:
    made = HttpSink(lambda _: web.Response(status=202, text="0: Accepted for delivery"), delay=0.05)
    await made.start()
    yield made
    await made.stop()


async def staged(stack: AsyncExitStack, url: str, directory: Path, sink: HttpSink) -> tuple[Stage, Process]:
    """Build the world and run a server."""
    gateway = f"kannel://u:p@127.0.0.1:{sink.port}?from=0005&window=4"
    place = Place(url, directory, {"YUIMARU_SMS_URLS": gateway})
    world, token = await place.build(terms=Terms(wave_cover=1000.0, wave_minimum=len(CODES), planning_from=0))
    server = Process(place, "serve")
    await server.come_up()
    stack.push_async_callback(server.stop)
    headers = {"Authorization": f"Bearer {token}"}
    client = await stack.enter_async_context(httpx.AsyncClient(base_url=place.base, headers=headers, timeout=20))
    return Stage(place, sink, world, client), server


async def test_a_worker_that_stands_still_longer_than_its_leases_harms_nothing(
    engines: Engines, tmp_path: Path, sink: HttpSink
) -> None:
    with engines.lent("postgres", tmp_path) as url:
        async with AsyncExitStack() as stack:
            stage, _ = await staged(stack, url, tmp_path, sink)
            still, other = Process(stage.place, "worker"), Process(stage.place, "worker")
            for _ in range(6):
                assert await stage.ask()
            for each in (still, other):
                await each.start()
                stack.push_async_callback(each.stop)
                await stage.until(lambda: bool(stage.arrivals()))
            assert still.running
            os.kill(still.running.pid, signal.SIGSTOP)
            try:
                await asyncio.sleep(LEASE.total_seconds() + 2)
                await stage.settled()
                assert stage.arrivals().total() - len(stage.arrivals()) <= UNRECORDED
            finally:
                os.kill(still.running.pid, signal.SIGCONT)
            await other.stop()
            assert await stage.ask()
            await stage.settled()
        await stage.check()


async def test_a_full_disk_takes_nothing_it_can_not_keep(engines: Engines, tmp_path: Path, sink: HttpSink) -> None:
    async with AsyncExitStack() as stack:
        stage, server = await staged(stack, engines.fresh("sqlite", tmp_path), tmp_path, sink)
        sink.delay = 0.2
        assert await stage.ask()
        await stage.until(lambda: bool(stage.arrivals()))
        assert server.running
        # No file of that process grows any more, its log neither
        resource.prlimit(server.running.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        assert not await stage.ask(tries=5)
        came = stage.arrivals()
        assert came.total() <= EACH + UNRECORDED, "what can't be recorded is not sent again and again"
        assert (await stage.client.get(f"/api/requests/{stage.requests[0]}")).status_code in {200, 500, 503}
        resource.prlimit(server.running.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert await stage.ask()
        await stage.settled()
        assert server.running.returncode is None
        duplicates = stage.arrivals().total() - len(stage.arrivals())
        assert duplicates <= UNRECORDED
    await stage.check()
    with sqlite3.connect(tmp_path / "yuimaru.db") as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    file.close()


async def test_a_database_that_another_holds_is_waited_for(engines: Engines, tmp_path: Path, sink: HttpSink) -> None:
    async with AsyncExitStack() as stack:
        stage, _ = await staged(stack, engines.fresh("sqlite", tmp_path), tmp_path, sink)
        assert await stage.ask()
        holder = sqlite3.connect(tmp_path / "yuimaru.db", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        try:
            asked = asyncio.create_task(stage.ask())
            await asyncio.sleep(HELD)
            assert len(stage.requests) == 1
        finally:
            holder.execute("ROLLBACK")
            holder.close()
        assert await asked
        await stage.settled()
        assert stage.arrivals().total() == len(stage.arrivals())
    await stage.check()
