"""The raw loop and the courier: both send the same rows of the same database through the same gateways."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from aid.requests import actions as requests
from aid.requests.schemas import RequestDraft
from bench import sinks
from bench.places import Group30, Place
from bench.processes import SPAWN, free_port, running, wait_until_open
from foundation.database import Database
from foundation.mode import Mode
from foundation.sealing import unseal
from notifications import queries
from notifications.gateways.base import Channel, Gateway, Message, Verdict
from notifications.gateways.opening import Gateways, open_gateways
from notifications.models import Attempt, Delivery
from notifications.worker import Courier
from service.identity.queries import actor_of_person
from service.wiring import WORDINGS

TEXT = {
    Channel.EMAIL: "応援要請のお知らせ。パソコン60台、プリンター4台、証明書発行の応援2人。回答をお願いします。\r\n"
    * 12,
    Channel.SMS: "【訓練】応援要請 パソコン60台 返信1234 1可2不可3条件付 http://127.0.0.1:8000/r/0123456789",
}


@dataclass(frozen=True, slots=True)
class Sinks:
    """Both sinks, each in its process: where they listen, and what they have counted."""

    ports: dict[Channel, int]
    tallies: dict[Channel, Any]

    @property
    def count(self) -> int:
        return int(sum(tally[0] for tally in self.tallies.values()))

    @property
    def last_at(self) -> float:
        """The moment (monotonic) at which the last message had come."""
        return max(float(tally[1]) for tally in self.tallies.values())

    @property
    def bytes(self) -> float:
        """What has come over the wire in all."""
        return float(sum(tally[3] for tally in self.tallies.values()))

    def pause(self, seconds: float) -> None:
        """Let every message be answered so much later."""
        for tally in self.tallies.values():
            tally[2] = seconds

    def urls(self) -> dict[str, tuple[str, ...]]:
        """Return the settings by which messages go here."""
        kannel = f"kannel://bench:bench@127.0.0.1:{self.ports[Channel.SMS]}?from=0005123456"
        return {"mail_urls": (f"smtp://127.0.0.1:{self.ports[Channel.EMAIL]}",), "sms_urls": (kannel,)}

    def gateways(self) -> Gateways:
        """Return the product's gateways to here, with their default windows."""
        urls = self.urls()
        return open_gateways(
            urls["mail_urls"], urls["sms_urls"], mail_from="yuimaru@bench.example", mark=Mode.DRILL.mark
        )


@contextmanager
def both_sinks(place: Place) -> Iterator[Sinks]:
    """Run both sinks, each in a process of its own."""
    opened = Sinks({}, {})
    protocols: dict[Channel, type[sinks.Counting]] = {Channel.EMAIL: sinks.Smtp, Channel.SMS: sinks.Kannel}
    with ExitStack() as stack:
        for channel, protocol in protocols.items():
            log, port = place.directory / f"sink-{channel}.log", free_port()
            tally = SPAWN.Array("d", 4, lock=False)
            stack.enter_context(running(log, sinks.run, protocol, port, tally))
            wait_until_open(port, log)
            opened.ports[channel], opened.tallies[channel] = port, tally
        yield opened


def file_requests(session: Session, group: Group30, count: int) -> None:
    """File one request of each of the first `count` members, so that the outbox holds their messages."""
    for code in list(group.tokens)[:count]:
        actor = actor_of_person(session, group.world.people[code, "disaster"], 1)
        assert actor is not None
        requests.file(session, actor, RequestDraft.model_validate_json(group.draft(code, group.world.incident)))


def fill_again(session: Session) -> None:
    """Put everything back into the outbox as if it had never been tried."""
    session.execute(delete(Attempt))
    session.execute(
        update(Delivery).values(state="due", attempt=0, tries=0, finished_at=None, leased_until=None, leased_by=None)
    )


async def raw_loop(database: Database, gateways: Gateways, channels: Sequence[Channel], most: int) -> float:
    """Read the rows, then send each with as many at once as the gateway takes; return the seconds it took.

    One fixed text, no row written: the least that can reach those addresses.
    """
    started = time.perf_counter()
    lanes = [(gateways.for_channel(channel)[0], channel) for channel in channels]
    await asyncio.gather(*(_send_all(database, gateway, channel, most) for gateway, channel in lanes))
    return time.perf_counter() - started


async def _send_all(database: Database, gateway: Gateway, channel: Channel, most: int) -> None:
    messages = iter(await database.read(_messages, channel, most))

    async def send_on() -> None:
        for message in messages:
            outcome = await gateway.send(message)
            assert outcome.verdict is Verdict.ACCEPTED, outcome

    await asyncio.gather(*(send_on() for _ in range(gateway.window)))


def _messages(session: Session, channel: Channel, most: int) -> list[Message]:
    rows = session.execute(
        select(Delivery.id, Delivery.member, Delivery.alert_id, Delivery.address_sealed)
        .where(Delivery.channel == channel.value)
        .limit(most)
    )
    return [
        Message(
            attempt=row.id,
            to=unseal(session, row.member, queries.ADDRESS, row.id, row.address_sealed),
            text=TEXT[channel],
            subject="【訓練】応援要請",
            thread=row.alert_id,
        )
        for row in rows
    ]


async def courier_run(database: Database, gateways: Gateways, channel: Channel, expected: int) -> float:
    """Let the product's courier send what is due on one channel; return the seconds it took."""
    chosen = gateways.for_channel(channel)
    only = Gateways(mail=chosen, sms=()) if channel is Channel.EMAIL else Gateways(mail=(), sms=chosen)
    courier = courier_of(database, only)
    started = time.perf_counter()
    await courier.drain()
    seconds = time.perf_counter() - started
    accepted = await database.read(_accepted, channel)
    assert accepted == expected, f"{accepted} of {expected} were accepted"
    return seconds


def courier_of(database: Database, gateways: Gateways, name: str = "bench") -> Courier:
    """Return the product's courier."""
    return Courier(database, gateways, WORDINGS, "http://127.0.0.1:8000", name)


def _accepted(session: Session, channel: Channel) -> int:
    which = Delivery.channel == channel.value, Delivery.state == "accepted"
    return session.scalar(select(func.count()).select_from(Delivery).where(*which)) or 0
