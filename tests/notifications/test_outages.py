"""The figures promised for a dead provider: hand-over within seconds, and nothing lost in fourteen days."""

import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import timedelta

import pytest
from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from foundation.clock import ManualClock
from foundation.database import SERVICE, Database, Surroundings, open_database
from foundation.sealing import Keyring
from notifications import actions
from notifications.gateways import web as calls
from notifications.gateways.base import Outcome, Verdict
from notifications.gateways.opening import open_gateways
from notifications.models import Attempt, Delivery
from notifications.worker import Courier
from tests.notifications.alerting import ACCEPTED, WORDINGS, Scripted, addressee, courier, raise_alert
from tests.notifications.gateways.sinks import HttpSink

RECIPIENTS = 1_000
LOST = Outcome(Verdict.TEMPORARY, code="connect")


@pytest.fixture
async def timed(database_url: str) -> AsyncIterator[Database]:
    """A database whose clock is the machine's."""
    opened = open_database(database_url, Surroundings(Keyring(bytes(range(32)))), SERVICE)
    yield opened
    await opened.close()


@pytest.mark.deep
async def test_a_thousand_recipients_of_a_provider_that_is_dead_from_the_start_are_told_within_five_seconds(
    timed: Database,
) -> None:
    came: list[float] = []

    def take(_request: object) -> web.Response:
        came.append(time.monotonic())
        return web.Response(status=202, text="0: Accepted for delivery")

    second = HttpSink(answer=take)
    await second.start()
    await timed.write(raise_alert, *(addressee(number) for number in range(RECIPIENTS)))
    urls = [f"kannel://user:pass@127.0.0.1:{port}?from=0005&name=k{port}" for port in (9, second.port)]
    gateways = open_gateways([], urls, mail_from="yuimaru@oen.example", mark="【訓練】")
    begun = time.monotonic()
    await Courier(timed, gateways, WORDINGS, "https://oen.example", "w1").drain()
    await gateways.close()
    await second.stop()
    assert len(came) == RECIPIENTS
    p99 = sorted(came)[RECIPIENTS * 99 // 100 - 1] - begun
    assert p99 < 5.0, f"p99 {p99:.1f} s"


@contextmanager
def silent() -> Iterator[int]:
    """Let connections in, and never say a word; give the port."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield server.getsockname()[1]


@contextmanager
def swallowed() -> Iterator[int]:
    """Drop whoever wants to connect, as a firewall does: nobody takes the few who may wait at the door in."""
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        yield server.getsockname()[1]


@pytest.mark.deep
@pytest.mark.parametrize("hole", [silent, swallowed])
async def test_a_provider_that_swallows_everything_holds_up_less_than_one_recipient_in_a_hundred(
    timed: Database, monkeypatch: pytest.MonkeyPatch, hole: Callable[[], AbstractContextManager[int]]
) -> None:
    """It is believed to work at first. Only what it was given waits until its time is up; here that is shorter."""
    monkeypatch.setattr(calls, "LONGEST_SEND", 8.0)
    came: list[float] = []

    def take(_request: object) -> web.Response:
        came.append(time.monotonic())
        return web.Response(status=202, text="0: Accepted for delivery")

    second = HttpSink(answer=take)
    await second.start()
    await timed.write(raise_alert, *(addressee(number) for number in range(RECIPIENTS)))
    with hole() as port:
        urls = [f"kannel://user:pass@127.0.0.1:{each}?from=0005&name=k{each}" for each in (port, second.port)]
        gateways = open_gateways([], urls, mail_from="yuimaru@oen.example", mark="【訓練】")
        begun = time.monotonic()
        await Courier(timed, gateways, WORDINGS, "https://oen.example", "w1").drain()
        await gateways.close()
    await second.stop()
    tries = await timed.read(tries_by, f"k{port}")
    late = [at - begun for at in sorted(came)]
    print(  # noqa: T201 — a figure
        f"{hole.__name__}: {tries} of {RECIPIENTS} messages given to it; on the second, the first after "
        f"{late[0]:.1f} s, p99 {late[RECIPIENTS * 99 // 100 - 1]:.1f} s, the last {late[-1]:.1f} s"
    )
    assert len(came) == RECIPIENTS
    assert await timed.read(accepted) == RECIPIENTS
    assert 0 < tries < RECIPIENTS // 100


def tries_by(session: Session, gateway: str) -> int:
    return session.scalar(select(func.count()).where(Attempt.gateway == gateway)) or 0


def accepted(session: Session) -> int:
    return session.scalar(select(func.count()).where(Delivery.state == "accepted")) or 0


@pytest.mark.deep
async def test_ten_thousand_messages_of_a_gateway_that_is_down_for_fourteen_days_are_all_delivered(
    database: Database, clock: ManualClock
) -> None:
    """Down until an hour before the deadline, looked at every half hour; few tries, for only the probe goes out."""
    messages = 10_000
    for start in range(0, messages, 1_000):
        people = [addressee(number) for number in range(start, start + 1_000)]
        await database.write(raise_alert, *people, topic=f"request-{start}")
    phone = Scripted(window=64, answer=lambda _: LOST)
    worker = courier(database, phone)
    back_at = clock.now() + actions.DEADLINE - timedelta(hours=1)
    while clock.now() < back_at:
        await worker.drain()
        clock.advance(timedelta(minutes=30))
    wasted = len(phone.messages)
    phone.answer = lambda _: ACCEPTED
    for _ in range(2):
        await worker.drain()
        clock.advance(timedelta(minutes=29))
    assert await database.read(accepted) == messages
    assert wasted < 64 + 14 * 48 + 1
