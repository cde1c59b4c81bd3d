"""Ways in which a gateway that speaks HTTP can fail: after each the outbox holds; once it is mended all arrive."""

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from foundation.clock import ManualClock
from foundation.database import Database
from notifications.gateways import web
from notifications.gateways.opening import Gateways, open_gateways
from notifications.worker import Courier
from tests.notifications.alerting import WORDINGS, addressee, attempts, raise_alert
from tests.notifications.gateways.sinks import certificate
from tests.notifications.invariants import Ledger

RECIPIENTS = 12
IMPATIENCE = 0.3
"""Seconds that a gateway has to answer here, in place of half a minute."""
YES = "HTTP/1.1 202 Accepted\r\nContent-Type: text/plain\r\nContent-Length: 24\r\n\r\n0: Accepted for delivery"
pytestmark = pytest.mark.deep
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def saying(*pieces: str, pause: float = 0.0) -> Answer:
    """Answer with these bytes, one after another; a pause after each."""

    async def say(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece.encode("latin-1"))
            await writer.drain()
            await asyncio.sleep(pause)

    return say


async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Begin an answer, then break the connection in the middle of it."""
    writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 2400\r\n\r\n0: Acc")
    await writer.drain()
    writer.transport.abort()


async def silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Take the message and never say a word."""
    await reader.read()


FAULTS: dict[str, Answer] = {
    "500": saying("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"),
    "503 with a wish": saying("HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n"),
    "429 with a wish for a year": saying("HTTP/1.1 429 Slow\r\nRetry-After: 31536000\r\nContent-Length: 0\r\n\r\n"),
    "200 with an error in it": saying("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n<h1>Fatal error</h1>"),
    "202 with nothing in it": saying("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"),
    "garbage": saying("\x00\xff\x16\x03SSH-2.0-nothing\r\n\r\n\r\n"),
    "endless header": saying("HTTP/1.1 202 Accepted\r\nX: " + "x" * 100_000 + "\r\n\r\n"),
    "redirect": saying(
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/elsewhere\r\n"
        "Content-Length: 0\r\nConnection: close\r\n\r\n"
    ),
    "slow trickle": saying(*YES, pause=IMPATIENCE / 8),
    "reset in the middle": reset,
    "timeout after taking": silence,
    "closed without a word": saying(),
}
TAKES_NOTHING = {"503 with a wish", "429 with a wish for a year", "redirect"}
"""After these nobody needs to fear that the message went out."""


@dataclass
class Faulty:
    """A gateway's server; `answer` is what it does when it has read a message, None: it works."""

    answer: Answer | None = None
    taken: Counter[str] = field(default_factory=Counter)
    tries: int = 0
    port: int = 0
    _server: asyncio.Server | None = None

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                self.tries += 1
                if self.answer:
                    await self.answer(reader, writer)
                    return
                to = parse_qs(urlsplit(request.split()[1].decode()).query)["to"][0]
                self.taken[to] += 1
                await saying(YES)(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@pytest.fixture
async def faulty() -> AsyncIterator[Faulty]:
    server = Faulty()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "LONGEST_SEND", IMPATIENCE)


@dataclass
class Sending:
    """Twelve messages, a courier, and the look at the outbox after each round."""

    database: Database
    clock: ManualClock
    gateways: Gateways
    ledger: Ledger = field(default_factory=Ledger)

    async def round(self) -> set[str]:
        """Send what is due; return the states in which deliveries are."""
        courier = Courier(self.database, self.gateways, WORDINGS, "https://oen.example", "w1")
        async with asyncio.timeout(60):
            await courier.drain()
        return set((await self.database.read(self.ledger.check, RECIPIENTS)).values())

    async def until_all_arrived(self) -> None:
        """Let two hours pass at most: whatever a gateway asked for, it is asked again by then."""
        for _ in range(8):
            self.clock.advance(timedelta(minutes=15))
            if await self.round() == {"accepted"}:
                return
        raise AssertionError(self.ledger.states)


async def sending(database: Database, clock: ManualClock, *urls: str) -> Sending:
    await database.write(raise_alert, *(addressee(number) for number in range(RECIPIENTS)))
    return Sending(database, clock, open_gateways([], urls, mail_from="a@oen.example", mark=""))


def kannel(port: int, host: str = "127.0.0.1", name: str = "k") -> str:
    return f"kannel://u:p@{host}:{port}?from=0005&window=4&name={name}"


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", FAULTS)
async def test_what_a_broken_gateway_did_not_take_arrives_later(
    database: Database, clock: ManualClock, faulty: Faulty, fault: str
) -> None:
    made = await sending(database, clock, kannel(faulty.port))
    faulty.answer = FAULTS[fault]
    for _ in range(3):
        assert await made.round() == {"due"}, "nobody gives up, nobody believes it"
        clock.advance(timedelta(seconds=20))
    assert faulty.tries
    doubt = {"temporary"} if fault in TAKES_NOTHING else {"unknown"}
    assert {state for _, _, state in await database.read(attempts)} == doubt
    faulty.answer = None
    await made.until_all_arrived()
    assert len(faulty.taken) == RECIPIENTS
    assert set(faulty.taken.values()) == {1}
    await made.gateways.close()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", ["nobody listens", "no such host", "wrong certificate"])
async def test_a_gateway_that_is_not_reached_took_nothing_and_the_next_takes_all(
    database: Database, clock: ManualClock, faulty: Faulty, tmp_path: Path, fault: str
) -> None:
    other = Faulty()
    await other.start(certificate(tmp_path)[0] if fault == "wrong certificate" else None)
    urls = {
        "nobody listens": kannel(1, name="first"),
        "no such host": kannel(13013, "gateway.invalid", name="first"),
    }
    first = urls.get(fault, f"twilio://AC1:t@localhost:{other.port}?from=+15005550006&scheme=https&name=first")
    made = await sending(database, clock, first, kannel(faulty.port))
    for _ in range(8):
        if await made.round() == {"accepted"}:
            break
        clock.advance(timedelta(minutes=1))
    assert set(faulty.taken.values()) == {1}
    assert len(faulty.taken) == RECIPIENTS
    tried = await database.read(attempts)
    assert {state for _, gateway, state in tried if gateway == "first"} == {"temporary"}, "nothing may have gone out"
    assert not other.taken
    await made.gateways.close()
    await other.stop()
