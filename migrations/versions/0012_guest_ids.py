"""Guest IDs"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from foundation.database.base import UtcDateTime

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "guest_pools",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("record_id", sa.String(length=36), nullable=True),
        sa.Column("needs_pledge", sa.Boolean(), nullable=False),
        sa.Column("needs_training", sa.Boolean(), nullable=False),
        sa.Column("instructions", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_guest_pools_member_id")),
        sa.ForeignKeyConstraint(["record_id"], ["inventory_records.id"], name=op.f("fk_guest_pools_record_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_pools")),
    )
    with op.batch_alter_table("guest_pools", schema=None) as batch_op:
        batch_op.create_index("ix_guest_pools_member", ["member_id"], unique=False)

    op.create_table(
        "guest_ids",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("pool_id", sa.String(length=36), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("envelope", sa.Text(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("prepared_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("secret_sealed IS NULL OR envelope IS NULL", name=op.f("ck_guest_ids_secret_or_envelope")),
        sa.ForeignKeyConstraint(["pool_id"], ["guest_pools.id"], name=op.f("fk_guest_ids_pool_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_ids")),
        sa.UniqueConstraint("pool_id", "label", name=op.f("uq_guest_ids_pool_id_label")),
    )
    op.create_table(
        "guest_uses",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("guest_id", sa.String(length=36), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("commitment_id", sa.String(length=36), nullable=False),
        sa.Column("incident_id", sa.String(length=36), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("helper", sa.Text(), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("until_at", UtcDateTime(), nullable=False),
        sa.Column("reserved_by", sa.String(length=64), nullable=False),
        sa.Column("nda_id", sa.String(length=36), nullable=True),
        sa.Column("undertaking", sa.Text(), nullable=True),
        sa.Column("is_trained", sa.Boolean(), nullable=False),
        sa.Column("issued_by", sa.String(length=64), nullable=True),
        sa.Column("issued_at", UtcDateTime(), nullable=True),
        sa.Column("received_by", sa.String(length=64), nullable=True),
        sa.Column("received_at", UtcDateTime(), nullable=True),
        sa.Column("returned_by", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("starts_at < until_at", name=op.f("ck_guest_uses_ends_after_start")),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_guest_uses_group_id")),
        sa.ForeignKeyConstraint(["guest_id"], ["guest_ids.id"], name=op.f("fk_guest_uses_guest_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_guest_uses_member_id")),
        sa.ForeignKeyConstraint(["nda_id"], ["ndas.id"], name=op.f("fk_guest_uses_nda_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_guest_uses_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_uses")),
        sa.UniqueConstraint("guest_id", "round", name=op.f("uq_guest_uses_guest_id_round")),
    )
    with op.batch_alter_table("guest_uses", schema=None) as batch_op:
        batch_op.create_index("ix_guest_uses_commitment", ["commitment_id"], unique=False)
        batch_op.create_index("ix_guest_uses_incident", ["incident_id"], unique=False)
        batch_op.create_index("ix_guest_uses_member", ["member_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("guest_uses", schema=None) as batch_op:
        batch_op.drop_index("ix_guest_uses_member")
        batch_op.drop_index("ix_guest_uses_incident")
        batch_op.drop_index("ix_guest_uses_commitment")

    op.drop_table("guest_uses")
    op.drop_table("guest_ids")
    with op.batch_alter_table("guest_pools", schema=None) as batch_op:
        batch_op.drop_index("ix_guest_pools_member")

    op.drop_table("guest_pools")
