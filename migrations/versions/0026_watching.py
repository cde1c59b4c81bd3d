"""The watch over the outbox, reachability tests, and digests of peacetime mail"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from foundation.database.base import UtcDateTime

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "watch_rounds",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("begun_at", UtcDateTime(), nullable=False),
        sa.Column("begun_by", sa.String(length=64), nullable=False),
        sa.Column("completed_at", UtcDateTime(), nullable=True),
        sa.Column("tally", sa.Integer(), nullable=True),
        sa.Column("tally_id", sa.String(length=36), nullable=True),
        sa.Column("tallied_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_watch_rounds_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch_rounds")),
    )
    op.create_table(
        "troubles",
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("place", sa.String(length=8), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("since_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("cleared_at", UtcDateTime(), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("told_times", sa.Integer(), nullable=False),
        sa.Column("clear_told_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("is_open = (cleared_at IS NULL)", name=op.f("ck_troubles_cleared_at_fits")),
        sa.PrimaryKeyConstraint("kind", "place", name=op.f("pk_troubles")),
    )
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.create_index("ix_attempts_posted", ["posted_at"], unique=False)
        batch_op.create_index(
            "ix_attempts_open",
            ["posted_at"],
            unique=False,
            postgresql_where=sa.text("state = 'posting'"),
            sqlite_where=sa.text("state = 'posting'"),
        )


def downgrade() -> None:
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_index("ix_attempts_open")
        batch_op.drop_index("ix_attempts_posted")
    op.drop_table("troubles")
    op.drop_table("watch_rounds")
