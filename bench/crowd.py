"""Everybody outside the service on a national day: those who ask, the phones of those who are asked, their answers.

One process: it keeps the world's clock (faster by a factor), is the Kannel that SMS go to, and speaks HTTP to the
service as browsers and programs would.
"""

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import parse_qs, urlsplit

import uvloop

from aid.simulation.ledger import Ledger
from aid.simulation.world import Answer, SimRequest, World, pool_of
from bench import sinks
from bench.caller import Caller
from foundation.database import Busy

LINK = re.compile(r"/r/([0-9a-z]{6,10})\s*$", re.MULTILINE)
NUMBER = re.compile(r"\d{6}-\d{4}-\d{4,}")
AFTERWARDS = 240.0
"""Minutes for which answers are waited for after the last request; who would answer later is not heard.

Long enough for the service, whose rounds are two real minutes apart, to ask for all of them.
"""
PATIENCE = 300.0
"""Seconds for which the last messages are waited for, and for which people try again."""
GLANCES = 5.0
"""Seconds between two looks at whether the service lives: the cheapest answer, at the same moment."""
AGAIN = 2.0
"""Seconds after which people who were told that the service is busy send the same again."""
CONFLICT = 409
UNABLE = Answer(0.0, is_willing=False, speaks=True)


@dataclass(frozen=True, slots=True)
class Errand:
    """一日の予定: the world and its pace, who asks with which body and token, and whose phone answers."""

    world: World
    factor: float
    minutes: float
    port: int
    phones_port: int
    tokens: Mapping[str, str]
    bodies: Mapping[str, bytes]
    member_of: Mapping[str, str]


@dataclass
class Seen:
    """一日の結果: seconds of each kind of call, counts of everything, the first thing that went wrong.

    `took` is for how many seconds people asked, and `calls` how many calls of any kind came meanwhile.
    """

    seconds: dict[str, list[float]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    took: float = 0.0
    calls: int = 0
    wrong: str = ""

    def add(self, what: str, units: int = 1) -> None:
        """Count something."""
        self.counts[what] = self.counts.get(what, 0) + units


@dataclass(frozen=True, slots=True)
class Asked:
    """要請: what was filed, by its id."""

    request: SimRequest
    id: str


def play(pipe: "Connection[Any, Any]") -> None:
    """Play one day (the process's main function)."""
    errand: Errand = pipe.recv()
    pipe.send(uvloop.run(Crowd(errand).run(partial(pipe.send, "ready"))))


class Crowd:
    """群衆: the people of one day."""

    def __init__(self, errand: Errand) -> None:
        self._errand, self._world = errand, errand.world
        self._caller, self._glancer = Caller(errand.port), Caller(errand.port)
        self._seen, self._ledger = Seen(), Ledger(errand.world)
        self._asked: dict[str, Asked] = {}
        self._links: set[str] = set()
        self._taken: set[str] = set()
        self._promised = Counter[str]()
        self._lines = {(line.member, line.kind): line for line in self._world.lines}
        self._tasks: set[asyncio.Task[None]] = set()
        self._began = 0.0

    async def run(self, is_ready: Any) -> Seen:
        """Ask as the world says, let everybody answer, and return what was seen once all is quiet."""
        loop = asyncio.get_running_loop()
        phones = await loop.create_server(lambda: Phones(self._rang), "127.0.0.1", self._errand.phones_port)
        is_ready()
        began = self._began = time.monotonic()
        asking = [each for each in self._world.requests if each.at <= self._errand.minutes]
        glancing = asyncio.create_task(self._glance())
        async with asyncio.TaskGroup() as group:
            for request in asking:
                group.create_task(self._ask(request))
        self._seen.took = time.monotonic() - began
        self._seen.calls = sum(len(each) for each in self._seen.seconds.values())
        # Whoever is asked late still answers
        await asyncio.sleep(self._seconds(AFTERWARDS))
        while self._tasks:
            await asyncio.wait(self._tasks)
        await self._until_sent()
        glancing.cancel()
        phones.close()
        return self._seen

    def _seconds(self, minutes: float) -> float:
        return minutes * 60 / self._errand.factor

    async def _until_sent(self) -> None:
        """Wait until the service says that its outbox is empty; it counts every five seconds."""
        deadline = time.monotonic() + PATIENCE
        await asyncio.sleep(2 * GLANCES)
        while time.monotonic() < deadline:
            _, metrics = await self._caller.call("GET", "/metrics", b"")
            if re.search(rb"^yuimaru_outbox_waiting 0(\.0)?$", metrics, re.MULTILINE):
                return
            await asyncio.sleep(1.0)

    def _minute(self) -> float:
        """Return the world's time."""
        return (time.monotonic() - self._began) * self._errand.factor / 60

    async def _call(self, what: str, method: str, path: str, body: bytes = b"", **more: str) -> tuple[int, bytes]:
        """Call the service; a glance waits for no other call, as somebody else's would.

        Told that it is busy, people send the same again a little later: all of it is how long they waited.
        """
        began = time.perf_counter()
        caller = self._glancer if what == "glance" else self._caller
        status, answer = await caller.call(method, path, body, **more)
        while is_busy(status, answer) and time.perf_counter() - began < PATIENCE:
            self._seen.add(f"{what} busy")
            await asyncio.sleep(AGAIN)
            status, answer = await caller.call(method, path, body, **more)
        self._seen.seconds.setdefault(what, []).append(time.perf_counter() - began)
        self._seen.add(f"{what} {status}")
        if status >= 400 and not self._seen.wrong:
            self._seen.wrong = f"{what}: {status} {answer.decode(errors='replace')[:300]}"
        return status, answer

    async def _glance(self) -> None:
        while True:
            await asyncio.sleep(GLANCES)
            await self._call("glance", "GET", "/healthz")

    async def _ask(self, request: SimRequest) -> None:
        await asyncio.sleep(self._seconds(request.at))
        token, body = self._errand.tokens[request.requester], self._errand.bodies[request.key]
        status, answer = await self._call("ask", "POST", "/api/requests", body, token=token)
        if status == 201:
            view = json.loads(answer)
            self._asked[view["number"]] = Asked(request, view["id"])

    def _rang(self, number: str, text: str) -> None:
        """Let the one who answers for a member see to a message; the others only have it."""
        self._seen.add("sms")
        member, link = self._errand.member_of.get(number), LINK.search(text)
        if member and link and link[1] not in self._links:
            self._links.add(link[1])
            task = asyncio.create_task(self._attend(member, link[1]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _attend(self, member: str, link: str) -> None:
        """Open the link, think as long as the world says, answer all it asks, and have the askers take what comes."""
        _, page = await self._call("open", "GET", f"/r/{link}")
        # One line a request: a message about several lists their numbers in the order of its lines
        numbers = dict.fromkeys(NUMBER.findall(page.decode(errors="replace")))
        asked = [self._asked[number] for number in numbers if number in self._asked]
        if not asked or len(asked) < len(numbers):
            self._seen.add("closed before it was opened")
            return
        units = self._units(member, asked)
        answers = [self._answer(member, each) for each in asked]
        heard = [each.after for each, given in zip(answers, units, strict=True) if each.speaks or given]
        if not heard:
            self._seen.add("silent")
            return
        if self._minute() + max(heard) > self._errand.minutes + AFTERWARDS:
            self._seen.add("after the end")
            return
        await asyncio.sleep(self._seconds(max(heard)))
        units = self._units(member, asked)
        given = Counter({self._source(member, each): 0 for each in asked})
        for each, count in zip(asked, units, strict=True):
            given[self._source(member, each)] += count
        self._promised += given
        quantities = "".join(f"&quantity-{place}={count}" for place, count in enumerate(units, start=1))
        form = f"decision=accept{quantities}" if any(units) else "decision=decline"
        status, _ = await self._call("answer", "POST", f"/r/{link}", form.encode(), kind="form")
        for each, count in zip(asked, units, strict=True):
            if status == 200 and count:
                await self._accept(each)
        self._promised -= given

    def _answer(self, member: str, asked: Asked) -> Answer:
        """Return how a member answers a request; what only stands in for the thing asked for is not given here."""
        line = self._lines.get((member, asked.request.kind))
        return self._world.answer(asked.request.key, line.key) if line else UNABLE

    def _source(self, member: str, asked: Asked) -> str:
        """Return what a member's units for a request come from: its stock, or the people it can spare."""
        line = self._lines.get((member, asked.request.kind))
        return (pool_of(line) or line.key) if line else ""

    def _units(self, member: str, asked: Sequence[Asked]) -> list[int]:
        """Return what a member would give now for each of some requests: nothing is given twice."""
        found, promised = [], self._promised.copy()
        for each in asked:
            line, source = self._lines.get((member, each.request.kind)), self._source(member, each)
            units = 0
            if line and self._answer(member, each).is_willing:
                free = self._ledger.available(line.key) - promised[source]
                units = max(min(free, self._ledger.missing[each.request.key]), 0)
                promised[source] += units
            found.append(units)
        return found

    async def _accept(self, asked: Asked) -> None:
        """Take what is offered up to the need."""
        token = self._errand.tokens[asked.request.requester]
        _, answer = await self._call("offers", "GET", f"/api/requests/{asked.id}/offers", token=token)
        for offer in json.loads(answer)["items"]:
            if not self._ledger.missing[asked.request.key]:
                return
            if offer["status"] != "offered" or offer["id"] in self._taken:
                continue
            self._taken.add(offer["id"])
            path = f"/api/offers/{offer['id']}/acceptance"
            status, taken = await self._call("accept", "POST", path, b'{"lines": []}', token=token)
            if status == 200:
                line = self._lines[offer["municipality"], asked.request.kind]
                units = sum(each["quantity"] for each in json.loads(taken)["commitments"])
                self._seen.add("units", units)
                got = self._ledger.take(0.0, asked.request.key, line.key, units)
                self._seen.add("promised twice", units - got)


def is_busy(status: int, answer: bytes) -> bool:
    """Tell whether an answer, a page or a problem, says that nothing was done and the same is to be sent again."""
    return status == CONFLICT and Busy.ja in answer.decode()


class Phones(sinks.Counting):
    """The Kannel that all SMS go to; what rings is handed on."""

    def __init__(self, rang: Any) -> None:
        super().__init__([0.0] * 4)
        self._rang = rang

    def data_received(self, data: bytes) -> None:
        self._hear(data)
        while b"\r\n\r\n" in self._pending:
            head, _, self._pending = self._pending.partition(b"\r\n\r\n")
            query = parse_qs(urlsplit(head.split(b" ", 2)[1].decode()).query)
            self._take(sinks.TAKEN)
            self._rang(query["to"][0], query["text"][0])
