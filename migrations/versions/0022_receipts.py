"""Receipts: stored first, handled after; what became of each attempt; deliveries bound to one gateway (tests)"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from foundation.database.base import UtcDateTime

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

FATES = "fate IN ('delivered', 'failed', 'dead')"


def upgrade() -> None:
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("fate", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("reported_at", UtcDateTime(), nullable=True))
        batch_op.create_check_constraint(batch_op.f("ck_attempts_fate_known"), FATES)
        batch_op.create_check_constraint(
            batch_op.f("ck_attempts_reported_at_fits"), "(fate IS NULL) = (reported_at IS NULL)"
        )
        batch_op.create_index("ix_attempts_provider_id", ["gateway", "provider_id"], unique=False)

    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("only_by", sa.String(length=40), nullable=True))

    op.create_table(
        "receipts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("gateway", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=202), nullable=False),
        sa.Column("word", sa.String(length=200), nullable=False),
        sa.Column("code", sa.String(length=200), nullable=True),
        sa.Column("fate", sa.String(length=12), nullable=True),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("handled_at", UtcDateTime(), nullable=True),
        sa.Column("result", sa.String(length=12), nullable=True),
        sa.CheckConstraint(FATES, name=op.f("ck_receipts_fate_known")),
        sa.CheckConstraint(
            "result IN ('raised', 'reopened', 'no_news', 'late', 'foreign')", name=op.f("ck_receipts_result_known")
        ),
        sa.CheckConstraint("(result IS NULL) = (handled_at IS NULL)", name=op.f("ck_receipts_handled_at_fits")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
        sa.UniqueConstraint("gateway", "subject", "word", name=op.f("uq_receipts_gateway_subject_word")),
    )
    with op.batch_alter_table("receipts", schema=None) as batch_op:
        batch_op.create_index(
            "ix_receipts_unhandled",
            ["due_at"],
            unique=False,
            postgresql_where=sa.text("result IS NULL"),
            sqlite_where=sa.text("result IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("receipts", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_receipts_unhandled",
            postgresql_where=sa.text("result IS NULL"),
            sqlite_where=sa.text("result IS NULL"),
        )
    op.drop_table("receipts")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_column("only_by")
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_index("ix_attempts_provider_id")
        batch_op.drop_constraint(batch_op.f("ck_attempts_reported_at_fits"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_attempts_fate_known"), type_="check")
        batch_op.drop_column("reported_at")
        batch_op.drop_column("fate")
