"""Waves: how partners answered before, and what they are being asked for

Of asks before this revision: the answer time is taken as an hour; the first answer's time is that of the offer, which
a later answer may have moved.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from foundation.database.base import UtcDateTime

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

HISTORY = ["member_id", "asked_at", "due_at", "stood_down_at", "answer_minutes", "has_said_yes"]
IN_AN_HOUR = {
    "postgresql": "asked_at + interval '1 hour'",
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S', asked_at, '+1 hour') || substr(asked_at, 20)",
}
MINUTES = {
    "postgresql": "greatest(0, floor(extract(epoch FROM min(offers.made_at) - asks.asked_at) / 60))",
    "sqlite": "max(0, CAST((julianday(min(offers.made_at)) - julianday(asks.asked_at)) * 1440 AS INTEGER))",
}
FROM_OFFERS = "FROM offers WHERE offers.request_id = asks.request_id AND offers.member_id = asks.member_id"
STANDS = "offers.status IN ('offered', 'accepted', 'released', 'expired')"


def upgrade() -> None:
    with op.batch_alter_table("asks") as batch_op:
        batch_op.add_column(sa.Column("due_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("answer_minutes", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("has_said_yes", sa.Boolean(), nullable=True))
    _learn(op.get_bind().dialect.name)
    with op.batch_alter_table("asks") as batch_op:
        batch_op.alter_column("due_at", existing_type=UtcDateTime(), nullable=False)
        batch_op.drop_index("ix_asks_member")
        batch_op.create_index("ix_asks_history", HISTORY)
    op.create_table(
        "holds",
        sa.Column("line_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("until_at", UtcDateTime(), nullable=False),
        sa.Column("is_named", sa.Boolean(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_holds_something")),
        sa.ForeignKeyConstraint(["line_id"], ["request_lines.id"], name=op.f("fk_holds_line_id")),
        sa.ForeignKeyConstraint(["request_id"], ["aid_requests.id"], name=op.f("fk_holds_request_id")),
        sa.PrimaryKeyConstraint("line_id", "member_id", name=op.f("pk_holds")),
    )
    op.create_index("ix_holds_request", "holds", ["request_id", "member_id"])
    op.create_index("ix_holds_kind", "holds", ["kind", "until_at", "member_id", "priority", "quantity"])


def downgrade() -> None:
    op.drop_table("holds")
    with op.batch_alter_table("asks") as batch_op:
        batch_op.drop_index("ix_asks_history")
        batch_op.create_index("ix_asks_member", ["member_id"])
        batch_op.drop_column("has_said_yes")
        batch_op.drop_column("answer_minutes")
        batch_op.drop_column("due_at")


def _learn(dialect: str) -> None:
    """Fill in what offers tell of the asks so far."""
    op.execute(f"UPDATE asks SET due_at = {IN_AN_HOUR[dialect]}")
    op.execute(
        f"UPDATE asks SET answer_minutes = (SELECT {MINUTES[dialect]} {FROM_OFFERS}),"
        f" has_said_yes = EXISTS (SELECT 1 {FROM_OFFERS} AND {STANDS})"
        f" WHERE EXISTS (SELECT 1 {FROM_OFFERS})"
    )
