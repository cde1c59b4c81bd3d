"""PostgreSQL through psycopg 3: any number of processes, several hosts in the URL.

A unit of work is retried as a whole after a serialization failure, a deadlock or the loss of the primary. Where the
connection is lost while committing nobody knows the outcome, so the caller is told instead (Unavailable): repeated
with the same Idempotency-Key, the write counts once.
"""

import asyncio
import copy
import random
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import ExceptionContext, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from foundation.database.scope import Scope, enter
from foundation.database.unit import P, Surroundings, T, Work
from foundation.problems import Conflict, Unavailable

RETRIED = {"40001", "40P01"}
"""Serialization failure, deadlock: the same work may well succeed now."""
READ_ONLY = "25006"
PRIMARY_LOST = {READ_ONLY, "57P01", "57P02", "57P03"}
"""Read-only server, shut down, crashed, starting up: another host may be the primary by now."""
LOCK_TIMEOUT = "55P03"
OPTIONS = "-c lock_timeout=10000 -c idle_in_transaction_session_timeout=30000"
"""A repeat waits ten seconds for the first, then is told to come back. A process that stands still in the middle of a
transaction, or whose machine is gone, keeps its locks for half a minute, not for ever."""
PATIENCE = 30.0
"""Seconds for which a lost primary is waited for (a fail-over takes 3 to 28)."""


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached, or was lost while committing."""

    ja = "データベースに接続できません。少し待って、同じ内容をもう一度送ってください（二重には登録されません）。"
    en = "The database can't be reached. Send the same once more in a moment; it counts once."


class Busy(Conflict):
    """Somebody else holds what this needs for more than ten seconds."""

    ja = "同じ処理がまだ進行中です。少し待ってから、同じ内容をもう一度送ってください。"
    en = "The same is still being done. Please wait a moment and send it again."


class Crowded(Unavailable):
    """Every connection was in use for as long as a caller may wait."""

    ja = "ただいま混み合っています。少し待って、同じ内容をもう一度送ってください。"
    en = "Very many people are using this just now. Please send the same again in a moment."


class PostgresDatabase:
    """PostgreSQL; every unit of work takes a connection of the pool for as long as it runs."""

    def __init__(
        self, url: str, surroundings: Surroundings, scope: Scope, *, pool: int = 16, wait: float = 30
    ) -> None:
        self.surroundings = surroundings
        self.scope = scope
        self._engine = create_async_engine(
            url,
            pool_size=pool,
            max_overflow=0,
            pool_timeout=wait,
            hide_parameters=True,
            connect_args={"options": OPTIONS, "connect_timeout": 2},
        )
        # Many rows go in by one statement. Sent one by one in a pipeline they would leave the server waiting in the
        # middle of it if this process froze, where no time limit of the server's ends the transaction.
        self._engine.dialect.use_insertmanyvalues_wo_returning = True
        event.listen(self._engine.sync_engine, "handle_error", _give_up_connection)
        self._snapshots = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._running: set[asyncio.Task[Any]] = set()

    def acting(self, scope: Scope) -> "PostgresDatabase":
        """Return the database with the same connections, its transactions on behalf of somebody else."""
        narrowed = copy.copy(self)
        narrowed.scope = scope
        return narrowed

    async def write(self, fn: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(session, …)` as one transaction and return its value after the commit."""

        def run(session: Session) -> T:
            enter(self.surroundings.prepare(session), self.scope)
            value = fn(session, *args, **kwargs)
            self.surroundings.finish(session)
            return value

        async def once() -> T:
            async with AsyncSession(self._engine, expire_on_commit=False) as session:
                value = await session.run_sync(run)
                try:
                    await session.commit()
                except DBAPIError as error:
                    if _is_lost(error):
                        raise DatabaseUnavailable from error
                    raise
                self.surroundings.keyring.remember(session.sync_session)
                return value

        return await self._unbroken(once)

    async def read(self, fn: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(session, …)` on one read-only snapshot."""

        def run(session: Session) -> T:
            enter(self.surroundings.prepare(session, is_read=True), self.scope)
            return fn(session, *args, **kwargs)

        async def once() -> T:
            async with AsyncSession(self._snapshots, expire_on_commit=False) as session:
                value = await session.run_sync(run)
                # A rollback would make the driver forget every statement that it has prepared on the connection.
                session.expunge_all()
                await session.commit()
                return value

        return await self._unbroken(once)

    async def disclose(self, fn: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a protected read: its audit row commits before the value is handed over."""
        return await self.write(fn, *args, **kwargs)

    async def shred(self, table: str) -> bool:
        """Write a small table anew, without its dead rows; False, for the server's log is not ours to clear."""
        async with self._engine.connect() as connection:
            alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await alone.execute(text(f"VACUUM FULL {alone.dialect.identifier_preparer.quote(table)}"))
        return False

    async def close(self) -> None:
        """Finish what was begun and let go of the connections."""
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._engine.dispose()

    async def _unbroken(self, once: Callable[[], Awaitable[T]]) -> T:
        """Let a transaction end although its caller goes away: cut off midway it would cost its connection."""
        task = asyncio.create_task(_retried(once))
        self._running.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waited was told; nobody may be left to ask


async def _retried(once: Callable[[], Awaitable[T]]) -> T:
    """Run the work until it succeeds, fails for a reason of its own, or patience ends."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE
    pause = 0.01
    while True:
        try:
            return await once()
        except PoolTimeoutError as error:
            raise Crowded from error
        except DBAPIError as error:
            if _sqlstate(error) == LOCK_TIMEOUT:
                raise Busy from error
            if not (_sqlstate(error) in RETRIED or _is_lost(error)):
                raise
            if loop.time() + pause > deadline:
                raise DatabaseUnavailable from error
        await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 — jitter, not a secret
        pause = min(pause * 2, 1.0)


def _sqlstate(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _give_up_connection(context: ExceptionContext) -> None:
    """Let a server that is no primary any more be left together with every connection to it."""
    state = getattr(context.original_exception, "sqlstate", None)
    # On a snapshot it is our own mistake: a read that tries to write.
    is_snapshot = context.connection and context.connection.get_execution_options().get("postgresql_readonly")
    if state in PRIMARY_LOST and not (state == READ_ONLY and is_snapshot):
        context.is_disconnect = True


def _is_lost(error: DBAPIError) -> bool:
    return error.connection_invalidated or _sqlstate(error).startswith("08") or _never_came(error)


def _never_came(error: DBAPIError) -> bool:
    """Tell whether connecting itself failed: psycopg gives such errors no SQLSTATE."""
    return not _sqlstate(error) and type(error.orig).__name__ in {"OperationalError", "ConnectionTimeout"}
