"""Which columns hold sealed values, as the tables themselves declare it (`foundation.database.base.SealedUnder`)."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Column, ColumnElement, Table, and_, func, select, true
from sqlalchemy.types import String

from foundation.database.base import SEALED_UNDER, Base, SealedUnder


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """封印列: a column of sealed values, the key that names its rows, and whose each row is."""

    table: Table
    column: Column[bytes]
    under: SealedUnder

    @property
    def key(self) -> Column[str]:
        """The first column of the primary key: the row's id, to which a value is bound."""
        key: Column[str] = self.table.primary_key.columns[0]
        return key

    @property
    def place(self) -> str:
        """What stands in the associated data: the table and the column without its suffix."""
        return f"{self.table.name}.{self.column.name.removesuffix('_sealed')}"

    @property
    def is_shared(self) -> bool:
        """Whether the rows of all members stand under one key."""
        return self.under.shared is not None

    def is_under(self, owner: str) -> ColumnElement[bool]:
        """Return what holds for the rows that stand under an owner's key."""
        if self.under.shared is not None:
            return true() if self.under.shared == owner else ~true()
        return self.is_of(owner)

    def is_of(self, owner: str) -> ColumnElement[bool]:
        """Return what holds for the rows that are an owner's, whatever key they stand under."""
        if self.under.is_json:
            text = self.table.c[self.under.owner].cast(String)
            return and_(text.contains('"sealed"'), text.contains(f'"{owner}"', autoescape=True))
        column = self.table.c[self.under.owner]
        if self.under.through is None:
            return column == owner
        name, _, holder = self.under.through.partition(".")
        beyond = self.table.metadata.tables[name]
        return column.in_(select(beyond.primary_key.columns[0]).where(beyond.c[holder] == owner))

    def begins_with(self, start: bytes) -> ColumnElement[bool]:
        """Return what holds for the values that begin with some bytes."""
        return func.substr(self.column, 1, len(start)) == start


def sealed_columns() -> Iterator[SealedColumn]:
    """Yield every declared column, in the order of their places: a rewriting goes on by it."""
    found = (
        SealedColumn(table, column, column.info[SEALED_UNDER])
        for table in Base.metadata.tables.values()
        for column in table.columns
        if SEALED_UNDER in column.info
    )
    yield from sorted(found, key=lambda each: each.place)
