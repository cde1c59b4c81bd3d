"""The storm: one request that asks every municipality of Japan at once, two contacts each, by mail and SMS."""

import resource
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import uvloop
from sqlalchemy import event, func, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from agreements import directory
from agreements.terms import Terms
from bench.places import Group30, Place, open_place
from bench.processes import SPAWN, running
from bench.sending import Sinks, courier_of, file_requests, fill_again, raw_loop
from bench.table import Row
from foundation.mode import Mode, settle
from foundation.settings import Settings
from notifications.gateways.base import Channel
from notifications.models import Delivery
from tests import world as worlds

CODES = [each.code for each in directory.municipalities()]
ROUNDS = 3
PATIENCE = 300.0
PAUSES = {"at once": 0.0, "after 10 ms": 0.010}
"""How a sink answers, as in `dispatch`."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What one worker process says of its part: its memory at rest and at most (MB), and its statements."""

    at_rest: float
    at_most: float
    statements: int


@dataclass(frozen=True, slots=True)
class Run:
    """One storm: seconds to the last message and to the first contact of the last municipality, and bytes sent."""

    last: float
    first: float
    bytes: float
    workers: Sequence[Carried]


def measure(place: Place, sinks: Sinks) -> list[Row]:
    """Return the storm's dispatch against the raw loop, by one worker process, and by two beside PostgreSQL."""
    settings = place.settings("storm", **sinks.urls())
    messages = uvloop.run(_furnish(settings))
    rows: list[Row] = []
    for answered, pause in PAUSES.items():
        sinks.pause(pause)
        for workers in (1, 2) if place.database_process else (1,):
            storm = Storm(place, settings, sinks, messages, workers)
            rows += storm.rows(f"storm of {messages}, taken {answered}")
    sinks.pause(0.0)
    return rows


@dataclass(frozen=True, slots=True)
class Storm:
    """The same outbox, sent again and again."""

    place: Place
    settings: Settings
    sinks: Sinks
    messages: int
    workers: int

    def rows(self, measure: str) -> list[Row]:
        """Run the rounds; the first, which warms up, counts the statements and is not kept."""
        engine = f"{self.place.engine}, {self.workers} worker{'s' if self.workers > 1 else ''}"
        raw, ours = [], []
        for number in range(ROUNDS + 1):
            before = uvloop.run(self._raw())
            run = self._run(is_counted=number == 0)
            if number:
                raw.append(before)
                ours.append(run)
            else:
                _say(measure, engine, run, self.messages)
        return [
            Row(measure, engine, "/s", [self.messages / run.last for run in ours], self._rates(raw), ">= 0.6"),
            Row(f"{measure}: first contact of all", engine, "s", [run.first for run in ours], raw),
        ]

    def _rates(self, seconds: Sequence[float]) -> list[float]:
        return [self.messages / each for each in seconds]

    async def _raw(self) -> float:
        database, gateways = open_place(self.settings), self.sinks.gateways()
        try:
            await database.write(fill_again)
            return await raw_loop(database, gateways, list(Channel), self.messages)
        finally:
            await gateways.close()
            await database.close()

    def _run(self, *, is_counted: bool) -> Run:
        wanted, bytes_before = self.sinks.count + self.messages, self.sinks.bytes
        with self._carriers(is_counted) as carriers:
            started, began_at = time.monotonic(), time.time()
            for each in carriers:
                each.send("go")
            deadline = started + PATIENCE
            while self.sinks.count < wanted:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"{wanted - self.sinks.count} of {self.messages} messages never came")
                time.sleep(0.005)
            last = self.sinks.last_at - started
            workers = [each.recv() for each in carriers]
        first = uvloop.run(self._first()) - began_at
        return Run(last, first, (self.sinks.bytes - bytes_before) / self.messages, workers)

    @contextmanager
    def _carriers(self, is_counted: bool) -> Iterator[list[Connection]]:
        """Run the worker processes; they are given when each is ready to begin."""
        uvloop.run(self._fill())
        log = self.place.directory / "storm.log"
        with ExitStack() as stack:
            pipes = []
            for number in range(self.workers):
                ours, theirs = SPAWN.Pipe()
                stack.enter_context(
                    running(log, carry, self.settings, self.sinks, theirs, f"worker-{number}", is_counted)
                )
                pipes.append(ours)
            for pipe in pipes:
                if not pipe.poll(PATIENCE):
                    raise RuntimeError(f"a worker did not come up: {log.read_text()[-2000:]}")
                assert pipe.recv() == "ready"
            yield pipes

    async def _fill(self) -> None:
        database = open_place(self.settings)
        try:
            await database.write(fill_again)
        finally:
            await database.close()

    async def _first(self) -> float:
        """Return when (epoch seconds) the last municipality's first contact had been handed over."""
        database = open_place(self.settings)
        try:
            states, instant = await database.read(_handed_over)
        finally:
            await database.close()
        assert states == {"accepted": self.messages}, states
        return instant


def carry(settings: Settings, sinks: Sinks, pipe: Any, name: str, is_counted: bool) -> None:
    """Send the outbox once told to (a process's main function), and say what it took."""
    uvloop.run(_carry(settings, sinks, pipe, name, is_counted=is_counted))


async def _carry(settings: Settings, sinks: Sinks, pipe: Any, name: str, *, is_counted: bool) -> None:
    database, gateways = open_place(settings), sinks.gateways()
    courier = courier_of(database, gateways, name)
    statements = [0]
    if is_counted:

        def count(*_: object) -> None:
            statements[0] += 1

        event.listen(Engine, "before_cursor_execute", count)
    at_rest = _memory()
    pipe.send("ready")
    pipe.recv()
    await courier.drain()
    pipe.send(Carried(at_rest, _memory(), statements[0]))
    await gateways.close()
    await database.close()


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _say(measure: str, engine: str, run: Run, messages: int) -> None:
    statements = sum(each.statements for each in run.workers) / messages
    memory = ", ".join(f"{each.at_rest:.0f} → {each.at_most:.0f} MB" for each in run.workers)
    cost = f"{statements:.2f} statements and {run.bytes:.0f} bytes a message"
    print(f"{measure}, {engine}: worker's memory {memory}; {cost}", flush=True)


async def _furnish(settings: Settings) -> int:
    """Write a group of every municipality, let its first ask all others, and return how many messages that makes."""
    database = open_place(settings)
    try:
        await database.write(settle, Mode.DRILL)
        group = await database.write(_group_of_all)
        await database.write(file_requests, group, 1)
        return await database.read(_count)
    finally:
        await database.close()


def _group_of_all(session: Session) -> Group30:
    terms = Terms(wave_cover=1000.0, wave_minimum=len(CODES), planning_from=0)
    world = worlds.build(session, codes=CODES, coordinator=CODES[0], hit={}, terms=terms)
    session.flush()
    return Group30(world, {CODES[0]: ""})


def _count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Delivery)) or 0


def _handed_over(session: Session) -> tuple[dict[str, int], float]:
    states = session.execute(select(Delivery.state, func.count()).group_by(Delivery.state))
    counts = {state: count for state, count in states}  # noqa: C416 — rows are no pairs to a type checker
    firsts = select(func.min(Delivery.finished_at)).group_by(Delivery.recipient_id)
    return counts, max(each.timestamp() for each in session.scalars(firsts))
