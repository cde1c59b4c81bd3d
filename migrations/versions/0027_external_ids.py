"""Sealed external ids

A directory's own ids of people were kept in plain. They are let go here, for no migration has the keys: a directory
finds its people by their user names, and gives the ids again with its next write.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

IS_HERE = sa.text("left_at IS NULL")


def upgrade() -> None:
    op.drop_index("uq_directory_people_external_id", table_name="directory_people")
    op.drop_column("directory_people", "external_id")
    op.add_column("directory_people", sa.Column("external_id_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("directory_people", sa.Column("external_digest", sa.LargeBinary(), nullable=True))
    _be_unique("external_digest")


def downgrade() -> None:
    op.drop_index("uq_directory_people_external_digest", table_name="directory_people")
    op.drop_column("directory_people", "external_digest")
    op.drop_column("directory_people", "external_id_sealed")
    op.add_column("directory_people", sa.Column("external_id", sa.Text(), nullable=True))
    _be_unique("external_id")


def _be_unique(column: str) -> None:
    op.create_index(
        f"uq_directory_people_{column}",
        "directory_people",
        ["member_id", column],
        unique=True,
        postgresql_where=IS_HERE,
        sqlite_where=IS_HERE,
    )
