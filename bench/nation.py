"""A made-up world of 30, 300 or all 1,741 municipalities, as rows of a database."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from agreements.terms import Terms
from aid.simulation.world import SimLine, World
from bench.places import open_place
from foundation import clock
from foundation.database.statements import insert_rows
from foundation.ids import new_id
from foundation.mode import Mode, settle
from foundation.settings import Settings
from inventory.models import Capability
from service.identity.actions import issue_token
from tests import world as worlds


@dataclass(frozen=True, slots=True)
class Nation:
    """A world's group in its database, and a contact of each member; a token of each that asks."""

    group: str
    incident: str
    members: dict[str, str]
    people: dict[str, str]
    tokens: dict[str, str]


async def furnish(settings: Settings, world: World, *, has_lines: bool = True, terms: Terms | None = None) -> Nation:
    """Write a world's members with two contacts each, their lines and the footprint into a fresh database."""
    database = open_place(settings)
    try:
        await database.write(settle, Mode.DRILL)
        return await database.write(_furnish, world, terms, has_lines=has_lines)
    finally:
        await database.close()


def _furnish(session: Session, world: World, terms: Terms | None, *, has_lines: bool) -> Nation:
    codes = [member.key for member in world.members]
    hit = {member.key: member.severity for member in world.members if member.severity}
    built = worlds.build(session, codes=codes, coordinator=codes[0], stock={}, hit=hit, terms=terms)
    session.flush()
    if has_lines:
        insert_rows(session, Capability, *(_row(session, built.members, line) for line in world.lines))
    asking = sorted({request.requester for request in world.requests})
    tokens = {code: issue_token(session, built.email(code)) for code in asking}
    people = {code: built.people[code, "disaster"] for code in codes}
    return Nation(built.group, built.incident, built.members, people, tokens)


def _row(session: Session, members: dict[str, str], line: SimLine) -> dict[str, object]:
    return {
        "id": new_id(),
        "member_id": members[line.member],
        "kind": line.kind,
        "quantity": line.quantity,
        "lead_time_hours": line.lead_time_hours,
        "updated_at": clock.now(session),
        "held": 0,
        "committed": 0,
        "is_for_all_groups": True,
        "is_made_up": True,
        "version": 1,
    }
