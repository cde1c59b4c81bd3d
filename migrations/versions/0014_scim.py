"""Directories"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from foundation.database.base import UtcDateTime

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "directory_tokens",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.String(length=36), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_directory_tokens_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_directory_tokens_digest")),
    )
    with op.batch_alter_table("directory_tokens", schema=None) as batch_op:
        batch_op.create_index("ix_directory_tokens_member", ["member_id"], unique=False)

    op.create_table(
        "member_directories",
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=False),
        sa.Column("token_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.String(length=36), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("tested_at", UtcDateTime(), nullable=True),
        sa.Column("test_code", sa.String(length=32), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_member_directories_member_id")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_member_directories")),
    )
    op.create_table(
        "directory_people",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("user_name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("user_digest", sa.LargeBinary(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("family_name", sa.Text(), nullable=True),
        sa.Column("given_name", sa.Text(), nullable=True),
        sa.Column("says_active", sa.Boolean(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("left_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_directory_people_member_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_directory_people_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_directory_people")),
    )
    with op.batch_alter_table("directory_people", schema=None) as batch_op:
        batch_op.create_index(
            "uq_directory_people_external_id",
            ["member_id", "external_id"],
            unique=True,
            postgresql_where=sa.text("left_at IS NULL"),
            sqlite_where=sa.text("left_at IS NULL"),
        )
        batch_op.create_index(
            "uq_directory_people_user_digest",
            ["member_id", "user_digest"],
            unique=True,
            postgresql_where=sa.text("left_at IS NULL"),
            sqlite_where=sa.text("left_at IS NULL"),
        )

    op.create_table(
        "directory_tasks",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("guest_id", sa.String(length=36), nullable=False),
        sa.Column("use_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.String(length=8), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("until_at", UtcDateTime(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("tried_at", UtcDateTime(), nullable=True),
        sa.Column("error_code", sa.String(length=32), nullable=True),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("leased_until", UtcDateTime(), nullable=True),
        sa.Column("leased_by", sa.String(length=64), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'confirmed') = (confirmed_at IS NOT NULL)",
            name=op.f("ck_directory_tasks_confirmed_with_instant"),
        ),
        sa.CheckConstraint(
            "(state = 'leased') = (leased_until IS NOT NULL) AND (leased_until IS NULL) = (leased_by IS NULL)",
            name=op.f("ck_timers_lease_complete"),
        ),
        sa.CheckConstraint(
            "state IN ('due', 'leased', 'confirmed', 'superseded')", name=op.f("ck_directory_tasks_state_known")
        ),
        sa.ForeignKeyConstraint(["guest_id"], ["guest_ids.id"], name=op.f("fk_directory_tasks_guest_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_directory_tasks_member_id")),
        sa.ForeignKeyConstraint(["use_id"], ["guest_uses.id"], name=op.f("fk_directory_tasks_use_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_tasks")),
        sa.UniqueConstraint("guest_id", "number", name=op.f("uq_directory_tasks_guest_id_number")),
    )
    with op.batch_alter_table("directory_tasks", schema=None) as batch_op:
        batch_op.create_index(
            "ix_directory_tasks_due",
            ["due_at"],
            unique=False,
            postgresql_where=sa.text("state IN ('due', 'leased')"),
            sqlite_where=sa.text("state IN ('due', 'leased')"),
        )
        batch_op.create_index("ix_directory_tasks_member", ["member_id"], unique=False)
        batch_op.create_index("ix_directory_tasks_use", ["use_id"], unique=False)

    with op.batch_alter_table("guest_pools", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_in_directory", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("guest_pools", schema=None) as batch_op:
        batch_op.drop_column("is_in_directory")

    with op.batch_alter_table("directory_tasks", schema=None) as batch_op:
        batch_op.drop_index("ix_directory_tasks_use")
        batch_op.drop_index("ix_directory_tasks_member")
        batch_op.drop_index(
            "ix_directory_tasks_due",
            postgresql_where=sa.text("state IN ('due', 'leased')"),
            sqlite_where=sa.text("state IN ('due', 'leased')"),
        )

    op.drop_table("directory_tasks")
    with op.batch_alter_table("directory_people", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_directory_people_user_digest",
            postgresql_where=sa.text("left_at IS NULL"),
            sqlite_where=sa.text("left_at IS NULL"),
        )
        batch_op.drop_index(
            "uq_directory_people_external_id",
            postgresql_where=sa.text("left_at IS NULL"),
            sqlite_where=sa.text("left_at IS NULL"),
        )

    op.drop_table("directory_people")
    op.drop_table("member_directories")
    with op.batch_alter_table("directory_tokens", schema=None) as batch_op:
        batch_op.drop_index("ix_directory_tokens_member")

    op.drop_table("directory_tokens")
