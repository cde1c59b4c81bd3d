"""Attachments"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from foundation.database.base import UtcDateTime

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("record_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("disclosure", sa.String(length=8), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("retired_at", UtcDateTime(), nullable=True),
        sa.Column("retired_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_attachments_member_id")),
        sa.ForeignKeyConstraint(["record_id"], ["inventory_records.id"], name=op.f("fk_attachments_record_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("member_id", "number", name=op.f("uq_attachments_member_id_number")),
    )
    with op.batch_alter_table("attachments", schema=None) as batch_op:
        batch_op.create_index("ix_attachments_record", ["record_id"], unique=False)

    op.create_table(
        "attachment_versions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("attachment_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("file_name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachments.id"], name=op.f("fk_attachment_versions_attachment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment_versions")),
        sa.UniqueConstraint("attachment_id", "number", name=op.f("uq_attachment_versions_attachment_id_number")),
    )
    op.create_table(
        "attachment_contents",
        sa.Column("version_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_attachment_contents_member_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["attachment_versions.id"], name=op.f("fk_attachment_contents_version_id")
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_attachment_contents")),
    )
    op.create_table(
        "nda_scans",
        sa.Column("nda_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["nda_id"], ["ndas.id"], name=op.f("fk_nda_scans_nda_id")),
        sa.PrimaryKeyConstraint("nda_id", name=op.f("pk_nda_scans")),
    )
    if op.get_bind().dialect.name == "postgresql":
        # What is sealed is random, and not worth an attempt at packing it.
        op.execute("ALTER TABLE attachment_contents ALTER COLUMN sealed SET STORAGE EXTERNAL")
        op.execute("ALTER TABLE nda_scans ALTER COLUMN sealed SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.drop_table("nda_scans")
    op.drop_table("attachment_contents")
    op.drop_table("attachment_versions")
    with op.batch_alter_table("attachments", schema=None) as batch_op:
        batch_op.drop_index("ix_attachments_record")

    op.drop_table("attachments")
