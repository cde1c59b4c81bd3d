"""Opening a database by its URL, and keeping a second process off an embedded one."""

import fcntl
import os
from pathlib import Path

from sqlalchemy import make_url

from foundation.database.postgres import PostgresDatabase
from foundation.database.scope import Scope
from foundation.database.sqlite import SqliteDatabase
from foundation.database.unit import Database, Surroundings


class AlreadyOpenError(RuntimeError):
    """Another process holds the embedded database; SQLite's WAL can break under two writers."""


class FileLock:
    """An exclusive lock beside an embedded database, held by its one process and freed by the kernel."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".lock")
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock. Raises AlreadyOpenError where another process has it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise AlreadyOpenError(
                "このデータベースは別のプロセスが使用中です (the embedded database is open in another process)"
            ) from None
        self._descriptor = descriptor

    def release(self) -> None:
        """Let go of the lock."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class LockedSqliteDatabase(SqliteDatabase):
    """An embedded database together with the lock that keeps it to one process."""

    def __init__(self, path: Path, surroundings: Surroundings) -> None:
        self._lock = FileLock(path)
        self._lock.acquire()
        super().__init__(path, surroundings)

    async def close(self) -> None:
        """Finish the queued writes, let go of the file, then of the lock."""
        await super().close()
        self._lock.release()


def embedded_path(url: str) -> Path | None:
    """Return the file of an embedded database's URL, or None for a server's."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return None
    if not parsed.database or parsed.database == ":memory:":
        raise ValueError("YUIMARU_DATABASE_URL: an embedded database needs a file, e.g. sqlite:///./var/yuimaru.db")
    return Path(parsed.database)


def open_database(url: str, surroundings: Surroundings, scope: Scope) -> Database:
    """Open the database behind a URL, to act for somebody. Raises AlreadyOpenError for an embedded one in use."""
    path = embedded_path(url)
    if path is not None:
        return LockedSqliteDatabase(path, surroundings)
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    return PostgresDatabase(parsed.render_as_string(hide_password=False), surroundings, scope)
