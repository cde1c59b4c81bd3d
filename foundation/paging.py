"""Lists page by cursor: the id of the last row shown, so that a page never shifts under its reader."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from foundation.fields import Ref, Schema

PAGE = 100
Row = TypeVar("Row")
Item = TypeVar("Item", bound=BaseModel)


class PageQuery(Schema):
    """頁の指定: where the page begins."""

    cursor: Ref | None = None


class Page(BaseModel, Generic[Item]):
    """頁: up to a hundred items, and the cursor of the next page or null."""

    items: list[Item]
    next: str | None = None


def page(
    session: Session,
    statement: Select[Row],
    key: InstrumentedAttribute[str],
    cursor: str | None,
    view: Callable[[Row], Item],
    *,
    size: int = PAGE,
) -> Page[Item]:
    """Return one page of a statement's rows in the order of their key (ids sort by the time they were made)."""
    if cursor is not None:
        statement = statement.where(key > cursor)
    rows: list[Any] = list(session.scalars(statement.order_by(key).limit(size + 1)))
    more = len(rows) > size
    return Page(items=[view(row) for row in rows[:size]], next=getattr(rows[size - 1], key.key) if more else None)
