"""Refused mail is found by when it ended, a message that waits names its group, and further contacts have a place"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0031"
down_revision: str | None = "0029"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

HAS_FAILED = sa.text("state = 'failed'")


def upgrade() -> None:
    op.create_index(
        "ix_deliveries_failed", "deliveries", ["finished_at"], postgresql_where=HAS_FAILED, sqlite_where=HAS_FAILED
    )
    # What waits keeps its place: between two urgencies there is room for a member's further contacts now
    op.execute("UPDATE deliveries SET priority = 2 * priority WHERE state IN ('due', 'leased')")
    op.add_column("inbound_messages", sa.Column("watching_group", sa.String(length=36), nullable=True))


def downgrade() -> None:
    op.drop_column("inbound_messages", "watching_group")
    op.execute("UPDATE deliveries SET priority = priority / 2 WHERE state IN ('due', 'leased')")
    op.drop_index("ix_deliveries_failed", table_name="deliveries")
