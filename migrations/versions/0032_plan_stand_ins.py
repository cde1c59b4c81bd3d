"""What would stand in for the kind asked for, where a plan asks a partner for that"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0032"
down_revision: str | None = "0031"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("plan_asks", sa.Column("instead", sa.String(length=32), nullable=True))


def downgrade() -> None:
    op.drop_column("plan_asks", "instead")
