"""Versions of data keys, passphrases, whose key a kept answer stands under"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from foundation.database.base import UtcDateTime

revision: str = "0018"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

VERSIONED = ("version", "master", "retired_at", "reached", "erased_at")


def upgrade() -> None:
    op.create_table(
        "passphrase_keys",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("memory_kib", sa.Integer(), nullable=False),
        sa.Column("passes", sa.Integer(), nullable=False),
        sa.Column("lanes", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passphrase_keys")),
    )
    with op.batch_alter_table("data_keys", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("master", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("retired_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("reached", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("erased_at", UtcDateTime(), nullable=True))
        batch_op.alter_column("wrapped", existing_type=sa.LargeBinary(), nullable=True)
        batch_op.drop_constraint(op.f("pk_data_keys"), type_="primary")
        batch_op.create_primary_key(op.f("pk_data_keys"), ["owner", "version"])
    with op.batch_alter_table("kept_answers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("owner", sa.String(length=36), nullable=True))
        batch_op.create_index("ix_kept_answers_made", ["made_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("kept_answers", schema=None) as batch_op:
        batch_op.drop_index("ix_kept_answers_made")
        batch_op.drop_column("owner")
    # The tables of before know one key of each owner: what stands under a newer one is lost.
    op.execute("DELETE FROM data_keys WHERE version > 1 OR wrapped IS NULL")
    with op.batch_alter_table("data_keys", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("pk_data_keys"), type_="primary")
        batch_op.create_primary_key(op.f("pk_data_keys"), ["owner"])
        batch_op.alter_column("wrapped", existing_type=sa.LargeBinary(), nullable=False)
        for column in VERSIONED:
            batch_op.drop_column(column)
    op.drop_table("passphrase_keys")
