"""The record: every audit row in a chain, the chains' heads, anchors, checkpoints"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Any

import sqlalchemy as sa
from alembic import op

from foundation.database.base import Json, UtcDateTime

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SERVICE = "service"
AT_ONCE = 1000
audit = sa.table(
    "audit",
    sa.column("id", sa.String),
    sa.column("at", UtcDateTime()),
    sa.column("act", sa.Text),
    sa.column("actor", sa.String),
    sa.column("actor_member", sa.String),
    sa.column("chain", sa.String),
    sa.column("subject", sa.String),
    sa.column("facts", Json),
    sa.column("sequence", sa.BigInteger),
    sa.column("previous_hash", sa.LargeBinary),
    sa.column("hash", sa.LargeBinary),
)
heads = sa.table("audit_heads", sa.column("chain"), sa.column("sequence"), sa.column("hash", sa.LargeBinary))


def upgrade() -> None:
    op.create_table(
        "audit_heads",
        sa.Column("chain", sa.String(length=36), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_audit_heads")),
    )
    op.create_table(
        "audit_anchors",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("heads", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_anchors")),
    )
    op.create_table(
        "audit_anchored_heads",
        sa.Column("chain", sa.String(length=36), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_audit_anchored_heads")),
    )
    op.create_table(
        "audit_checkpoints",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("members", Json, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_checkpoints")),
    )
    _link_what_is_there(op.get_bind())
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.alter_column("chain", existing_type=sa.String(length=36), nullable=False)
        batch_op.alter_column("sequence", existing_type=sa.BigInteger(), nullable=False)
        batch_op.alter_column("previous_hash", existing_type=sa.LargeBinary(), nullable=False)
        batch_op.alter_column("hash", existing_type=sa.LargeBinary(), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.alter_column("hash", existing_type=sa.LargeBinary(), nullable=True)
        batch_op.alter_column("previous_hash", existing_type=sa.LargeBinary(), nullable=True)
        batch_op.alter_column("sequence", existing_type=sa.BigInteger(), nullable=True)
        batch_op.alter_column("chain", existing_type=sa.String(length=36), nullable=True)
    op.execute(sa.update(audit).values(sequence=None, previous_hash=None, hash=None))
    op.execute(sa.update(audit).where(audit.c.chain == SERVICE).values(chain=None))
    op.drop_table("audit_checkpoints")
    op.drop_table("audit_anchored_heads")
    op.drop_table("audit_anchors")
    op.drop_table("audit_heads")


def _link_what_is_there(connection: sa.Connection) -> None:
    """Chain the rows of before in the order of their time; rows that concern no member are the service's."""
    connection.execute(sa.update(audit).where(audit.c.chain.is_(None)).values(chain=SERVICE))
    ends: dict[str, tuple[int, bytes]] = {}
    for rows in _in_order(connection):
        links = []
        for row in rows:
            sequence, previous = ends.get(row["chain"], (0, bytes(32)))
            row["sequence"] = sequence + 1
            end = _hash(previous, row)
            links.append({"row": row["id"], "number": sequence + 1, "before": previous, "end": end})
            ends[row["chain"]] = sequence + 1, end
        values: dict[str, Any] = {"sequence": sa.bindparam("number"), "previous_hash": sa.bindparam("before")}
        statement = sa.update(audit).where(audit.c.id == sa.bindparam("row"))
        connection.execute(statement.values(**values, hash=sa.bindparam("end")), links)
    if ends:
        rows_of_heads = [{"chain": chain, "sequence": end[0], "hash": end[1]} for chain, end in ends.items()]
        connection.execute(sa.insert(heads), rows_of_heads)


def _in_order(connection: sa.Connection) -> Iterator[list[dict[str, Any]]]:
    ids = list(connection.scalars(sa.select(audit.c.id).order_by(audit.c.at, audit.c.id)))
    columns = [column for column in audit.c if column.name not in {"sequence", "previous_hash", "hash"}]
    for place in range(0, len(ids), AT_ONCE):
        wanted = ids[place : place + AT_ONCE]
        found = connection.execute(sa.select(*columns).where(audit.c.id.in_(wanted))).mappings()
        by_id = {row["id"]: dict(row) for row in found}
        yield [by_id[each] for each in wanted]


def _hash(previous: bytes, row: dict[str, Any]) -> bytes:
    """The algorithm of foundation/audit/chain.py as it was then: what is linked once is never linked anew."""
    at = row["at"].astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"
    covered = {**row, "at": at}
    text = json.dumps(covered, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(previous + text.encode()).digest()
