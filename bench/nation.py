"""A made-up world of 30, 300 or all 1,741 municipalities, as rows of a database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from sqlalchemy.orm import Session

from agreements.terms import Terms
from aid.models import AidRequest, Ask
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

DRILL = "drill-"
"""How the numbers of its requests begin."""
LONG_AGO = timedelta(days=300)
"""When the last drill was."""


@dataclass(frozen=True, slots=True)
class Nation:
    """A world's group in its database, and a contact of each member; a token of each that asks."""

    group: str
    incident: str
    members: dict[str, str]
    people: dict[str, str]
    tokens: dict[str, str]


async def furnish(
    settings: Settings,
    world: World,
    *,
    has_lines: bool = True,
    has_drilled: bool = False,
    terms: Terms | None = None,
) -> Nation:
    """Write a world's members with two contacts each, their lines and the footprint into a fresh database.

    `has_drilled`: they answered requests before, as often with yes as the world says, within a minute.
    """
    database = open_place(settings)
    try:
        await database.write(settle, Mode.DRILL)
        nation = await database.write(_furnish, world, terms, has_lines=has_lines)
        if has_drilled:
            await database.write(_drill, world, nation)
    finally:
        await database.close()
    if settings.database_url.startswith("postgresql:"):
        _vacuum(settings.database_url)
    return nation


def _vacuum(url: str) -> None:
    """Let PostgreSQL know its tables, as it does by itself within a minute; until then it plans in the dark."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")


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


def _drill(session: Session, world: World, nation: Nation) -> None:
    """Write a closed request for each time that somebody was asked before, and how everybody answered it."""
    asked_at = clock.now(session) - LONG_AGO
    last_calls = max(member.asked for member in world.members)
    for call in range(last_calls):
        request = new_id()
        insert_rows(session, AidRequest, _closed(request, f"{DRILL}{call}", nation, asked_at))
        insert_rows(
            session,
            Ask,
            *(
                _answered(request, nation.members[each.key], asked_at, is_yes=call < each.said_yes)
                for each in world.members
                if call < each.asked
            ),
        )


def _closed(request: str, number: str, nation: Nation, made_at: datetime) -> Mapping[str, object]:
    return {
        "id": request,
        "number": number,
        "incident_id": nation.incident,
        "group_id": nation.group,
        "requester_id": next(iter(nation.members.values())),
        "status": "closed",
        "priority": 4,
        "via": "web",
        "is_proxy": False,
        "made_at": made_at,
        "closed_at": made_at,
        "terms": Terms().to_json(),
        "terms_version": 1,
        "wave": 1,
        "tellings": 0,
        "version": 1,
    }


def _answered(request: str, member: str, asked_at: datetime, *, is_yes: bool) -> Mapping[str, object]:
    return {
        "request_id": request,
        "member_id": member,
        "wave": 1,
        "asked_at": asked_at,
        "due_at": asked_at + timedelta(hours=1),
        "repeats": 0,
        "answer_minutes": 0,
        "has_said_yes": is_yes,
    }


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
