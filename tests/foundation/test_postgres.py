"""PostgreSQL: what is tried again, and what the caller is told instead."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable

import psycopg
import pytest
from sqlalchemy import make_url, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from foundation.database import SERVICE, Database, Surroundings, open_database
from foundation.database.postgres import Busy, DatabaseUnavailable, PostgresDatabase
from foundation.sealing import DataKey
from tests.engines import Engines
from tests.foundation.cutting import CuttingProxy

pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


def add(session: Session, owner: str) -> str:
    session.add(DataKey(owner=owner, wrapped=b"0"))
    session.flush()
    return owner


def owners(session: Session) -> list[str]:
    return list(session.scalars(select(DataKey.owner).order_by(DataKey.owner)))


def wrapped(session: Session, owner: str) -> bytes:
    return session.scalars(select(DataKey.wrapped).where(DataKey.owner == owner)).one()


def rewrite(session: Session, owner: str, value: bytes) -> None:
    session.execute(update(DataKey).where(DataKey.owner == owner).values(wrapped=value))


class Tries:
    """Run the work, but do `mishap` in the middle of the first tries."""

    def __init__(self, mishap: Callable[[Session], object], *, times: int = 1) -> None:
        self.mishap, self.times, self.made = mishap, times, 0

    def __call__(self, session: Session, owner: str) -> str:
        self.made += 1
        add(session, owner)
        if self.made <= self.times:
            self.mishap(session)
        return owner


def killed(session: Session) -> None:
    """End this transaction's own backend, as a server that goes down does."""
    session.execute(text("RESET ROLE"))
    session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    session.execute(text("SELECT 1"))


def raised(state: str) -> Callable[[Session], None]:
    def mishap(session: Session) -> None:
        session.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'mishap' USING ERRCODE = '{state}'; END $$"))

    return mishap


@pytest.mark.parametrize(
    "mishap", [killed, raised("40001"), raised("40P01"), raised("57P01"), raised("57P03"), raised("08006")]
)
async def test_the_whole_unit_is_tried_again(database: Database, mishap: Callable[[Session], None]) -> None:
    work = Tries(mishap, times=2)
    assert await database.write(work, "a") == "a"
    assert work.made == 3
    assert await database.read(owners) == ["a"]


async def test_other_failures_are_not_tried_again(database: Database) -> None:
    work = Tries(raised("22012"))
    with pytest.raises(DBAPIError):
        await database.write(work, "a")
    assert work.made == 1
    assert await database.read(owners) == []


async def test_every_connection_may_die_between_two_writes(database: Database, database_url: str) -> None:
    await asyncio.gather(*(database.write(add, f"before-{number}") for number in range(8)))
    with psycopg.connect(database_url, autocommit=True) as other:
        ours = "pid <> pg_backend_pid() AND datname = current_database()"
        other.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ours}")
    await asyncio.gather(*(database.write(add, f"after-{number}") for number in range(8)))
    assert len(await database.read(owners)) == 16


async def test_two_that_wait_for_each_other_both_get_through(database: Database) -> None:
    await database.write(add, "x")
    await database.write(add, "y")
    meet = threading.Barrier(2)
    tries = []

    def cross(session: Session, first: str, second: str) -> None:
        tries.append(first)
        rewrite(session, first, first.encode())
        session.execute(text("SELECT pg_sleep(0.2)"))
        rewrite(session, second, first.encode())

    await asyncio.gather(database.write(cross, "x", "y"), database.write(cross, "y", "x"))
    assert meet.n_waiting == 0
    assert len(tries) == 3, "one of the two was the deadlock's victim and was run again"
    assert await database.read(wrapped, "x") == await database.read(wrapped, "y")


async def test_who_waits_too_long_is_told_so(database: Database, database_url: str) -> None:
    await database.write(add, "x")

    def impatient(session: Session) -> None:
        session.execute(text("SET LOCAL lock_timeout = 100"))
        rewrite(session, "x", b"mine")

    with psycopg.connect(database_url) as other:
        other.execute("SELECT * FROM data_keys FOR UPDATE")
        with pytest.raises(Busy):
            await database.write(impatient)
    await database.write(impatient)
    assert await database.read(wrapped, "x") == b"mine"


async def test_who_stands_still_in_a_transaction_lets_go_of_its_locks(database: Database) -> None:
    def still(session: Session) -> None:
        assert session.scalar(text("SHOW idle_in_transaction_session_timeout")) == "30s"
        session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 50"))
        time.sleep(0.3)
        session.execute(text("SELECT 1"))

    tries = Tries(still)
    await database.write(tries, "x")
    assert tries.made == 2, "cut off, and run again as a whole"
    assert await database.read(owners) == ["x"]


async def test_lost_while_committing_is_told_not_repeated(database: Database, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute(
            "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
            " $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$"
        )
        other.execute(
            "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON data_keys DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION die()"
        )
    work = Tries(lambda _: None)
    with pytest.raises(DatabaseUnavailable):
        await database.write(work, "a")
    assert work.made == 1
    assert await database.read(owners) == []


@pytest.fixture
async def proxy(engines: Engines, database_url: str) -> AsyncIterator[CuttingProxy]:
    assert engines.cluster is not None
    running = CuttingProxy(engines.cluster.directory / ".s.PGSQL.5432", make_url(database_url).database or "")
    async with running:
        yield running


async def test_a_commit_whose_answer_is_lost_is_not_done_twice(
    database: Database, proxy: CuttingProxy, surroundings: Surroundings
) -> None:
    behind = open_database(proxy.url, surroundings, SERVICE)
    await behind.write(add, "a")
    proxy.cuts_next_commit = True
    work = Tries(lambda _: None)
    with pytest.raises(DatabaseUnavailable):
        await behind.write(work, "b")
    assert work.made == 1
    assert await database.read(owners) == ["a", "b"], "it did count; nobody knew"
    assert await behind.write(add, "c") == "c"
    await behind.close()


async def test_a_server_that_became_read_only_is_left(database: Database, database_url: str) -> None:
    name = make_url(database_url).database or ""
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        writing = asyncio.create_task(database.write(add, "a"))
        await asyncio.sleep(0.3)
        assert not writing.done()
        other.execute("SET default_transaction_read_only = off")
        other.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        assert await asyncio.wait_for(writing, 5) == "a", "connections made meanwhile can't write for ever"


async def test_a_read_that_writes_is_a_mistake_told_at_once(database: Database) -> None:
    started = time.monotonic()
    with pytest.raises(DBAPIError, match="read-only"):
        await database.read(add, "a")
    assert time.monotonic() - started < 2


async def test_a_server_that_is_away_is_told_in_the_end(
    database: Database, surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foundation.database.postgres.PATIENCE", 0.5)
    away = open_database("postgresql://postgres@127.0.0.1:1/yuimaru", surroundings, SERVICE)
    with pytest.raises(DatabaseUnavailable):
        await away.write(add, "a")
    with pytest.raises(DatabaseUnavailable):
        await away.read(owners)
    await away.close()


async def test_more_callers_than_connections_wait_and_are_told(database_url: str, surroundings: Surroundings) -> None:
    url = database_url.replace("postgresql:", "postgresql+psycopg:")
    small = PostgresDatabase(url, surroundings, SERVICE, pool=1, wait=0.3)

    def slow(session: Session) -> None:
        session.execute(text("SELECT pg_sleep(1)"))

    results = await asyncio.gather(*(small.write(slow) for _ in range(2)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in results) == ["Crowded", "NoneType"]
    await small.close()


async def test_what_is_prepared_outlives_reads_and_writes(database: Database) -> None:
    async def prepared() -> int:
        return await database.read(
            lambda session: session.scalar(text("SELECT count(*) FROM pg_prepared_statements"))
        )

    for number in range(10):
        await database.write(add, f"k{number}")
        await database.read(owners)
    assert await prepared() >= 2
