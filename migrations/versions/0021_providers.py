"""What is known of each gateway, and which of a delivery's leases came as far as one"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from foundation.database.base import UtcDateTime

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "providers",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("health", sa.Integer(), nullable=False),
        sa.Column("lowered_at", UtcDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("breaker", sa.String(length=12), nullable=False),
        sa.Column("probe_at", UtcDateTime(), nullable=True),
        sa.Column("held_until", UtcDateTime(), nullable=True),
        sa.Column("last_code", sa.String(length=40), nullable=True),
        sa.Column("last_error_at", UtcDateTime(), nullable=True),
        sa.Column("tokens", sa.Double(), nullable=False),
        sa.Column("refilled_at", UtcDateTime(), nullable=True),
        sa.Column("judged_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("health BETWEEN 0 AND 100", name=op.f("ck_providers_health_fits")),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_providers_failures_count")),
        sa.CheckConstraint("breaker IN ('closed', 'open', 'half_open')", name=op.f("ck_providers_breaker_known")),
        sa.CheckConstraint("(breaker = 'closed') = (probe_at IS NULL)", name=op.f("ck_providers_probe_fits")),
        sa.CheckConstraint("tokens >= 0", name=op.f("ck_providers_tokens_count")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_providers")),
    )
    op.add_column("deliveries", sa.Column("tries", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("deliveries", sa.Column("last_gateway", sa.String(length=40), nullable=True))
    op.execute("UPDATE deliveries SET tries = attempt")


def downgrade() -> None:
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_column("last_gateway")
        batch_op.drop_column("tries")
    op.drop_table("providers")
