"""A round of planning as the service makes it: what it reads, thinks and writes; the first one and the next."""

import asyncio
import gc
import time
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from agreements.terms import Terms
from aid.models import Incident, Planning
from aid.plans import rounds, sections
from aid.plans.facts import Facts
from aid.ranking.geography import Position, distance_km
from aid.simulation.making import make
from aid.simulation.world import SimRequest, World
from bench.nation import Nation, furnish
from bench.places import Place, open_place
from bench.ranking import filed
from bench.table import Row
from foundation import clock
from foundation.database import Database

OPEN = {30: 10, 300: 100, 1741: 600}
"""Requests that are open at the first round of a world of so many members."""
MORE = 10
"""For each so many of them one more comes before the next round."""
SOON = timedelta(minutes=5)


def measure(place: Place) -> Iterator[Row]:
    """Return the CPU of rounds at each size, against sorting the partners of each open line by their distance."""
    for scale in OPEN:
        yield from asyncio.run(_measured(place, make(scale, 1)))


async def _measured(place: Place, world: World) -> list[Row]:
    count = OPEN[len(world.members)]
    settings = place.settings(f"rounds-{len(world.members)}")
    nation = await furnish(settings, world, terms=Terms(planning_from=2))
    database = open_place(settings)
    try:
        await database.write(_just_now, nation)
        requests = world.requests[: count + count // MORE]
        await _file(database, nation, requests[:count])
        planning = await database.read(lambda session: session.scalars(select(Planning.id)).one())
        first = await _round(place, database, planning, world, "first")
        await _file(database, nation, requests[count:])
        return first + await _round(place, database, planning, world, "next")
    finally:
        await database.close()


def _just_now(session: Session, nation: Nation) -> None:
    """Let the earth have shaken a moment ago: then urgent requests are still expected."""
    began = clock.now(session) - SOON
    session.execute(update(Incident).where(Incident.id == nation.incident).values(occurred_at=began))


async def _file(database: Database, nation: Nation, requests: list[SimRequest]) -> None:
    for each in requests:
        await database.write(filed, nation, each)


async def _round(place: Place, database: Database, planning: str, world: World, which: str) -> list[Row]:
    began = time.process_time()
    facts = await database.read(rounds.look, planning)
    looked = time.process_time()
    gc.disable()  # as in the process that plans large rounds
    made = rounds.plan(facts)
    gc.enable()
    planned = time.process_time()
    for section in sections.cut(made):
        await database.write(rounds.act, planning, section)
    acted = time.process_time()
    least = _by_distance(facts, world)
    lines = sum(len(each.lines) for each in facts.requests)
    name = f"{which} round, {len(world.members):,} members, {lines} lines"
    parts = {"look": looked - began, "plan": planned - looked, f"act, {len(made.asks):,} asks": acted - planned}
    return [Row(f"{name}: {what}, CPU", place.engine, "s", [cpu], [least]) for what, cpu in parts.items()]


def _by_distance(facts: Facts, world: World) -> float:
    places = [Position(each.latitude, each.longitude) for each in world.members]
    began = time.process_time()
    for request in facts.requests:
        for line in request.lines:
            here = line.inquiry.requester.position or places[0]
            sorted(distance_km(here, each) for each in places)
    return time.process_time() - began
