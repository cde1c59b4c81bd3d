"""Taking in 34,820 lines of all municipalities' capabilities, and the match over them."""

import asyncio
import time
from collections.abc import Iterator

from sqlalchemy import delete
from sqlalchemy.orm import Session

from aid.requests import queries
from aid.requests.schemas import MatchQuery
from aid.simulation.making import make
from aid.simulation.world import World
from bench.nation import Nation, furnish
from bench.places import Place, open_place
from bench.ranking import filed
from bench.table import Row
from foundation import clock
from foundation.database import Database
from foundation.database.statements import insert_rows
from foundation.ids import new_id
from foundation.problems import Language
from inventory.catalogue import KINDS
from inventory.imports import actions, files
from inventory.imports.rows import COLUMNS
from inventory.models import Capability
from service.import_commands import IMPORTER

LINES_EACH = 20
ROUNDS = 3
LEAD_HOURS = 24


def measure(place: Place) -> Iterator[Row]:
    """Return the seconds of an import against bare inserts of the same rows."""
    yield from asyncio.run(_measure(place))


async def _measure(place: Place) -> list[Row]:
    world = make(1741, 1)
    content = _file(world)
    settings = place.settings("import")
    nation = await furnish(settings, world, has_lines=False)
    database = open_place(settings)
    ours, least = [], []
    try:
        for number in range(ROUNDS):
            before = await _bare(database, nation)
            taken = await _imported(database, content)
            least.append(before)
            ours.append(taken)
            if number < ROUNDS - 1:
                await database.write(_empty)
        match = await _matched(database, nation, world)
    finally:
        await database.close()
    lines = len(world.members) * LINES_EACH
    print(f"match over {lines:,} lines, {place.engine}: {match * 1000:.0f} ms", flush=True)
    return [Row(f"import of {lines:,} lines", place.engine, "s", ours, least)]


def _kinds() -> list[str]:
    return list(KINDS)[:LINES_EACH]


def _quantity(member: int, kind: int) -> int:
    return 1 + (member * 7 + kind) % 40


def _file(world: World) -> bytes:
    lines = [
        f"{member.key},{kind},{_quantity(number, place)},{LEAD_HOURS},14,,"
        for number, member in enumerate(world.members)
        for place, kind in enumerate(_kinds())
    ]
    return "\n".join([",".join(COLUMNS.values()), *lines]).encode()


async def _imported(database: Database, content: bytes) -> float:
    """Read the file and write it by the operator's way; return the seconds it took."""
    began = time.perf_counter()
    rows = files.rows_of_all(content)
    done = await database.write(actions.take_in, IMPORTER, rows)
    assert done.created == len(rows)
    return time.perf_counter() - began


async def _bare(database: Database, nation: Nation) -> float:
    """Insert as many rows in one transaction, nothing read, checked or recorded; return the seconds."""
    rows = [
        _row(member, kind, _quantity(number, place))
        for number, member in enumerate(nation.members.values())
        for place, kind in enumerate(_kinds())
    ]
    began = time.perf_counter()
    await database.write(_insert, rows)
    taken = time.perf_counter() - began
    await database.write(_empty)
    return taken


def _insert(session: Session, rows: list[dict[str, object]]) -> None:
    now = clock.now(session)
    insert_rows(session, Capability, *({**row, "id": new_id(), "updated_at": now} for row in rows))


def _row(member: str, kind: str, quantity: int) -> dict[str, object]:
    return {
        "member_id": member,
        "kind": kind,
        "quantity": quantity,
        "lead_time_hours": LEAD_HOURS,
        "max_days": 14,
        "held": 0,
        "committed": 0,
        "is_for_all_groups": True,
        "is_made_up": True,
        "version": 1,
    }


def _empty(session: Session) -> None:
    session.execute(delete(Capability))


async def _matched(database: Database, nation: Nation, world: World) -> float:
    request = next(each for each in world.requests if each.kind == "pc")
    actor, filed_one = await database.write(filed, nation, request)
    began = time.perf_counter()
    await database.read(queries.matches, actor, filed_one, MatchQuery(), Language.JA)
    return time.perf_counter() - began
