"""Agreements: groups, members, people, contacts"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from foundation.database.base import Json, UtcDateTime

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "members",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("municipality", sa.String(length=6), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seat_name", sa.Text(), nullable=True),
        sa.Column("seat_municipality", sa.String(length=6), nullable=True),
        sa.Column("seat_latitude", sa.Double(), nullable=True),
        sa.Column("seat_longitude", sa.Double(), nullable=True),
        sa.Column("seat_since", UtcDateTime(), nullable=True),
        sa.Column("introduced_by", sa.String(length=36), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
        sa.UniqueConstraint("municipality", name=op.f("uq_members_municipality")),
    )
    op.create_table(
        "desks",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_desks_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desks")),
    )
    with op.batch_alter_table("desks", schema=None) as batch_op:
        batch_op.create_index("ix_desks_member", ["member_id"], unique=False)

    op.create_table(
        "groups",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("coordinator_id", sa.String(length=36), nullable=True),
        sa.Column("created_by", sa.String(length=64), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["coordinator_id"], ["members.id"], name=op.f("fk_groups_coordinator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kana", sa.Text(), nullable=True),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_people_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.create_index("ix_people_member", ["member_id"], unique=False)

    op.create_table(
        "agreement_versions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("terms", Json, nullable=False),
        sa.Column("adopted_on", sa.Date(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_agreement_versions_group_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_versions")),
        sa.UniqueConstraint("group_id", "number", name=op.f("uq_agreement_versions_group_id_number")),
    )
    op.create_table(
        "channels",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.Column("desk_id", sa.String(length=36), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("(person_id IS NULL) <> (desk_id IS NULL)", name=op.f("ck_channels_one_holder")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_channels_desk_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_channels_member_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_channels_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
    )
    with op.batch_alter_table("channels", schema=None) as batch_op:
        batch_op.create_index("ix_channels_desk", ["desk_id"], unique=False)
        batch_op.create_index("ix_channels_digest", ["digest"], unique=False)
        batch_op.create_index("ix_channels_person", ["person_id"], unique=False)
        batch_op.create_index(
            "uq_channels_sign_in",
            ["digest"],
            unique=True,
            postgresql_where=sa.text("kind = 'email' AND person_id IS NOT NULL"),
            sqlite_where=sa.text("kind = 'email' AND person_id IS NOT NULL"),
        )

    op.create_table(
        "contacts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.Column("desk_id", sa.String(length=36), nullable=True),
        sa.Column("function", sa.String(length=8), nullable=False),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.CheckConstraint("(person_id IS NULL) <> (desk_id IS NULL)", name=op.f("ck_contacts_one_holder")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_contacts_desk_id")),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_contacts_group_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_contacts_member_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_contacts_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint("group_id", "member_id", "function", "order", name="uq_contacts_place"),
    )
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.create_index("ix_contacts_person", ["person_id"], unique=False)

    op.create_table(
        "group_members",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("deputy_order", sa.Integer(), nullable=True),
        sa.Column("signatory_name", sa.Text(), nullable=True),
        sa.Column("signatory_title", sa.Text(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("signed_by", sa.String(length=36), nullable=True),
        sa.Column("joined_on", sa.Date(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_group_members_group_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_group_members_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_members")),
        sa.UniqueConstraint("group_id", "member_id", name=op.f("uq_group_members_group_id_member_id")),
    )
    with op.batch_alter_table("group_members", schema=None) as batch_op:
        batch_op.create_index("ix_group_members_member", ["member_id"], unique=False)

    op.create_table(
        "temporary_contacts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("incident_id", sa.String(length=36), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=True),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("confirmed_by", sa.String(length=64), nullable=True),
        sa.Column("confirmed_how", sa.String(length=12), nullable=True),
        sa.Column("created_by", sa.String(length=64), nullable=True),
        sa.Column("created_by_member", sa.String(length=36), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_temporary_contacts_group_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_temporary_contacts_member_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_temporary_contacts_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_temporary_contacts")),
    )
    with op.batch_alter_table("temporary_contacts", schema=None) as batch_op:
        batch_op.create_index("ix_temporary_contacts_incident", ["incident_id", "member_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("temporary_contacts", schema=None) as batch_op:
        batch_op.drop_index("ix_temporary_contacts_incident")

    op.drop_table("temporary_contacts")
    with op.batch_alter_table("group_members", schema=None) as batch_op:
        batch_op.drop_index("ix_group_members_member")

    op.drop_table("group_members")
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.drop_index("ix_contacts_person")

    op.drop_table("contacts")
    with op.batch_alter_table("channels", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_channels_sign_in",
            postgresql_where=sa.text("kind = 'email' AND person_id IS NOT NULL"),
            sqlite_where=sa.text("kind = 'email' AND person_id IS NOT NULL"),
        )
        batch_op.drop_index("ix_channels_person")
        batch_op.drop_index("ix_channels_digest")
        batch_op.drop_index("ix_channels_desk")

    op.drop_table("channels")
    op.drop_table("agreement_versions")
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.drop_index("ix_people_member")

    op.drop_table("people")
    op.drop_table("groups")
    with op.batch_alter_table("desks", schema=None) as batch_op:
        batch_op.drop_index("ix_desks_member")

    op.drop_table("desks")
    op.drop_table("members")
