"""The embedded database: one file, one process, one writer thread (ADR 0002).

Writes queue up for the writer thread, which runs each in a savepoint of its own and commits up to 32 together;
a caller is answered only after the commit that holds its write.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from foundation.database.scope import Scope
from foundation.database.unit import P, Surroundings, T, Work
from foundation.problems import Unavailable

BATCH = 32
READERS = 4
log = structlog.get_logger()
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "busy_timeout=5000",
    "foreign_keys=ON",
    # What is deleted or shortened is overwritten: a telephone number, a key.
    "secure_delete=ON",
    # Room in memory for a big write: 32 MB of pages, what a savepoint may undo, and 16 MB of log before it is copied.
    "cache_size=-32768",
    "temp_store=MEMORY",
    "wal_autocheckpoint=4000",
)


class StorageFailed(Unavailable):
    """The file could not be written: the disk is full or failing."""

    ja = "保存できませんでした（ディスクの空き容量など）。管理者に知らせてから、同じ内容をもう一度送ってください。"
    en = "This could not be stored (the disk may be full). Tell the operator, then send the same once more."


class _TransactionLostError(Exception):
    """SQLite ended the whole transaction by itself, with every write that it held."""


@dataclass(slots=True)
class _Unit:
    """A write that waits for the writer: what to run, and who waits for it."""

    run: Callable[[Session], Any]
    future: "Future[Any]"
    session: Session | None = None
    value: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.value)


def engine_for(path: Path, *, begin: str, pool: int, pragmas: tuple[str, ...] = PRAGMAS) -> Engine:
    """Return an engine whose transactions begin as said (`BEGIN IMMEDIATE` for the writer)."""
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=pool,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"isolation_level": None, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: object) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


class SqliteDatabase:
    """SQLite behind one writer thread and a pool of readers that cannot write."""

    def __init__(self, path: Path, surroundings: Surroundings) -> None:
        self.surroundings = surroundings
        self._writer_engine = engine_for(path, begin="BEGIN IMMEDIATE", pool=1)
        self._reader_engine = engine_for(path, begin="BEGIN", pool=READERS, pragmas=(*PRAGMAS, "query_only=ON"))
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._queue: queue.SimpleQueue[_Unit | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write_until_closed, name="writer", daemon=True)
        self._writer.start()

    def acting(self, _scope: Scope) -> "SqliteDatabase":
        """Return the database as it is: SQLite has no row-level security."""
        return self

    async def write(self, fn: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(session, …)` as one transaction and return its value after the commit."""
        unit = _Unit(lambda session: fn(session, *args, **kwargs), Future())
        self._queue.put(unit)
        value: T = await asyncio.wrap_future(unit.future)
        return value

    async def read(self, fn: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(session, …)` on one read-only snapshot."""
        run = partial(self._read, lambda session: fn(session, *args, **kwargs))
        value: T = await asyncio.get_running_loop().run_in_executor(self._readers, run)
        return value

    async def disclose(self, fn: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a protected read: its audit row commits before the value is handed over."""
        return await self.write(fn, *args, **kwargs)

    async def shred(self, table: str) -> bool:
        """Copy the write-ahead log into the file and cut it off; False where a reader stood in the way."""
        del table  # one log holds them all, and `secure_delete` has overwritten the pages
        return await asyncio.to_thread(self._cut_log)

    async def close(self) -> None:
        """Finish the queued writes and let go of the file."""
        self._queue.put(None)
        await asyncio.to_thread(self._writer.join)
        self._readers.shutdown()
        self._reader_engine.dispose()
        self._writer_engine.dispose()

    def _cut_log(self) -> bool:
        with self._reader_engine.connect() as connection:
            raw: Any = connection.connection.dbapi_connection
            connection.rollback()
            raw.execute("PRAGMA query_only=OFF")
            try:
                is_busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                raw.execute("PRAGMA query_only=ON")
        return not is_busy

    def _read(self, run: Callable[[Session], Any]) -> Any:
        with Session(self._reader_engine, expire_on_commit=False) as session:
            return run(self.surroundings.prepare(session, is_read=True))

    def _write_until_closed(self) -> None:
        while True:
            unit = self._queue.get()
            if unit is None:
                return
            batch, closing = self._gather(unit)
            self._commit_together(batch)
            for done in batch:
                done.settle()
            if closing:
                return

    def _gather(self, first: _Unit) -> tuple[list[_Unit], bool]:
        batch = [first]
        while len(batch) < BATCH:
            try:
                unit = self._queue.get_nowait()
            except queue.Empty:
                break
            if unit is None:
                return batch, True
            batch.append(unit)
        return batch, False

    def _commit_together(self, batch: list[_Unit]) -> None:
        try:
            with self._writer_engine.begin() as connection:
                for unit in batch:
                    self._run(connection, unit)
            for unit in batch:
                self._remember(unit)
        except Exception as error:  # noqa: BLE001 — a failed commit fails every write in it
            log.error("commit_failed", writes=len(batch), reason=_reason(error.__cause__ or error))  # noqa: TRY400 — one line is enough of a full disk
            if len(batch) == 1:
                batch[0].error = StorageFailed()
                batch[0].error.__cause__ = error
                return
            # A full disk may still hold the small ones; a function of a session can always be run again.
            for unit in batch:
                self._commit_together([unit])

    def _remember(self, unit: _Unit) -> None:
        if unit.error is None and unit.session is not None:
            self.surroundings.keyring.remember(unit.session)

    def _run(self, connection: Connection, unit: _Unit) -> None:
        unit.error = None
        unit.session = session = Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        try:
            with session, session.begin():
                unit.value = unit.run(self.surroundings.prepare(session))
                self.surroundings.finish(session)
        except BaseException as error:  # noqa: BLE001 — handed to the caller who waits for it
            unit.error = error
        if not _is_in_transaction(connection):
            raise _TransactionLostError from unit.error


def _reason(error: BaseException) -> str:
    """Return what SQLite says (`database or disk is full`), and of anything else its class alone."""
    engines = getattr(error, "orig", None)
    return str(engines) if engines is not None else type(error).__name__


def _is_in_transaction(connection: Connection) -> bool:
    """Tell whether the writes so far are still held: a full disk makes SQLite roll back more than the savepoint.

    A commit would then pass in silence, with nothing in it.
    """
    raw: Any = connection.connection.dbapi_connection
    return bool(raw.in_transaction)
