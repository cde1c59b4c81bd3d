"""Every ranking finds the few dead addresses, a member's other ones, and the few who have promised anything"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0035"
down_revision: str | None = "0034"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index("ix_channels_member", "channels", ["member_id"])
    _create_for_few("ix_channels_dead", "channels", "dead_at IS NOT NULL")
    _create_for_few("ix_capabilities_committed", "capabilities", "committed > 0")


def _create_for_few(name: str, table: str, which: str) -> None:
    op.create_index(name, table, ["member_id"], postgresql_where=sa.text(which), sqlite_where=sa.text(which))


def downgrade() -> None:
    op.drop_index("ix_capabilities_committed", "capabilities")
    op.drop_index("ix_channels_dead", "channels")
    op.drop_index("ix_channels_member", "channels")
