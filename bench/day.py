"""A national day over HTTP: 1,741 members, 3,500 requests, answers by link, faster than life by a factor.

The service runs as operators run it, on the machine's own clock: only the world is faster. What people need (when
they ask, how long they take to answer) and the group's answer time (two minutes at least) are divided by the factor;
the service's own work is not, nor how often it plans. From drills it knows that this group answers within a minute.
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import uvloop
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agreements.terms import Terms
from aid.models import AidRequest, Commitment
from aid.simulation.making import make
from aid.simulation.world import World
from bench import crowd, servers
from bench.crowd import Errand, Seen
from bench.nation import DRILL, Nation, furnish
from bench.places import Place, open_place
from bench.processes import SPAWN, free_port, running, wait_until_open
from bench.sending import Sinks
from bench.table import Row
from foundation.settings import Settings
from inventory.models import Capability
from notifications import outbox
from notifications.models import Answer, Delivery
from notifications.watching import looking
from tests import world as worlds

FACTOR = 60.0
HOURS = 6.0
"""Of the day: by then everything is asked."""
ANSWER_MINUTES = 60
LEAST_MINUTES = 2
"""The group's answer time at least: minutes are whole, and as large a share as in life must answer within it."""
PATIENCE = 600.0
SCALE = 1741
ENDED = {"accepted", "superseded", "delivered"}


@dataclass(frozen=True, slots=True)
class Books:
    """帳簿: what the database holds once all is quiet."""

    requests: int
    answers: int
    units: int
    over_promised: int
    states: dict[str, int]
    ages: list[float]
    faults: dict[str, int]


def pace(said: str) -> dict[str, Any]:
    """Return factor, hours and members of `day:60:6:1741`; what is left out has its default."""
    kinds = {"factor": float, "hours": float, "scale": int}
    return {name: kind(value) for (name, kind), value in zip(kinds.items(), said.split(":")[1:], strict=False)}


def measure(
    place: Place, sinks: Sinks, factor: float = FACTOR, hours: float = HOURS, scale: int = SCALE
) -> list[Row]:
    """Play the day and hold what came in against what is there. Raises RuntimeError where anything was lost."""
    world, phones = make(scale, 1), free_port()
    urls = sinks.urls() | {"sms_urls": (f"kannel://bench:bench@127.0.0.1:{phones}?from=0005123456",)}
    settings = place.settings("day", port=free_port(), **urls)
    each = max(LEAST_MINUTES, round(ANSWER_MINUTES / factor))
    terms = Terms(answer_minutes=dict.fromkeys((1, 2, 3, 4), each))
    nation = uvloop.run(furnish(settings, world, has_drilled=True, terms=terms))
    seen = _played(
        place,
        settings,
        Errand(
            world, factor, hours * 60, settings.port, phones, nation.tokens, _bodies(world, nation), _phones(world)
        ),
    )
    books = uvloop.run(_books(settings))
    _check(seen, books)
    _say(place, seen, books)
    return list(_rows(f"day of {scale:,} ×{factor:g}", place, seen, books, each * 60.0))


def _bodies(world: World, nation: Nation) -> dict[str, bytes]:
    return {
        request.key: json.dumps(
            {
                "incident": nation.incident,
                "group": nation.group,
                "requester": request.requester,
                "lines": [{"kind": request.kind, "quantity": request.quantity}],
                "priority": request.priority,
            }
        ).encode()
        for request in world.requests
    }


def _phones(world: World) -> dict[str, str]:
    return {worlds.mobile(member.key, "ict"): member.key for member in world.members}


def _played(place: Place, settings: Settings, errand: Errand) -> Seen:
    log = place.directory / "day.log"
    with ExitStack() as stack:
        stack.enter_context(running(log, servers.serve, settings, None))
        if place.database_process:
            stack.enter_context(running(log, servers.work, settings))
        wait_until_open(settings.port, log)
        here, there = SPAWN.Pipe()
        stack.enter_context(running(place.directory / "crowd.log", crowd.play, there))
        here.send(errand)
        seen = None
        while not isinstance(seen, Seen):
            if not here.poll(2 * PATIENCE + (errand.minutes + crowd.AFTERWARDS) * 60 / errand.factor):
                raise RuntimeError(f"the crowd is stuck: {(place.directory / 'crowd.log').read_text()[-2000:]}")
            seen = here.recv()
        if place.database_process:
            uvloop.run(_drained(settings))
        return seen


async def _drained(settings: Settings) -> None:
    """Wait until the worker, a process of its own, has handed over what is left."""
    database = open_place(settings)
    try:
        async with asyncio.timeout(PATIENCE):
            while await database.read(outbox.waiting):  # noqa: ASYNC110 — another process sends
                await asyncio.sleep(1.0)
    finally:
        await database.close()


async def _books(settings: Settings) -> Books:
    database = open_place(settings)
    try:
        return await database.read(_read)
    finally:
        await database.close()


def _read(session: Session) -> Books:
    look = looking.look(session)
    states: Any = session.execute(select(Delivery.state, func.count()).group_by(Delivery.state)).all()
    times = session.execute(select(Delivery.raised_at, Delivery.finished_at).where(Delivery.state.in_(ENDED))).all()
    over = select(func.count()).where(Capability.held + Capability.committed > Capability.quantity)
    figures = look.figures
    return Books(
        requests=session.scalar(select(func.count()).where(~AidRequest.number.startswith(DRILL))) or 0,
        answers=session.scalar(select(func.count()).select_from(Answer)) or 0,
        units=session.scalar(select(func.sum(Commitment.quantity))) or 0,
        over_promised=session.scalar(over) or 0,
        states={state: count for state, count in states},  # noqa: C416 — rows are no pairs to a type checker
        ages=[_age(row.raised_at, row.finished_at) for row in times if row.finished_at],
        faults={
            "lost": figures.lost,
            "ill counted": figures.ill_counted,
            "stale leases": figures.stale_leases,
            "open attempts": figures.open_attempts,
            "unhandled": figures.unhandled,
        },
    )


def _age(raised_at: datetime, finished_at: datetime) -> float:
    return (finished_at - raised_at).total_seconds()


def _check(seen: Seen, books: Books) -> None:
    """Hold what came in against what is kept."""
    # One that comes when nothing is open any more is kept all the same, and its sender is told so
    answered = seen.counts.get("answer 200", 0) + seen.counts.get("answer 409", 0)
    pairs = {
        "requests": (seen.counts.get("ask 201", 0), books.requests),
        "answers": (answered, books.answers),
        "units": (seen.counts.get("units", 0), books.units),
        "over-promised": (0, books.over_promised),
        "promised twice": (0, seen.counts.get("promised twice", 0)),
        "messages not sent": (0, sum(count for state, count in books.states.items() if state not in ENDED)),
        **{name: (0, count) for name, count in books.faults.items()},
    }
    wrong = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    if wrong:
        raise RuntimeError(f"what came in is not what is there: {wrong}; {seen.wrong}")


def _say(place: Place, seen: Seen, books: Books) -> None:
    print(
        f"day, {place.engine}: {dict(sorted(seen.counts.items()))}; outbox {books.states}; {seen.wrong}", flush=True
    )


def _rows(name: str, place: Place, seen: Seen, books: Books, answer_seconds: float) -> Iterator[Row]:
    """The rates beside what was to come in; the times beside the cheapest answer of the same server meanwhile."""
    asked, wanted = seen.counts.get("ask 201", 0), len(seen.seconds["ask"])
    yield Row(f"{name}: requests kept", place.engine, "", [asked], [wanted], "= 1")
    yield Row(f"{name}: HTTP calls", place.engine, "/s", [seen.calls / seen.took], [asked / seen.took])
    glance = _p95(seen.seconds.get("glance", [])) * 1000
    for what in ("ask", "open", "answer", "accept"):
        if seen.seconds.get(what):
            yield Row(
                f"{name}: {what}, p95 (glance)", place.engine, "ms", [_p95(seen.seconds[what]) * 1000], [glance]
            )
    yield Row(
        f"{name}: outbox age, p95 (answer time)", place.engine, "s", [_p95(books.ages)], [answer_seconds], "<= 1"
    )


def _p95(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)] if ordered else 0.0
