"""One way to the data, the same on both engines."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.orm import Session

from foundation.database import SERVICE, AlreadyOpenError, Database, Surroundings, embedded_path, open_database
from foundation.database.statements import insert_or_skip
from foundation.mode import Instance
from foundation.sealing import DataKey


def add(session: Session, owner: str) -> str:
    session.add(DataKey(owner=owner, wrapped=b"w"))
    return owner


def add_then_fail(session: Session, owner: str) -> None:
    add(session, owner)
    session.flush()
    raise RuntimeError(owner)


def owners(session: Session) -> list[str]:
    return list(session.scalars(select(DataKey.owner).order_by(DataKey.owner)))


async def test_what_is_written_is_read(database: Database) -> None:
    assert await database.write(add, "a") == "a"
    assert await database.read(owners) == ["a"]


async def test_a_failing_write_leaves_nothing_and_takes_no_other_with_it(database: Database) -> None:
    writes = [database.write(add_then_fail if number % 5 == 0 else add, f"{number:02}") for number in range(40)]
    results = await asyncio.gather(*writes, return_exceptions=True)
    failed = [number for number, result in enumerate(results) if isinstance(result, RuntimeError)]
    assert failed == list(range(0, 40, 5))
    assert await database.read(owners) == [f"{number:02}" for number in range(40) if number % 5]


async def test_a_write_that_breaks_a_constraint_fails_alone(database: Database) -> None:
    await database.write(add, "a")
    results = await asyncio.gather(
        database.write(add, "a"), database.write(add, "b"), database.write(add, "c"), return_exceptions=True
    )
    assert isinstance(results[0], DBAPIError)
    assert results[1:] == ["b", "c"]
    assert await database.read(owners) == ["a", "b", "c"]


async def test_a_read_can_not_write(database: Database) -> None:
    def sneak(session: Session) -> None:
        add(session, "sneaked")
        session.flush()

    with pytest.raises(DBAPIError):
        await database.read(sneak)
    with pytest.raises(DBAPIError):
        await database.read(lambda session: session.execute(delete(DataKey)))
    assert await database.read(owners) == []


async def test_what_a_read_adds_without_flushing_is_not_kept(database: Database) -> None:
    await database.read(add, "never")
    assert await database.read(owners) == []


async def test_a_read_sees_one_snapshot(database: Database) -> None:
    ready, written = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def look_twice(session: Session) -> tuple[int, int]:
        count = select(func.count()).select_from(DataKey)
        before = session.scalar(count) or 0
        loop.call_soon_threadsafe(ready.set)
        if database_is_threaded(session):
            asyncio.run_coroutine_threadsafe(written.wait(), loop).result(5)
        else:
            session.execute(text("SELECT pg_sleep(0.2)"))
        return before, session.scalar(count) or 0

    reading = asyncio.create_task(database.read(look_twice))
    await ready.wait()
    await database.write(add, "a")
    written.set()
    assert await reading == (0, 0)


def database_is_threaded(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


async def test_insert_or_skip_tells_what_was_new(database: Database) -> None:
    rows = [{"owner": owner, "wrapped": b""} for owner in "abc"]
    assert await database.write(insert_or_skip, DataKey, rows[0]) == ["a"]
    assert sorted(await database.write(insert_or_skip, DataKey, *rows)) == ["b", "c"]


async def test_the_transaction_has_one_instant(database: Database) -> None:
    def stamp(session: Session) -> None:
        session.add(Instance(id=7, mode="drill", created_at=session.info["now"]))

    await database.write(stamp)
    kept = await database.read(lambda session: session.scalar(select(Instance.created_at)))
    assert kept == database.surroundings.clock.now()
    assert kept is not None
    assert kept.tzinfo is UTC


@pytest.mark.asvs("16.1.1", "16.2.1", "16.2.2")
async def test_an_instant_with_an_offset_comes_back_in_utc(database: Database) -> None:
    japan = datetime(2011, 3, 11, 14, 46, tzinfo=timezone(timedelta(hours=9)))
    await database.write(lambda session: session.add(Instance(id=1, mode="live", created_at=japan)))
    kept = await database.read(lambda session: session.scalar(select(Instance.created_at)))
    assert kept == japan
    assert kept is not None
    assert kept.hour == 5


async def test_a_naive_instant_is_refused(database: Database) -> None:
    naive = datetime(2011, 3, 11)  # noqa: DTZ001 — the mistake under test
    with pytest.raises(StatementError, match="offset"):
        await database.write(lambda session: session.add(Instance(id=1, mode="live", created_at=naive)))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_second_process_is_kept_off_an_embedded_database(
    database: Database, database_url: str, surroundings: Surroundings
) -> None:
    path = embedded_path(database_url)
    assert path is not None
    program = (
        "from foundation.database import SERVICE, Surroundings, open_database\n"
        "from foundation.sealing import Keyring\n"
        f"open_database({database_url!r}, Surroundings(Keyring(bytes(32))), SERVICE)"
    )
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stderr=asyncio.subprocess.PIPE)
    _, said = await other.communicate()
    assert other.returncode == 1
    assert "AlreadyOpenError" in said.decode()
    with pytest.raises(AlreadyOpenError, match="使用中"):
        open_database(database_url, surroundings, SERVICE)
    assert await database.write(add, "still-served") == "still-served"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_closed_embedded_database_opens_again(database_url: str, surroundings: Surroundings) -> None:
    for name in ("first", "second"):
        opened = open_database(database_url, surroundings, SERVICE)
        await opened.write(add, name)
        await opened.close()
    opened = open_database(database_url, surroundings, SERVICE)
    assert await opened.read(owners) == ["first", "second"]
    await opened.close()


def test_an_embedded_database_needs_a_file() -> None:
    for url in ("sqlite://", "sqlite:///:memory:"):
        with pytest.raises(ValueError, match="YUIMARU_DATABASE_URL"):
            embedded_path(url)
    assert embedded_path("postgresql://somewhere/yuimaru") is None
