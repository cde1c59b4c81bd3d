"""Emergency access, and guest-ID pools that change and retire"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from foundation.database.base import UtcDateTime

revision: str = "0017"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "emergency_permissions",
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("is_allowed", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_emergency_permissions_group_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_emergency_permissions_member_id")),
        sa.PrimaryKeyConstraint("member_id", "group_id", name=op.f("pk_emergency_permissions")),
    )
    op.create_table(
        "reading_grants",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("owner_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("incident_id", sa.String(length=36), nullable=False),
        sa.Column("commitment_id", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("until_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("starts_at < until_at", name=op.f("ck_reading_grants_ends_after_start")),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_reading_grants_group_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_reading_grants_member_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["members.id"], name=op.f("fk_reading_grants_owner_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_reading_grants_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_grants")),
    )
    with op.batch_alter_table("reading_grants", schema=None) as batch_op:
        batch_op.create_index("ix_reading_grants_person", ["person_id"], unique=False)

    op.create_table(
        "emergency_accesses",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("owner_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("incident_id", sa.String(length=36), nullable=False),
        sa.Column("commitment_id", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("undertaking", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("opens_at", UtcDateTime(), nullable=False),
        sa.Column("opening", sa.String(length=12), nullable=True),
        sa.Column("confirmed_by", sa.String(length=64), nullable=True),
        sa.Column("confirmed_by_member", sa.String(length=36), nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=True),
        sa.Column("until_at", UtcDateTime(), nullable=True),
        sa.Column("ending", sa.String(length=12), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("review_due_at", UtcDateTime(), nullable=True),
        sa.Column("reviewed_by", sa.String(length=64), nullable=True),
        sa.Column("reviewed_at", UtcDateTime(), nullable=True),
        sa.Column("review_note", sa.Text(), nullable=True),
        sa.CheckConstraint("minutes BETWEEN 15 AND 240", name=op.f("ck_emergency_accesses_four_hours_at_most")),
        sa.CheckConstraint(
            "(state = 'reviewed') = (review_note IS NOT NULL)", name=op.f("ck_emergency_accesses_reviewed_with_note")
        ),
        sa.ForeignKeyConstraint(
            ["commitment_id"], ["commitments.id"], name=op.f("fk_emergency_accesses_commitment_id")
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_emergency_accesses_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_accesses")),
    )
    with op.batch_alter_table("emergency_accesses", schema=None) as batch_op:
        batch_op.create_index("ix_emergency_accesses_group", ["group_id"], unique=False)
        batch_op.create_index("ix_emergency_accesses_member", ["member_id"], unique=False)
        batch_op.create_index("ix_emergency_accesses_owner", ["owner_id"], unique=False)
        batch_op.create_index(
            "uq_emergency_accesses_live",
            ["person_id", "owner_id", "incident_id"],
            unique=True,
            postgresql_where=sa.text("state IN ('asked', 'open')"),
            sqlite_where=sa.text("state IN ('asked', 'open')"),
        )
    with op.batch_alter_table("guest_pools", schema=None) as batch_op:
        batch_op.add_column(sa.Column("retired_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("guest_pools", schema=None) as batch_op:
        batch_op.alter_column("version", existing_type=sa.Integer(), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("guest_pools", schema=None) as batch_op:
        batch_op.drop_column("version")
        batch_op.drop_column("retired_at")
    with op.batch_alter_table("emergency_accesses", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_emergency_accesses_live",
            postgresql_where=sa.text("state IN ('asked', 'open')"),
            sqlite_where=sa.text("state IN ('asked', 'open')"),
        )
        batch_op.drop_index("ix_emergency_accesses_owner")
        batch_op.drop_index("ix_emergency_accesses_member")
        batch_op.drop_index("ix_emergency_accesses_group")

    op.drop_table("emergency_accesses")
    with op.batch_alter_table("reading_grants", schema=None) as batch_op:
        batch_op.drop_index("ix_reading_grants_person")

    op.drop_table("reading_grants")
    op.drop_table("emergency_permissions")
