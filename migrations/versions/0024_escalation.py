"""Escalation: received is not answered, asked again, telephoned; corrections before questions in the queue"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from foundation.database.base import UtcDateTime

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

CHOICE = "ck_answers_choice_known"
WAITING = "state IN ('due', 'leased')"


def upgrade() -> None:
    with op.batch_alter_table("recipients") as batch_op:
        batch_op.add_column(sa.Column("received_at", UtcDateTime(), nullable=True))
    with op.batch_alter_table("questions") as batch_op:
        batch_op.add_column(sa.Column("is_repeat", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("questions") as batch_op:
        batch_op.alter_column("is_repeat", server_default=None)
    with op.batch_alter_table("answers") as batch_op:
        batch_op.drop_constraint(op.f(CHOICE), type_="check")
        batch_op.create_check_constraint(op.f(CHOICE), "choice IN ('accept', 'decline', 'provisional', 'received')")
    with op.batch_alter_table("asks") as batch_op:
        batch_op.add_column(sa.Column("again_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("repeats", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("unreachable_at", UtcDateTime(), nullable=True))
    with op.batch_alter_table("asks") as batch_op:
        batch_op.alter_column("repeats", server_default=None)
    op.create_table(
        "telephone_calls",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("called_by", sa.String(length=64), nullable=True),
        sa.Column("called_by_member", sa.String(length=36), nullable=True),
        sa.Column("called_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('calling', 'reached', 'no_answer', 'will_call_back', 'said_yes', 'said_no')",
            name=op.f("ck_telephone_calls_outcome_known"),
        ),
        sa.ForeignKeyConstraint(["request_id"], ["aid_requests.id"], name=op.f("fk_telephone_calls_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telephone_calls")),
    )
    op.create_index("ix_telephone_calls_request", "telephone_calls", ["request_id", "member_id"], unique=False)
    # Each urgency has two places from now on: corrections, then questions
    op.execute(f"UPDATE deliveries SET priority = 2 * priority WHERE {WAITING}")


def downgrade() -> None:
    op.execute(f"UPDATE deliveries SET priority = (priority + 1) / 2 WHERE {WAITING}")
    op.drop_table("telephone_calls")
    with op.batch_alter_table("asks") as batch_op:
        batch_op.drop_column("unreachable_at")
        batch_op.drop_column("repeats")
        batch_op.drop_column("again_at")
    op.execute("DELETE FROM answers WHERE choice = 'received'")
    with op.batch_alter_table("answers") as batch_op:
        batch_op.drop_constraint(op.f(CHOICE), type_="check")
        batch_op.create_check_constraint(op.f(CHOICE), "choice IN ('accept', 'decline', 'provisional')")
    with op.batch_alter_table("questions") as batch_op:
        batch_op.drop_column("is_repeat")
    with op.batch_alter_table("recipients") as batch_op:
        batch_op.drop_column("received_at")
