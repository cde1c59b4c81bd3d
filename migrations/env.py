"""Alembic's entry: runs the revisions on the connection that `upgrading` hands in."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import JSON, Connection

from foundation.database.base import UtcDateTime
from migrations.tables import METADATA


def _render(kind: str, thing: Any, autogen: Any) -> str | Literal[False]:
    """Write our own column types by their names."""
    if kind == "type" and isinstance(thing, UtcDateTime):
        autogen.imports.add("from foundation.database.base import UtcDateTime")
        return "UtcDateTime()"
    if kind == "type" and isinstance(thing, JSON):
        autogen.imports.add("from foundation.database.base import Json")
        return "Json"
    return False


connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=True,
    compare_type=True,
    render_item=_render,
    include_object=context.config.attributes.get("include_object"),
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
