"""The security cycle"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from foundation.database.base import Json, UtcDateTime

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "security_policies",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("stage", sa.String(length=8), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=True),
        sa.Column("revised_on", sa.Date(), nullable=True),
        sa.Column("revision_due_on", sa.Date(), nullable=True),
        sa.Column("kept_at", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("stated_by", sa.String(length=64), nullable=False),
        sa.Column("stated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_security_policies_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_policies")),
    )
    with op.batch_alter_table("security_policies", schema=None) as batch_op:
        batch_op.create_index("ix_security_policies_member", ["member_id"], unique=False)

    op.create_table(
        "policy_readings",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("edition_on", sa.Date(), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_policy_readings_member_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_policy_readings_person_id")),
        sa.PrimaryKeyConstraint("person_id", "edition_on", name=op.f("pk_policy_readings")),
    )
    with op.batch_alter_table("policy_readings", schema=None) as batch_op:
        batch_op.create_index("ix_policy_readings_member", ["member_id"], unique=False)

    op.create_table(
        "self_checks",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("filled_at", UtcDateTime(), nullable=False),
        sa.Column("started_by", sa.String(length=64), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_by", sa.String(length=64), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("since_on <= until_on", name=op.f("ck_self_checks_ends_after_start")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_self_checks_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_self_checks")),
    )
    with op.batch_alter_table("self_checks", schema=None) as batch_op:
        batch_op.create_index("ix_self_checks_member", ["member_id", "fiscal_year"], unique=False)
        batch_op.create_index(
            "uq_self_checks_yearly",
            ["member_id", "fiscal_year"],
            unique=True,
            postgresql_where=sa.text("kind = 'yearly'"),
            sqlite_where=sa.text("kind = 'yearly'"),
        )

    op.create_table(
        "self_check_answers",
        sa.Column("sheet_id", sa.String(length=36), nullable=False),
        sa.Column("question", sa.String(length=16), nullable=False),
        sa.Column("numbers", Json, nullable=False),
        sa.Column("suggested", sa.String(length=8), nullable=True),
        sa.Column("mark", sa.String(length=8), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.String(length=64), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["sheet_id"], ["self_checks.id"], name=op.f("fk_self_check_answers_sheet_id")),
        sa.PrimaryKeyConstraint("sheet_id", "question", name=op.f("pk_self_check_answers")),
    )
    op.create_table(
        "security_cycles",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("audited_by", sa.String(length=64), nullable=True),
        sa.Column("audited_at", UtcDateTime(), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=True),
        sa.Column("reviewed_by", sa.String(length=64), nullable=True),
        sa.Column("reviewed_at", UtcDateTime(), nullable=True),
        sa.Column("review", sa.Text(), nullable=True),
        sa.Column("approved_by", sa.String(length=64), nullable=True),
        sa.Column("approved_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "approved_at IS NULL OR reviewed_at IS NOT NULL", name=op.f("ck_security_cycles_approval_after_review")
        ),
        sa.CheckConstraint(
            "reviewed_at IS NULL OR audited_at IS NOT NULL", name=op.f("ck_security_cycles_review_after_audit")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_security_cycles_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_cycles")),
        sa.UniqueConstraint("member_id", "fiscal_year", name=op.f("uq_security_cycles_member_id_fiscal_year")),
    )
    op.create_table(
        "security_cycle_trainings",
        sa.Column("cycle_id", sa.String(length=36), nullable=False),
        sa.Column("training_id", sa.String(length=36), nullable=False),
        sa.Column("linked_by", sa.String(length=64), nullable=False),
        sa.Column("linked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cycle_id"], ["security_cycles.id"], name=op.f("fk_security_cycle_trainings_cycle_id")
        ),
        sa.ForeignKeyConstraint(
            ["training_id"], ["trainings.id"], name=op.f("fk_security_cycle_trainings_training_id")
        ),
        sa.PrimaryKeyConstraint("cycle_id", "training_id", name=op.f("pk_security_cycle_trainings")),
    )
    op.create_table(
        "security_findings",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("sheet_id", sa.String(length=36), nullable=True),
        sa.Column("question", sa.String(length=16), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column("owner_id", sa.String(length=36), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("raised_by", sa.String(length=64), nullable=False),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.Column("done_by", sa.String(length=64), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("done_note", sa.Text(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("returned_note", sa.Text(), nullable=True),
        sa.Column("accepted_by", sa.String(length=64), nullable=True),
        sa.Column("accepted_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(state = 'accepted') = (accepted_at IS NOT NULL)",
            name=op.f("ck_security_findings_accepted_has_its_instant"),
        ),
        sa.CheckConstraint(
            "(state = 'open') = (done_at IS NULL)", name=op.f("ck_security_findings_done_has_its_instant")
        ),
        sa.CheckConstraint("state IN ('open', 'done', 'accepted')", name=op.f("ck_security_findings_state_known")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_security_findings_member_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["people.id"], name=op.f("fk_security_findings_owner_id")),
        sa.ForeignKeyConstraint(["sheet_id"], ["self_checks.id"], name=op.f("fk_security_findings_sheet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_findings")),
    )
    with op.batch_alter_table("security_findings", schema=None) as batch_op:
        batch_op.create_index("ix_security_findings_member", ["member_id", "fiscal_year"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("security_findings", schema=None) as batch_op:
        batch_op.drop_index("ix_security_findings_member")

    op.drop_table("security_findings")
    op.drop_table("security_cycle_trainings")
    op.drop_table("security_cycles")
    op.drop_table("self_check_answers")
    with op.batch_alter_table("self_checks", schema=None) as batch_op:
        batch_op.drop_index("uq_self_checks_yearly")
        batch_op.drop_index("ix_self_checks_member")

    op.drop_table("self_checks")
    with op.batch_alter_table("policy_readings", schema=None) as batch_op:
        batch_op.drop_index("ix_policy_readings_member")

    op.drop_table("policy_readings")
    with op.batch_alter_table("security_policies", schema=None) as batch_op:
        batch_op.drop_index("ix_security_policies_member")

    op.drop_table("security_policies")
