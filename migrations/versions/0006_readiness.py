"""Readiness: trainings"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from foundation.database.base import UtcDateTime

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "trainings",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("registered", sa.Integer(), nullable=False),
        sa.Column("announced_by", sa.String(length=64), nullable=True),
        sa.Column("announced_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "capacity IS NULL OR registered <= capacity", name=op.f("ck_trainings_never_over_capacity")
        ),
        sa.CheckConstraint("place IS NOT NULL OR url IS NOT NULL", name=op.f("ck_trainings_somewhere")),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_trainings_group_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trainings")),
    )
    with op.batch_alter_table("trainings", schema=None) as batch_op:
        batch_op.create_index("ix_trainings_group", ["group_id"], unique=False)

    op.create_table(
        "training_registrations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("training_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("registered_by", sa.String(length=64), nullable=True),
        sa.Column("registered_at", UtcDateTime(), nullable=True),
        sa.Column("has_attended", sa.Boolean(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_training_registrations_member_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_training_registrations_person_id")),
        sa.ForeignKeyConstraint(
            ["training_id"], ["trainings.id"], name=op.f("fk_training_registrations_training_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_registrations")),
        sa.UniqueConstraint("training_id", "person_id", name=op.f("uq_training_registrations_training_id_person_id")),
    )
    with op.batch_alter_table("training_registrations", schema=None) as batch_op:
        batch_op.create_index("ix_training_registrations_person", ["person_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("training_registrations", schema=None) as batch_op:
        batch_op.drop_index("ix_training_registrations_person")

    op.drop_table("training_registrations")
    with op.batch_alter_table("trainings", schema=None) as batch_op:
        batch_op.drop_index("ix_trainings_group")

    op.drop_table("trainings")
