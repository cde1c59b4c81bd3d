"""Fresh databases for the tests: a copied SQLite file, or a clone of a template in a private PostgreSQL cluster."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest

from migrations.upgrading import upgrade

TEMPLATE = "template_yuimaru"
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
        self._run("pg_ctl", "-D", self.directory / "data", "-m", "immediate", "stop")

    def url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self.directory}"

    def fresh(self) -> str:
        name = f"test_{next(_numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return self.url(name)

    def _make(self) -> None:
        self.directory.mkdir()
        if os.geteuid() == 0:
            _let_in(self.directory)
        self._run("initdb", "-D", self.directory / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-k {self.directory} -c listen_addresses='' -c fsync=off -c max_connections=200"
        self._run("pg_ctl", "-D", self.directory / "data", "-w", "-o", options, "-l", self.directory / "log", "start")
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {TEMPLATE}")
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
        if engine == "sqlite":
            path = directory / "yuimaru.db"
            shutil.copy(self.sqlite, path)
            return f"sqlite:///{path}"
        if self.cluster is None:
            pytest.skip("PostgreSQL: initdb is not installed")
        return self.cluster.fresh()
