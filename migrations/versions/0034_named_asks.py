"""An ask keeps what its question names, also once it is answered"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0034"
down_revision: str | None = "0033"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
HOLDS = sa.table(
    "holds",
    sa.column("request_id"),
    sa.column("member_id"),
    sa.column("line_id"),
    sa.column("quantity"),
    sa.column("is_named", sa.Boolean()),
)
ASKS = sa.table("asks", sa.column("request_id"), sa.column("member_id"), sa.column("named", JSON))


def upgrade() -> None:
    op.add_column("asks", sa.Column("named", JSON, server_default="{}", nullable=False))
    connection = op.get_bind()
    named: dict[tuple[str, str], dict[str, int]] = {}
    for row in connection.execute(sa.select(HOLDS).where(HOLDS.c.is_named)):
        named.setdefault((row.request_id, row.member_id), {})[row.line_id] = row.quantity
    for (request, member), quantities in named.items():
        of_member = (ASKS.c.request_id == request, ASKS.c.member_id == member)
        connection.execute(sa.update(ASKS).where(*of_member).values(named=quantities))
    op.drop_column("holds", "is_named")


def downgrade() -> None:
    op.add_column("holds", sa.Column("is_named", sa.Boolean(), server_default=sa.false(), nullable=False))
    connection = op.get_bind()
    for row in connection.execute(sa.select(ASKS)):
        of_member = (HOLDS.c.request_id == row.request_id, HOLDS.c.member_id == row.member_id)
        connection.execute(
            sa.update(HOLDS).where(*of_member, HOLDS.c.line_id.in_(list(row.named))).values(is_named=True)
        )
    op.drop_column("asks", "named")
