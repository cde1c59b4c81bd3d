"""Ranking one request's partners: the rule alone, on the database, and as a page over HTTP."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.models import GroupMember, Member
from aid.ranking.geography import Position, distance_km
from aid.requests import actions as requests
from aid.requests import queries
from aid.requests.schemas import LineDraft, MatchQuery, RequestDraft
from aid.simulation.candidates import Candidates
from aid.simulation.making import make
from aid.simulation.world import SimRequest, World
from bench import bare, servers
from bench.getting import Getter
from bench.nation import Nation, furnish
from bench.places import Place, open_place
from bench.processes import free_port, running, wait_until_open
from bench.table import Row
from foundation.actor import Actor
from foundation.problems import Language
from foundation.settings import Settings
from inventory.models import Capability
from service.identity.queries import actor_of_person

SCALES = (30, 300, 1741)
ROUNDS = 3
TIMES = 15
MILLISECONDS = 1000.0


def measure(place: Place) -> Iterator[Row]:
    """Return what ranking costs at each size, against the least that could read and order the same partners."""
    for scale in SCALES:
        world = make(scale, 1)
        request = max(world.requests, key=lambda each: (each.kind == "pc", each.quantity, each.key))
        if place.engine == "sqlite":
            yield _pure(world, request)
        yield from asyncio.run(_on_database(place, world, request))


def _name(world: World, what: str) -> str:
    return f"ranking, {len(world.members):,} members, {len(world.lines):,} lines: {what}"


def _pure(world: World, request: SimRequest) -> Row:
    """The rule alone, CPU; beside it the same partners sorted by their distance.

    Each time of facts that nothing was ranked by yet, as a request reads them.
    """
    unused = iter([Candidates(world) for _ in range(TIMES * (ROUNDS + 1))])
    gc.freeze()  # as the service leaves alone what it has loaded
    asker = world.member_of[request.requester]
    here = Position(asker.latitude, asker.longitude)
    places = [Position(each.latitude, each.longitude) for each in world.members]

    def ranked() -> object:
        return next(unused).ranked(request)

    def by_distance() -> object:
        return sorted(distance_km(here, each) for each in places)

    pairs = [(_cpu(ranked), _cpu(by_distance)) for _ in range(ROUNDS + 1)][1:]
    return Row(_name(world, "pure, CPU"), "–", "ms", [ours for ours, _ in pairs], [least for _, least in pairs])


def _cpu(act: Callable[[], object]) -> float:
    began = time.process_time()
    for _ in range(TIMES):
        act()
    return (time.process_time() - began) * MILLISECONDS / TIMES


async def _on_database(place: Place, world: World, wanted: SimRequest) -> list[Row]:
    settings = place.settings(f"ranking-{len(world.members)}", port=free_port())
    nation = await furnish(settings, world)
    database = open_place(settings)
    try:
        actor, request = await database.write(filed, nation, wanted)
        read = await _against(
            lambda: database.read(queries.matches, actor, request, MatchQuery(), Language.JA),
            lambda: database.read(_plain, nation.group, wanted.kind),
        )
    finally:
        await database.close()
    row = Row(_name(world, "on the database"), place.engine, "ms", *read)
    return [row, _over_http(place, world, settings, request, nation.tokens[wanted.requester])]


def filed(session: Session, nation: Nation, wanted: SimRequest) -> tuple[Actor, str]:
    """File a request as its member; return who filed it and its id."""
    actor = actor_of_person(session, nation.people[wanted.requester], 2)
    assert actor is not None
    draft = RequestDraft(
        incident=nation.incident,
        group=nation.group,
        requester=wanted.requester,
        lines=[LineDraft(kind=wanted.kind, quantity=wanted.quantity)],
        priority=wanted.priority,
    )
    return actor, requests.file(session, actor, draft).id


def _plain(session: Session, group: str, kind: str) -> int:
    """The same rows and nothing else: every member of the group, and what it declares of the kind."""
    members = select(Member.id, Member.name, Member.municipality).join(
        GroupMember, GroupMember.member_id == Member.id
    )
    lines = select(Capability.member_id, Capability.quantity, Capability.held, Capability.committed)
    found = session.execute(members.where(GroupMember.group_id == group)).all()
    return len(found) + len(session.execute(lines.where(Capability.kind == kind)).all())


async def _against(
    ours: Callable[[], Awaitable[object]], least: Callable[[], Awaitable[object]]
) -> tuple[list[float], list[float]]:
    pairs = [(await _wall(ours), await _wall(least)) for _ in range(ROUNDS + 1)][1:]
    return [each for each, _ in pairs], [each for _, each in pairs]


async def _wall(act: Callable[[], Awaitable[object]]) -> float:
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        await act()
        taken.append((time.perf_counter() - began) * MILLISECONDS)
    return median(taken)


def _over_http(place: Place, world: World, settings: Settings, request: str, token: str) -> Row:
    """GET of the matches against a handler that returns the same bytes."""
    log, port = place.directory / "ranking.log", free_port()
    with ExitStack() as stack:
        stack.enter_context(running(log, servers.serve, settings, False))
        wait_until_open(settings.port, log)
        ours = Getter(settings.port, f"/api/requests/{request}/matches", token)
        body = ours.get()
        stack.enter_context(running(log, bare.serve_bytes, body, port))
        wait_until_open(port, log)
        least = Getter(port, "/")
        pairs = [(ours.p50(TIMES), least.p50(TIMES)) for _ in range(ROUNDS + 1)][1:]
    what = f"GET matches, p50, {len(body) / 1024:.1f} KB"
    return Row(_name(world, what), place.engine, "ms", [each for each, _ in pairs], [each for _, each in pairs])
