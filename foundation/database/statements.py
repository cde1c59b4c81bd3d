"""Statements that SQLAlchemy spells per engine, spelled once."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from foundation.database.base import Base


def insert_or_skip(session: Session, table: type[Base], *rows: Mapping[str, Any]) -> Sequence[Any]:
    """Insert the rows that no unique constraint refuses; return the first primary-key column of those.

    On PostgreSQL a concurrent insert of the same key is waited for.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    key = inspect(table).primary_key[0]
    statement = insert(table).on_conflict_do_nothing().returning(key)
    return session.scalars(statement, list(rows)).all()
