"""`kill -9` of whatever there is, again and again under load: service, worker, database and Kannel.

`YUIMARU_KILLS` says how often in all (12 where it is not set, half of them on each engine).
"""

import asyncio
import os
import random
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.terms import Terms
from notifications import codes
from notifications.models import Attempt, Delivery
from notifications.slots import UNRECORDED
from tests.deep import kannel
from tests.deep.carrier import Carrier
from tests.deep.clusters import MortalCluster
from tests.deep.kannel import Kannel, through_kannel
from tests.deep.running import Place, Process, asking, is_sending
from tests.engines import Engines
from tests.world import CODES, World

pytestmark = [
    pytest.mark.deep,
    pytest.mark.skipif(kannel.missing() is not None, reason=f"real Kannel: {kannel.missing()}"),
]

WINDOW = 16
"""Kannel's own, where its address says nothing else."""
KILLS = int(os.environ.get("YUIMARU_KILLS", "12"))
EACH = 2 * (len(CODES) - 1)
"""SMS that a request sends: two people at each partner."""
BETWEEN = (4, 40)
"""Messages that arrive between two kills, at the least and at the most."""
BACKLOG = 60
"""Messages that wait at any time: a kill finds some claimed, some posted and some in Kannel."""
KANNEL_WINDOW = 10
"""Messages that Kannel has with the carrier unanswered (its max-pending-submits): it sends them again itself."""
PATIENCE = 150.0
_TOKEN = re.compile(r"/r/([0-9a-z]{10})\b")
Kill = Callable[[], Awaitable[None]]


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
async def test_nothing_is_lost(
    engine: str, engines: Engines, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = random.randrange(10**6)
    dice = random.Random(seed)
    with durable(engine, engines, tmp_path) as (url, cluster):
        place, carrier = Place(url, tmp_path), Carrier()
        async with through_kannel(place, carrier) as box, running(place) as processes:
            world, token = processes.world
            load = Load(place, world, token, carrier)
            victims = killing(processes, cluster, box)
            kills: Counter[str] = Counter()
            async with load.going():
                for name in in_turn(sorted(victims), dice):
                    await load.arrived(dice.randint(*BETWEEN))
                    kills[name] += 1
                    await victims[name]()
            await load.settled()
        async with place.opened() as database:
            tokens, attempts = await database.read(outcome)
    arrivals = Counter(load.tokens())
    lost = set(tokens) - set(arrivals)
    marked = sum(arrivals[each] - 1 for each, delivery in tokens.items() if "unknown" in attempts[delivery])
    unmarked = arrivals.total() - len(arrivals) - marked
    with capsys.disabled():
        sys.stdout.write(
            f"\n{engine}: {kills.total()} kills {dict(kills)} (seed {seed}; YUIMARU_KILLS={KILLS}), "
            f"{len(tokens)} messages, {len(lost)} lost, {marked} repeats of ours, {unmarked} of Kannel's"
        )
    assert not lost
    assert len(tokens) == len(load.taken) * EACH, "each request that was answered 201, once"
    assert marked <= kills.total() * max(UNRECORDED, 3 * WINDOW)
    assert unmarked <= kills["bearerbox"] * KANNEL_WINDOW


def in_turn(names: Sequence[str], dice: random.Random) -> Iterator[str]:
    """Name the next victim until all kills are done: in any order, but none again before the others."""
    for number in range(KILLS // 2):
        if number % len(names) == 0:
            order = dice.sample(names, len(names))
        yield order[number % len(names)]


@contextmanager
def durable(engine: str, engines: Engines, directory: Path) -> Iterator[tuple[str, MortalCluster | None]]:
    """Give a database that is kept as an operator keeps it; on PostgreSQL with its cluster."""
    if engine == "sqlite":
        yield engines.fresh(engine, directory), None
        return
    cluster = MortalCluster.start(directory)
    if cluster is None:
        pytest.skip("PostgreSQL: initdb is not installed")
    assert isinstance(cluster, MortalCluster)
    cluster.make_durable()
    try:
        yield cluster.fresh(), cluster
    finally:
        cluster.stop()


@dataclass
class Processes:
    """The service as operators run it; `world` is what was built, with the token of the one who asks."""

    server: Process
    worker: Process | None
    world: tuple[World, str]


@asynccontextmanager
async def running(place: Place) -> AsyncIterator[Processes]:
    world = await place.build(terms=Terms(wave_cover=1000.0, wave_minimum=len(CODES), planning_from=0))
    made = Processes(Process(place, "serve"), None if place.is_embedded else Process(place, "worker"), world)
    async with AsyncExitStack() as stack:
        await made.server.come_up()
        stack.push_async_callback(made.server.stop)
        if made.worker:
            await made.worker.start()
            stack.push_async_callback(made.worker.stop)
        yield made


def killing(processes: Processes, cluster: MortalCluster | None, box: Kannel) -> Mapping[str, Kill]:
    """Return by name how each part is killed and started again."""

    async def server() -> None:
        await processes.server.kill()
        await processes.server.come_up()

    async def worker() -> None:
        assert processes.worker
        await processes.worker.kill()
        await processes.worker.start()

    async def database() -> None:
        assert cluster
        await asyncio.to_thread(cluster.kill)
        await asyncio.to_thread(cluster.begin)

    async def smsbox() -> None:
        await box.kill("smsbox")
        await box.begin("smsbox")

    async def bearerbox() -> None:
        """Without it the other box ends, too."""
        await box.kill("bearerbox")
        await box.kill("smsbox")
        await box.begin("bearerbox")
        await box.begin("smsbox")

    found = {"server": server, "smsbox": smsbox, "bearerbox": bearerbox}
    return found | ({"worker": worker} if processes.worker else {}) | ({"database": database} if cluster else {})


@dataclass
class Load:
    """Somebody who goes on asking, each request until it was taken."""

    place: Place
    world: World
    token: str
    carrier: Carrier
    taken: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def going(self) -> AsyncIterator[None]:
        enough = asyncio.Event()
        asker = asyncio.create_task(self._ask_on(enough))
        try:
            yield
        finally:
            enough.set()
            await asker

    async def arrived(self, more: int) -> None:
        """Wait until so many more messages have come to the carrier."""
        wanted = len(self.carrier.texts) + more

        async def came() -> bool:
            return len(self.carrier.texts) >= wanted

        await until(came, 0.01)

    async def settled(self) -> None:
        """Wait until no message of any request waits or is under way, and all have come."""
        left = list(self.taken)
        async with self._client() as client:

            async def ended() -> bool:
                while left and not await is_sending(client, left[-1]):
                    left.pop()
                return not left and len(set(self.tokens())) >= len(self.taken) * EACH

            await until(ended, 0.5)

    def tokens(self) -> list[str]:
        """Return the answer link of each text that came: every message has its own."""
        return [token[1] for _, text in self.carrier.texts if (token := _TOKEN.search(text))]

    async def _ask_on(self, enough: asyncio.Event) -> None:
        async with self._client() as client:
            while not enough.is_set():
                if len(self.taken) * EACH - len(set(self.tokens())) < BACKLOG:
                    self.taken.append(await self._ask(client, len(self.taken)))
                else:
                    await asyncio.sleep(0.02)

    async def _ask(self, client: httpx.AsyncClient, number: int) -> str:
        """Post until it is taken: the key says that it is the same request."""
        draft = asking(self.world, reason=f"{number} 通目")
        while True:
            with suppress(httpx.TransportError):
                answer = await client.post(
                    "/api/requests", json=draft, headers={"Idempotency-Key": f"key-{number:08d}"}
                )
                if answer.status_code == 201:
                    return str(answer.json()["id"])
                assert answer.status_code >= 500 or answer.status_code == 409, answer.text
            await asyncio.sleep(0.1)

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.place.base, headers={"Authorization": f"Bearer {self.token}"}, timeout=15
        )


async def until(is_so: Callable[[], Awaitable[bool]], pause: float) -> None:
    for _ in range(int(PATIENCE / pause)):
        if await is_so():
            return
        await asyncio.sleep(pause)
    raise AssertionError("it never happened")


def outcome(session: Session) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return each SMS by its link, and the states of its attempts."""
    deliveries = session.scalars(select(Delivery.id).where(Delivery.channel == "sms"))
    attempts: dict[str, list[str]] = {}
    for delivery, state in session.execute(select(Attempt.delivery_id, Attempt.state)):
        attempts.setdefault(delivery, []).append(state)
    return {codes.token_of(session, each): each for each in deliveries}, attempts
