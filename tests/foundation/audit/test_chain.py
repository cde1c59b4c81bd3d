"""Rows become chains: numbered without a hole, each following the one before, on both engines."""

import asyncio
import hashlib
import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from foundation import audit
from foundation.actor import SYSTEM
from foundation.audit.models import Audit, AuditHead
from foundation.audit.verifying import verify
from foundation.clock import ManualClock
from foundation.database import Database
from tests.foundation.audit.keeping import FACTS, OPERATOR, A, B, C, act, fill, person_of, raw


def rows_of(session: Session, chain: str) -> list[Audit]:
    return list(session.scalars(select(Audit).where(Audit.chain == chain).order_by(Audit.sequence)))


async def lengths(database: Database) -> dict[str, int]:
    found = await database.read(lambda session: session.execute(select(AuditHead.chain, AuditHead.sequence)).all())
    return dict(tuple(row) for row in found)


async def assert_whole(database: Database) -> None:
    found = await database.read(verify)
    assert found.is_whole, found.faults


async def test_an_outsider_can_recompute_the_hash(database: Database, clock: ManualClock) -> None:
    """The lines of docs/record.md, on what the database gives back."""
    await fill(database, 24)
    for chain in (A, audit.SERVICE):
        previous = bytes(32)
        for number, row in enumerate(await database.read(rows_of, chain), 1):
            covered = {
                "id": row.id,
                "at": "2026-06-01T03:00:00.000000Z",
                "act": row.act,
                "actor": row.actor,
                "actor_member": row.actor_member,
                "chain": row.chain,
                "subject": row.subject,
                "facts": row.facts,
                "sequence": number,
            }
            text = json.dumps(covered, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            assert row.previous_hash == previous
            assert row.hash == hashlib.sha256(previous + text.encode()).digest()
            previous = row.hash


async def test_facts_come_back_as_they_were_hashed(database: Database) -> None:
    for number in range(len(FACTS)):
        await database.write(act, person_of(A), number)
    assert [row.facts for row in await database.read(rows_of, A)] == list(FACTS)


async def test_an_act_stands_with_everyone_whom_it_concerns(database: Database) -> None:
    await database.write(act, person_of(A), 0, B)
    await database.write(act, person_of(A), 1, (A, B, None))
    await database.write(act, OPERATOR, 2, B)
    await database.write(act, OPERATOR, 3)
    await database.write(act, SYSTEM, 4, C)
    assert await lengths(database) == {A: 2, B: 3, C: 1, audit.SERVICE: 2}
    await assert_whole(database)


async def test_what_concerns_no_member_is_the_service_s(database: Database) -> None:
    await fill(database, 6)
    kept = await database.read(rows_of, audit.SERVICE)
    assert [(row.actor, row.actor_member) for row in kept] == [("operator", None), (None, None), (None, None)]


@pytest.mark.asvs("2.3.3")
async def test_a_failed_write_leaves_no_hole(database: Database) -> None:
    def act_then_fail(session: Session) -> None:
        act(session, person_of(A), 0, B)
        session.flush()
        raise RuntimeError

    writes = [
        database.write(act_then_fail) if number % 3 == 0 else database.write(act, person_of(A), number, B)
        for number in range(60)
    ]
    await asyncio.gather(*writes, return_exceptions=True)
    assert await lengths(database) == {A: 40, B: 40}
    await assert_whole(database)


async def test_what_a_savepoint_takes_back_is_not_recorded(database: Database) -> None:
    def work(session: Session) -> None:
        act(session, person_of(A), 1)
        with session.begin_nested() as outer:
            act(session, person_of(A), 2)
            with session.begin_nested():
                act(session, person_of(A), 3, B)
            outer.rollback()
        with session.begin_nested():
            act(session, person_of(A), 4)
        act(session, person_of(A), 5)

    await database.write(work)
    assert [row.subject for row in await database.read(rows_of, A)] == ["thing:1", "thing:4", "thing:5"]
    assert await lengths(database) == {A: 3}
    await assert_whole(database)


async def test_a_read_refuses_to_record(database: Database) -> None:
    with pytest.raises(RuntimeError, match="disclose"):
        await database.read(act, person_of(A))
    await database.disclose(act, person_of(A))
    assert await lengths(database) == {A: 1}


async def test_facts_that_one_engine_would_change_are_refused(database: Database) -> None:
    for wrong in (1.5, float("nan"), {1: "a"}, {"a"}, b"x"):
        with pytest.raises(TypeError):
            await database.write(lambda session, fact: audit.record(session, person_of(A), "a", "b", x=fact), wrong)


async def test_many_writers_of_many_chains_at_once(database: Database) -> None:
    """Acts across members in every order: no hole, no fork, no circle of waiting."""
    chance = random.Random(7)
    members = [A, B, C, *(f"member-{number}" for number in range(5))]
    count = dict.fromkeys(members, 0)
    writes, tries = [], 0

    def acting(session: Session, *arguments: Any) -> None:
        nonlocal tries
        tries += 1
        act(session, *arguments)

    for number in range(300):
        concerned = chance.sample(members, chance.randint(1, 4))
        for member in concerned:
            count[member] += 1
        writes.append(database.write(acting, person_of(concerned[0]), number, concerned[1:]))
    await asyncio.gather(*writes)
    assert tries == 300, "nobody met a deadlock, also while the chains were new"
    assert await lengths(database) == {member: times for member, times in count.items() if times}
    await assert_whole(database)


async def test_the_first_rows_of_a_chain_by_two_writers_at_once(database: Database) -> None:
    for number in range(12):
        new = [f"new-{number}-{which}" for which in "ab"]
        first = database.write(act, person_of(new[0]), 0, new[1])
        second = database.write(act, person_of(new[1]), 1, new[0])
        await asyncio.gather(first, second, database.write(act, person_of(new[1]), 2))
    assert set((await lengths(database)).values()) == {2, 3}
    await assert_whole(database)


async def test_linking_takes_three_statements_however_many_rows(database: Database) -> None:
    await fill(database, 6)
    with counted_statements() as statements:
        await database.write(lambda session: [act(session, person_of(A), number, (B, C)) for number in range(20)])
    about = [each.split()[0] for each in statements if "audit" in each]
    assert about == ["SELECT", "INSERT", "UPDATE"]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_unit_that_is_run_again_is_recorded_once(database: Database) -> None:
    """A deadlock makes PostgreSQL run both again as a whole; SQLite has one writer and never meets one."""
    await fill(database, 12)
    tries: list[int] = []

    def work(session: Session, mine: int) -> None:
        tries.append(mine)
        act(session, person_of((A, B)[mine]), mine)
        for chain in ((A, B), (B, A))[mine]:
            session.scalars(select(AuditHead).where(AuditHead.chain == chain).with_for_update()).one()
            if len(tries) <= 2:
                session.connection().exec_driver_sql("SELECT pg_sleep(0.1)")

    before = await lengths(database)
    await asyncio.gather(database.write(work, 0), database.write(work, 1))
    after = await lengths(database)
    assert {chain: after[chain] - before[chain] for chain in (A, B)} == {A: 1, B: 1}
    assert len(tries) >= 3, "the two did meet"
    await assert_whole(database)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_write_that_fails_in_a_shared_commit_leaves_no_hole(database: Database, database_url: str) -> None:
    """A trigger makes one row's insert fail after its head was read: the others of the same commit stand."""
    await fill(database, 6)
    with raw(database_url) as connection:
        connection.run(
            "CREATE TRIGGER refuse BEFORE INSERT ON audit WHEN NEW.subject = 'thing:13' "
            "BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
    results = await asyncio.gather(
        *(database.write(act, person_of(A), number, B) for number in range(10, 20)), return_exceptions=True
    )
    assert [number for number, result in zip(range(10, 20), results, strict=True) if result is not None] == [13]
    subjects = [row.subject for row in await database.read(rows_of, A)]
    assert "thing:13" not in subjects
    assert "thing:19" in subjects
    await assert_whole(database)


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield statements
    event.remove(Engine, "before_cursor_execute", note)
