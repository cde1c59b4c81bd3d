"""The embedded database's writer: many writes, few commits, and a caller is answered only after its own."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from foundation.database import Database, embedded_path
from foundation.database.sqlite import BATCH, SqliteDatabase
from foundation.sealing import DataKey

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def add(session: Session, owner: str, size: int = 1) -> str:
    session.add(DataKey(owner=owner, wrapped=b"w" * size))
    session.flush()
    return owner


def kept(database_url: str) -> set[str]:
    """What another connection finds: only what is committed."""
    with sqlite3.connect(str(embedded_path(database_url))) as connection:
        return {owner for (owner,) in connection.execute("SELECT owner FROM data_keys")}


@contextmanager
def counted_commits(database: Database) -> Iterator[list[int]]:
    assert isinstance(database, SqliteDatabase)
    commits: list[int] = []
    engine = database._writer_engine

    def count(_connection: object) -> None:
        commits.append(1)

    event.listen(engine, "commit", count)
    yield commits
    event.remove(engine, "commit", count)


async def test_writes_that_wait_share_a_commit(database: Database, database_url: str) -> None:
    with counted_commits(database) as commits:
        await asyncio.gather(*(database.write(add, f"{number}") for number in range(100)))
    assert len(kept(database_url)) == 100
    assert 100 / BATCH <= len(commits) <= 30


async def test_a_caller_is_answered_only_after_the_commit(database: Database, database_url: str) -> None:
    async def write_and_look(number: int) -> bool:
        owner = await database.write(add, f"{number}")
        return owner in kept(database_url)

    assert all(await asyncio.gather(*(write_and_look(number) for number in range(60))))


async def test_closing_finishes_what_waits(database: Database, database_url: str) -> None:
    writes = [asyncio.create_task(database.write(add, f"{number}")) for number in range(50)]
    await asyncio.sleep(0)
    await database.close()
    assert len(await asyncio.gather(*writes)) == 50
    assert len(kept(database_url)) == 50


async def test_a_caller_that_went_away_spoils_nothing(database: Database, database_url: str) -> None:
    writes = [asyncio.create_task(database.write(add, f"{number}")) for number in range(30)]
    await asyncio.sleep(0)
    for gone in writes[::3]:
        gone.cancel()
    answered = await asyncio.gather(*writes, return_exceptions=True)
    told = {each for each in answered if isinstance(each, str)}
    assert told <= kept(database_url)
    assert await database.write(add, "next") == "next"


async def test_a_full_disk_tells_the_truth_to_each_caller(database: Database, database_url: str) -> None:
    def fill(session: Session) -> None:
        pages = session.connection().exec_driver_sql("PRAGMA page_count").scalar_one()
        session.connection().exec_driver_sql(f"PRAGMA max_page_count = {pages + 60}")

    await database.write(fill)
    writes = (database.write(add, f"{number:03}", 30_000 if number % 7 == 0 else 100) for number in range(150))
    results = await asyncio.gather(*writes, return_exceptions=True)
    told = {each for each in results if isinstance(each, str)}
    refused = {f"{number:03}" for number, each in enumerate(results) if isinstance(each, Exception)}
    assert told, "the small ones fit at first"
    assert refused, "the disk did fill up"
    assert kept(database_url) == told
    assert await database.read(lambda session: set(session.scalars(select(DataKey.owner)))) == told
