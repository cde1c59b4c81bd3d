"""Mail that comes back: replies, reports, and addresses that are gone"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from foundation.database.base import UtcDateTime

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

RESULTS = "'taken', 'refused', 'closed', 'needs_person', 'resolved'"
KNOWN = "ck_inbound_messages_result_known"


def upgrade() -> None:
    with op.batch_alter_table("channels", schema=None) as batch_op:
        batch_op.add_column(sa.Column("dead_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("dead_reason", sa.String(length=12), nullable=True))
        batch_op.create_check_constraint(
            op.f("ck_channels_dead_reason_fits"), "(dead_at IS NULL) = (dead_reason IS NULL)"
        )
    with op.batch_alter_table("inbound_messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=12), nullable=False, server_default="message"))
        batch_op.add_column(sa.Column("message_id", sa.String(length=250), nullable=True))
        batch_op.add_column(sa.Column("delivery_id", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("attempt_id", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("fate", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("status", sa.String(length=12), nullable=True))
        batch_op.create_foreign_key(op.f("fk_inbound_messages_delivery_id"), "deliveries", ["delivery_id"], ["id"])
        batch_op.create_foreign_key(op.f("fk_inbound_messages_attempt_id"), "attempts", ["attempt_id"], ["id"])
        batch_op.drop_constraint(op.f(KNOWN), type_="check")
        batch_op.create_check_constraint(op.f(KNOWN), f"result IN ({RESULTS}, 'noted')")
        batch_op.create_check_constraint(
            op.f("ck_inbound_messages_kind_known"), "kind IN ('message', 'automatic', 'report')"
        )
        batch_op.create_check_constraint(
            op.f("ck_inbound_messages_fate_fits"), "(kind = 'report') = (fate IS NOT NULL)"
        )


def downgrade() -> None:
    op.execute(sa.text("UPDATE inbound_messages SET result = 'resolved' WHERE result = 'noted'"))
    with op.batch_alter_table("inbound_messages", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_inbound_messages_fate_fits"), type_="check")
        batch_op.drop_constraint(op.f("ck_inbound_messages_kind_known"), type_="check")
        batch_op.drop_constraint(op.f(KNOWN), type_="check")
        batch_op.create_check_constraint(op.f(KNOWN), f"result IN ({RESULTS})")
        batch_op.drop_constraint(op.f("fk_inbound_messages_attempt_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_inbound_messages_delivery_id"), type_="foreignkey")
        for name in ("status", "fate", "attempt_id", "delivery_id", "message_id", "kind"):
            batch_op.drop_column(name)
    with op.batch_alter_table("channels", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_channels_dead_reason_fits"), type_="check")
        batch_op.drop_column("dead_reason")
        batch_op.drop_column("dead_at")
