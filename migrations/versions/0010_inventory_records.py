"""Inventory records and NDAs"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from foundation.database.base import Json, UtcDateTime

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "inventory_records",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_withheld", sa.Boolean(), nullable=False),
        sa.Column("is_retired", sa.Boolean(), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=False),
        sa.Column("checked_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_inventory_records_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inventory_records")),
    )
    with op.batch_alter_table("inventory_records", schema=None) as batch_op:
        batch_op.create_index("ix_inventory_records_member_kind", ["member_id", "kind"], unique=False)

    op.create_table(
        "inventory_facets",
        sa.Column("record_id", sa.String(length=36), nullable=False),
        sa.Column("facet", sa.String(length=12), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_inventory_facets_member_id")),
        sa.ForeignKeyConstraint(["record_id"], ["inventory_records.id"], name=op.f("fk_inventory_facets_record_id")),
        sa.PrimaryKeyConstraint("record_id", "facet", name=op.f("pk_inventory_facets")),
    )
    with op.batch_alter_table("inventory_facets", schema=None) as batch_op:
        batch_op.create_index("ix_inventory_facets_value", ["facet", "value", "member_id"], unique=False)

    op.create_table(
        "inventory_revisions",
        sa.Column("record_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("change", sa.String(length=8), nullable=False),
        sa.Column("fields", Json, nullable=False),
        sa.Column("is_withheld", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["inventory_records.id"], name=op.f("fk_inventory_revisions_record_id")
        ),
        sa.PrimaryKeyConstraint("record_id", "number", name=op.f("pk_inventory_revisions")),
    )
    op.create_table(
        "inventory_sharing",
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_inventory_sharing_group_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_inventory_sharing_member_id")),
        sa.PrimaryKeyConstraint("member_id", "group_id", name=op.f("pk_inventory_sharing")),
    )
    op.create_table(
        "nda_versions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("adopted_on", sa.Date(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_nda_versions_group_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nda_versions")),
        sa.UniqueConstraint("group_id", "number", name=op.f("uq_nda_versions_group_id_number")),
    )
    op.create_table(
        "ndas",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("version_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("way", sa.String(length=12), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("recorded_by", sa.String(length=64), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_by", sa.String(length=64), nullable=True),
        sa.Column("revoked_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_reason IS NULL)", name=op.f("ck_ndas_revoked_with_reason")
        ),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_ndas_ends_after_start")),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_ndas_group_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_ndas_member_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_ndas_person_id")),
        sa.ForeignKeyConstraint(["version_id"], ["nda_versions.id"], name=op.f("fk_ndas_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ndas")),
    )
    with op.batch_alter_table("ndas", schema=None) as batch_op:
        batch_op.create_index("ix_ndas_group", ["group_id"], unique=False)
        batch_op.create_index("ix_ndas_person_group", ["person_id", "group_id"], unique=False)

    op.add_column("capabilities", sa.Column("record_id", sa.String(length=36), nullable=True))
    op.create_index("ix_capabilities_record", "capabilities", ["record_id"], unique=False)


def downgrade() -> None:
    # Not in a batch: SQLite would rebuild the table, and lose the check that keeps it from being promised twice.
    op.drop_index("ix_capabilities_record", "capabilities")
    op.drop_column("capabilities", "record_id")

    with op.batch_alter_table("ndas", schema=None) as batch_op:
        batch_op.drop_index("ix_ndas_person_group")
        batch_op.drop_index("ix_ndas_group")

    op.drop_table("ndas")
    op.drop_table("nda_versions")
    op.drop_table("inventory_sharing")
    op.drop_table("inventory_revisions")
    with op.batch_alter_table("inventory_facets", schema=None) as batch_op:
        batch_op.drop_index("ix_inventory_facets_value")

    op.drop_table("inventory_facets")
    with op.batch_alter_table("inventory_records", schema=None) as batch_op:
        batch_op.drop_index("ix_inventory_records_member_kind")

    op.drop_table("inventory_records")
