"""Fresh databases for the tests: a copied SQLite file, or a clone of a template in a private PostgreSQL cluster."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from migrations.tables import METADATA
from migrations.upgrading import upgrade

TEMPLATE = "template_yuimaru"
# Nothing here outlives the tests, not even a crash of the server.
THROWN_AWAY = "-c fsync=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0"
ALONE = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
# Rows of the catalogues that a table, column, function or trigger of ours is written in: any change makes new ones.
SHAPE = " UNION ALL ".join(
    f"(SELECT count(*), max(xmin::text::bigint) FROM {catalogue} WHERE {id_} >= 16384)"
    for catalogue, id_ in (
        ("pg_class", "oid"),
        ("pg_attribute", "attrelid"),
        ("pg_proc", "oid"),
        ("pg_trigger", "oid"),
    )
)
# A test's few rows are deleted sooner than forty tables are truncated; keys that point elsewhere don't matter then.
EMPTY = "SET session_replication_role = replica; " + "; ".join(f"DELETE FROM {table}" for table in METADATA.tables)
_numbers = count()


def sqlite_template(directory: Path) -> Path:
    """Return a migrated SQLite file to copy from."""
    path = directory / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@dataclass(frozen=True)
class Cluster:
    """A private PostgreSQL cluster on a Unix socket, started and stopped by the tests."""

    directory: Path
    binaries: Path
    free: list[str] = field(default_factory=list)
    hands: dict[str, psycopg.Connection[Any]] = field(default_factory=dict)
    """The connection that empties a database, kept for the next time: it knows the tables already."""

    @classmethod
    def start(cls, parent: Path) -> "Cluster | None":
        """Start a cluster where `initdb` is found, else return None."""
        binaries = _binaries()
        if binaries is None:
            return None
        cluster = cls(parent / "cluster", binaries)
        cluster._make()
        return cluster

    def stop(self) -> None:
        for hand in self.hands.values():
            hand.close()
        self._run("pg_ctl", "-D", self.directory / "data", "-m", "immediate", "stop")

    def url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self.directory}"

    def fresh(self) -> str:
        """Return the URL of an empty database with all tables: one that was given back, or a new clone."""
        if not self.free:
            self.free.append(f"test_{next(_numbers)}")
            self._order(f"CREATE DATABASE {self.free[0]} TEMPLATE {TEMPLATE}")
        return self.url(self.free.pop())

    def take_back(self, url: str) -> None:
        """Empty a database for the next test (a tenth of a clone's time); drop one whose tables were changed."""
        name = make_url(url).database or ""
        try:
            is_as_cloned = self._empty(name)
        except psycopg.Error:
            is_as_cloned = False
        if is_as_cloned:
            self.free.append(name)
        else:
            if name in self.hands:
                self.hands.pop(name).close()
            self._order(f"DROP DATABASE {name} WITH (FORCE)")

    def _empty(self, name: str) -> bool:
        """Tell whether a database has the tables it was cloned with, after emptying them."""
        if name not in self.hands:
            self.hands[name] = psycopg.connect(self.url(name), autocommit=True)
        hand = self.hands[name]
        hand.execute(ALONE)
        is_as_cloned = hand.execute(SHAPE).fetchall() == self._shape
        if is_as_cloned:
            hand.execute(EMPTY)
        return is_as_cloned

    @cached_property
    def _shape(self) -> list[tuple[int, int]]:
        with psycopg.connect(self.url(TEMPLATE), autocommit=True) as connection:
            return connection.execute(SHAPE).fetchall()

    def _order(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def _make(self) -> None:
        self.directory.mkdir()
        if os.geteuid() == 0:
            _let_in(self.directory)
        self._run("initdb", "-D", self.directory / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-k {self.directory} -c listen_addresses='' {THROWN_AWAY} -c max_connections=200"
        self._run("pg_ctl", "-D", self.directory / "data", "-w", "-o", options, "-l", self.directory / "log", "start")
        self._order(f"CREATE DATABASE {TEMPLATE}")
        upgrade(self.url(TEMPLATE))

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self.binaries / program), *map(str, arguments)]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


def _binaries() -> Path | None:
    if found := shutil.which("initdb"):
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return versions[-1].parent if versions else None


def _let_in(directory: Path) -> None:
    """PostgreSQL refuses to run as root: let its own user reach and own the folder."""
    shutil.chown(directory, "postgres", "postgres")
    for parent in directory.parents:
        if parent.stat().st_uid == os.geteuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)


@dataclass(frozen=True)
class Engines:
    sqlite: Path
    cluster: Cluster | None

    def fresh(self, engine: str, directory: Path) -> str:
        """Return the URL of a database with all tables and no rows."""
        if engine == "sqlite":
            path = directory / "yuimaru.db"
            shutil.copy(self.sqlite, path)
            return f"sqlite:///{path}"
        if self.cluster is None:
            pytest.skip("PostgreSQL: initdb is not installed")
        return self.cluster.fresh()

    @contextmanager
    def lent(self, engine: str, directory: Path) -> Iterator[str]:
        """Give a fresh database for a while; on PostgreSQL the next borrower may get the same one, emptied."""
        url = self.fresh(engine, directory)
        yield url
        if engine == "postgres" and self.cluster is not None:
            self.cluster.take_back(url)
