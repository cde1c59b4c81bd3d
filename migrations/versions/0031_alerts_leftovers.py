"""What ended as failed is found by when it did: operators are told of refused mail"""

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


def downgrade() -> None:
    op.drop_index("ix_deliveries_failed", table_name="deliveries")
