"""What a question names was kept with each hold once: the ask keeps it now, and nothing of it is lost on the way."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy import create_engine, make_url, select
from sqlalchemy.orm import Session

from aid.models import Ask
from aid.requests import actions, asks, queries
from aid.requests.schemas import LineDraft, RequestDraft
from foundation.database import SERVICE, Surroundings, open_database
from migrations.upgrading import downgrade, upgrade
from service.identity.queries import actor_of_person
from tests import world as worlds
from tests.world import KOMATSU, TAMA, TOME, World

BEFORE = "0033"
HOLDS = sa.table("holds", *map(sa.column, ("member_id", "line_id", "is_named")))


class Filed:
    """Two requests of two lines each, of which some partners hold something and no question names anything."""

    def __init__(self, session: Session) -> None:
        self.world: World = worlds.build(session)
        actor = actor_of_person(session, self.world.people[TOME, "ict"], 1)
        lines = [LineDraft(kind="pc", quantity=20), LineDraft(kind="printer", quantity=5)]
        draft = RequestDraft(incident=self.world.incident, group=self.world.group, requester=TOME, lines=lines)
        self.requests = [actions.file(session, actor, draft).id for _ in range(2)]
        self.lines = [[line.id for line in queries.lines_of(session, each)] for each in self.requests]
        for request, rows in zip(self.requests, self.lines, strict=True):
            found = queries.request_locked(session, request)
            held = {self.world.members[code]: {rows[0]: 7, rows[1]: 3} for code in (KOMATSU, TAMA)}
            asks.release_all(session, request)
            session.execute(sa.delete(Ask).where(Ask.request_id == request))
            asks.remember(session, found, queries.lines_of(session, request), held)


def name(url: str, member: str, *lines: str) -> None:
    """Mark what is held of a member on some lines as named, as it was done then."""
    parsed = make_url(url)
    is_postgres = parsed.get_backend_name() == "postgresql"
    engine = create_engine(parsed.set(drivername="postgresql+psycopg") if is_postgres else parsed)
    with engine.begin() as connection:
        of_lines = HOLDS.c.member_id == member, HOLDS.c.line_id.in_(lines)
        done = connection.execute(sa.update(HOLDS).where(*of_lines).values(is_named=True))
        assert done.rowcount == len(lines)
    engine.dispose()


def named(session: Session) -> dict[tuple[str, str], Mapping[str, int]]:
    return {(each.request_id, each.member_id): each.named for each in session.scalars(select(Ask))}


async def test_what_holds_named_is_named_by_the_asks_forth_and_back(
    database_url: str, surroundings: Surroundings
) -> None:
    database = open_database(database_url, surroundings, SERVICE)
    filed = await database.write(Filed)
    await database.close()
    komatsu, tama = (filed.world.members[code] for code in (KOMATSU, TAMA))
    (first, second), (of_first, of_second) = filed.requests, filed.lines
    downgrade(database_url, BEFORE)
    name(database_url, komatsu, *of_first)
    name(database_url, tama, of_second[1])
    expected = {
        (first, komatsu): {of_first[0]: 7, of_first[1]: 3},
        (first, tama): {},
        (second, komatsu): {},
        (second, tama): {of_second[1]: 3},
    }
    for _ in range(2):
        upgrade(database_url)
        database = open_database(database_url, surroundings, SERVICE)
        assert await database.read(named) == expected
        await database.close()
        downgrade(database_url, BEFORE)
    upgrade(database_url)
