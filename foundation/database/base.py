"""What every table stands on: the declarative base, constraint names and column types."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import JSON, DateTime, Dialect, LargeBinary, MetaData, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, kept in UTC on both engines; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn into UTC; SQLite keeps it without the offset, so that text order is time order."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs an offset")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back an aware instant in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


Json = JSON().with_variant(JSONB(), "postgresql")

Id = Annotated[str, mapped_column(String(36))]
Key = Annotated[str, mapped_column(String(36), primary_key=True)]
Instant = Annotated[datetime, mapped_column(UtcDateTime)]
Sealed = Annotated[bytes, mapped_column(LargeBinary)]
Facts = Annotated[dict[str, Any], mapped_column(Json)]


@dataclass(frozen=True, slots=True)
class SealedUnder:
    """Under whose key a column is sealed, declared in the column's `info`: rotation and erasure find it there.

    `owner` is the table's column that holds the owner's id or, with `through`, the one that points to the row of
    another table that does (`table.column`). With `shared` all rows stand under that one key, and `owner` only says
    whose they are. `digest` is the column by which the value is found. `is_json` marks facts of which some are sealed
    (`foundation.sealing.facts`).
    """

    owner: str
    through: str | None = None
    shared: str | None = None
    digest: str | None = None
    is_json: bool = False


SEALED_UNDER = "sealed_under"


def sealed_under(
    owner: str,
    *,
    through: str | None = None,
    shared: str | None = None,
    digest: str | None = None,
    is_json: bool = False,
) -> dict[str, Any]:
    """Return the `info` of a sealed column, as `SealedUnder` explains it."""
    return {SEALED_UNDER: SealedUnder(owner, through, shared, digest, is_json)}


class Base(DeclarativeBase):
    """The parent of every table's class."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {str: Text(), datetime: UtcDateTime, bytes: LargeBinary, dict[str, Any]: Json}  # noqa: RUF012 — SQLAlchemy's own declaration
