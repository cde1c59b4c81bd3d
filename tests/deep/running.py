"""The service as real processes that can be killed, on a database made ready beforehand."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy.orm import Session

from foundation.database import SERVICE, Database, Surroundings, open_database
from foundation.mode import Mode, settle
from foundation.sealing import Keyring, read_or_make_key_file
from service.identity.actions import issue_token
from tests import world as worlds
from tests.world import TOME, World

PROGRAM = Path(sys.executable).with_name("yuimaru")


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


@dataclass
class Place:
    """Where a service runs: its database, key, port and settings."""

    url: str
    directory: Path
    more: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def is_embedded(self) -> bool:
        return self.url.startswith("sqlite")

    @property
    def environment(self) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("YUIMARU_")},
            "YUIMARU_DATABASE_URL": self.url,
            "YUIMARU_MODE": "drill",
            "YUIMARU_KEY_FILE": str(self.directory / "key"),
            "YUIMARU_LOG_LEVEL": "WARNING",
            "YUIMARU_MAIL_URLS": "console:",
            "YUIMARU_SMS_URLS": "console:",
            "PORT": str(self.port),
            **self.more,
        }

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Database]:
        """Open the database here: on SQLite only while no process runs."""
        surroundings = Surroundings(Keyring(read_or_make_key_file(self.directory / "key")))
        database = open_database(self.url, surroundings, SERVICE)
        try:
            yield database
        finally:
            await database.close()

    async def build(self, asker: str = TOME, **choices: Any) -> tuple[World, str]:
        """Make the world; return it with the token of the one who asks."""
        async with self.opened() as database:
            return await database.write(_build, asker, **choices)


def _build(session: Session, asker: str, **choices: Any) -> tuple[World, str]:
    settle(session, Mode.DRILL)
    world = worlds.build(session, **choices)
    session.flush()
    return world, issue_token(session, world.email(asker), days=10)


@contextmanager
def serving(place: Place) -> Iterator[None]:
    """Run a server for tests that are no coroutines; one that ended by itself fails the test."""
    log = place.directory / "serve.log"
    with log.open("ab") as said:
        server = subprocess.Popen(
            [PROGRAM, "serve"], env=place.environment, cwd=place.directory, stdout=said, stderr=said
        )
    try:
        _await(place.base)
        yield
        assert server.poll() is None, log.read_text()
    finally:
        server.terminate()
        server.wait(10)


def _await(base: str) -> None:
    for _ in range(1200):
        try:
            if httpx.get(f"{base}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("the server did not come up")


@dataclass
class Process:
    """One process of the service."""

    place: Place
    command: str
    running: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with (self.place.directory / f"{self.command}.log").open("ab") as log:
            self.running = await asyncio.create_subprocess_exec(
                PROGRAM, self.command, env=self.place.environment, cwd=self.place.directory, stdout=log, stderr=log
            )

    async def kill(self) -> None:
        """`kill -9`."""
        assert self.running is not None
        assert self.running.returncode is None, self.said()
        self.running.kill()
        await self.running.wait()

    async def stop(self) -> None:
        if self.running is not None and self.running.returncode is None:
            self.running.send_signal(signal.SIGTERM)
            await self.running.wait()

    async def come_up(self) -> None:
        """Start and wait until it answers."""
        await self.start()
        async with httpx.AsyncClient(base_url=self.place.base) as client:
            for _ in range(1200):
                try:
                    if (await client.get("/readyz")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.1)
        await self.kill()
        raise AssertionError(self.said())

    def said(self) -> str:
        return (self.place.directory / f"{self.command}.log").read_text()


@asynccontextmanager
async def as_operators_run_it(place: Place) -> AsyncIterator[httpx.AsyncClient]:
    """Run the service, on PostgreSQL with a worker of its own; give a client of it."""
    processes = [Process(place, "serve")]
    await processes[0].come_up()
    if not place.is_embedded:
        processes.append(Process(place, "worker"))
        await processes[1].start()
    try:
        async with httpx.AsyncClient(base_url=place.base, timeout=60) as client:
            yield client
    finally:
        for each in reversed(processes):
            await each.stop()


def asking(world: World, **more: Any) -> dict[str, Any]:
    """One request of the member that was hit."""
    return {
        "incident": world.incident,
        "group": world.group,
        "requester": TOME,
        "lines": [{"kind": "pc", "quantity": 1}],
        **more,
    }


async def is_sending(client: httpx.AsyncClient, request: str) -> bool:
    """Whether a message of a request waits or is under way, as far as one can tell."""
    try:
        answer = await client.get(f"/api/requests/{request}/deliveries")
    except httpx.TransportError:
        return True
    return answer.status_code != 200 or any(
        each["status"] in {"queued", "sending"} for each in answer.json()["items"]
    )
