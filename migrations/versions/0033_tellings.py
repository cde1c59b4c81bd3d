"""A request counts its waves apart from what partners were told"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0033"
down_revision: str | None = "0032"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("aid_requests", sa.Column("tellings", sa.Integer(), server_default="0", nullable=False))
    # Until now one number counted both; it stays what people have seen
    op.execute("UPDATE aid_requests SET tellings = wave")


def downgrade() -> None:
    op.execute("UPDATE aid_requests SET wave = tellings")
    op.drop_column("aid_requests", "tellings")
