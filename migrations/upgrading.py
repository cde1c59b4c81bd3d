"""Bringing a database to a revision, and telling which one it has: one history for both engines."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, make_url, text

from foundation.database import embedded_path
from foundation.database.sqlite import engine_for

ALONE = 0x59_55_49
"""The PostgreSQL advisory lock that keeps two upgrades from running at once."""


def upgrade(url: str, revision: str = "head") -> None:
    """Run the revisions that are lacking; all of them or none."""
    _run(url, lambda config: command.upgrade(config, revision))


def downgrade(url: str, revision: str) -> None:
    """Go back to a revision (`base` for nothing)."""
    _run(url, lambda config: command.downgrade(config, revision))


def check(url: str) -> None:
    """Raise where the tables in the code and the revisions differ."""
    _run(url, command.check)


def is_current(url: str) -> bool:
    """Tell whether the database has every revision."""
    with _connected(url) as connection:
        return MigrationContext.configure(connection).get_current_revision() == newest()


def newest() -> str | None:
    """Return the newest revision."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _run(url: str, act: Callable[[Config], Any]) -> None:
    config = _config()
    with _connected(url) as connection:
        config.attributes["connection"] = connection
        act(config)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ALONE})
                # Revisions move rows of all members, and row-level security holds for the tables' owner, too.
                connection.execute(text("SELECT set_config('yuimaru.party', 'service', true)"))
            yield connection
    finally:
        engine.dispose()


def _engine(url: str) -> Engine:
    path = embedded_path(url)
    if path is None:
        return create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    path.parent.mkdir(parents=True, exist_ok=True)
    # Rebuilding a table (SQLite's ALTER) would trip over the rows that point to it.
    pragmas = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "foreign_keys=OFF")
    return engine_for(path, begin="BEGIN IMMEDIATE", pool=1, pragmas=pragmas)
