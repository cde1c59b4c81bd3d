"""Statements spelled for each engine, inserts built once: putting one together costs more than running it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    FromClause,
    Insert,
    String,
    Table,
    bindparam,
    cast,
    column,
    func,
    insert,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from foundation.database.base import Base

Row = Mapping[str, Any]


def insert_rows(session: Session, table: type[Base], *rows: Row, skips: bool = False) -> None:
    """Insert rows behind what the session still holds back; with `skips` pass over those that are there."""
    if rows:
        session.flush()
        session.execute(_skipping(table, dialect_of(session)) if skips else _inserting(table), rows)


def insert_or_skip(session: Session, table: type[Base], *rows: Row) -> Sequence[Any]:
    """Insert the rows that no unique constraint refuses; return the first primary-key column of those.

    On PostgreSQL a concurrent insert of the same key is waited for.
    """
    session.flush()
    return session.scalars(_telling(table, dialect_of(session)), rows).all()


def dialect_of(session: Session) -> str:
    """Return the engine's name, `postgresql` or `sqlite`."""
    return session.get_bind().dialect.name


def insert_of(table: type[Base], dialect: str) -> Any:
    """Return an engine's own insert, which knows `on_conflict_…`."""
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return make(table_of(table))


@cache
def _inserting(table: type[Base]) -> Insert:
    return insert(table_of(table))


@cache
def _skipping(table: type[Base], dialect: str) -> Any:
    return insert_of(table, dialect).on_conflict_do_nothing()


@cache
def _telling(table: type[Base], dialect: str) -> Any:
    return _skipping(table, dialect).returning(table_of(table).primary_key.columns[0])


def table_of(model: type[Base]) -> Table:
    """Return a model's table: statements on it alone are spared the session's bookkeeping."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


def handed_over(dialect: str, **columns: TypeEngine[Any]) -> FromClause:
    """Return a table of the rows that `hand_over` gives to a statement: one statement then serves many rows.

    Texts, whole numbers and JSON only. Run row by row, each costs its own way through the driver, and on SQLite the
    lock of the interpreter twice.
    """
    rows = bindparam("rows", type_=String)
    if dialect == "postgresql":
        given = func.jsonb_to_recordset(cast(rows, postgresql.JSONB))
        return given.table_valued(*(column(name, kind) for name, kind in columns.items())).render_derived(
            with_types=True
        )
    each = func.json_each(rows).table_valued("value")
    values = (
        type_coerce(func.json_extract(each.c.value, literal_column(f"'$.{name}'")), kind).label(name)
        for name, kind in columns.items()
    )
    return select(*values).subquery()


def hand_over(rows: Iterable[Mapping[str, Any]], *, is_escaped: bool = False) -> dict[str, str]:
    """Return the parameter that holds the rows; what no encoding carries is left for the driver to refuse.

    `is_escaped`: it is kept as a JSON column would keep it.
    """
    return {"rows": json.dumps(list(rows), ensure_ascii=is_escaped)}
