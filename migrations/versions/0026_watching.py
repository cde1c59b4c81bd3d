"""The watch over the outbox, reachability tests, and digests of peacetime mail"""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from alembic import op

from foundation.database.base import Json, UtcDateTime

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ROLE = "yuimaru_app"
PARTY = "current_setting('yuimaru.party', true)"
MEMBER = "current_setting('yuimaru.member', true)"
IS_COORDINATED = f"""({PARTY} = 'service' OR member_id = {MEMBER} OR member_id IN (
    SELECT part.member_id FROM group_members part JOIN groups agreement ON agreement.id = part.group_id
    WHERE agreement.coordinator_id = {MEMBER}))"""
WITHIN_A_FUNCTION = f"current_user <> '{ROLE}' AND current_setting('role', true) = '{ROLE}'"
LOCKED = ("reachability_tests", "channel_checks", "digest_items")


def upgrade() -> None:
    op.create_table(
        "watch_rounds",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("begun_at", UtcDateTime(), nullable=False),
        sa.Column("begun_by", sa.String(length=64), nullable=False),
        sa.Column("completed_at", UtcDateTime(), nullable=True),
        sa.Column("tally", sa.Integer(), nullable=True),
        sa.Column("tally_id", sa.String(length=36), nullable=True),
        sa.Column("tallied_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_watch_rounds_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch_rounds")),
    )
    op.create_table(
        "troubles",
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("place", sa.String(length=8), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("since_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("cleared_at", UtcDateTime(), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("told_times", sa.Integer(), nullable=False),
        sa.Column("clear_told_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("is_open = (cleared_at IS NULL)", name=op.f("ck_troubles_cleared_at_fits")),
        sa.PrimaryKeyConstraint("kind", "place", name=op.f("pk_troubles")),
    )
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.create_index("ix_attempts_posted", ["posted_at"], unique=False)
        batch_op.create_index(
            "ix_attempts_open",
            ["posted_at"],
            unique=False,
            postgresql_where=sa.text("state = 'posting'"),
            sqlite_where=sa.text("state = 'posting'"),
        )
    _reachability()
    _digests()
    if op.get_bind().dialect.name == "postgresql":
        for statement in _locks():
            op.execute(statement)


def _reachability() -> None:
    op.create_table(
        "reachability_tests",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("started_by", sa.String(length=64), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("closes_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_reachability_tests_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reachability_tests")),
    )
    with op.batch_alter_table("reachability_tests", schema=None) as batch_op:
        batch_op.create_index("ix_reachability_tests_member", ["member_id", "started_at"], unique=False)
    op.create_table(
        "channel_checks",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("test_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("channel_id", sa.String(length=36), nullable=False),
        sa.Column("delivery_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("acknowledged_at", UtcDateTime(), nullable=True),
        sa.Column("via", sa.String(length=8), nullable=True),
        sa.Column("failed_at", UtcDateTime(), nullable=True),
        sa.Column("failure", sa.String(length=12), nullable=True),
        sa.CheckConstraint("(acknowledged_at IS NULL) = (via IS NULL)", name=op.f("ck_channel_checks_via_fits")),
        sa.CheckConstraint("(failed_at IS NULL) = (failure IS NULL)", name=op.f("ck_channel_checks_failure_fits")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_channel_checks_member_id")),
        sa.ForeignKeyConstraint(["test_id"], ["reachability_tests.id"], name=op.f("fk_channel_checks_test_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_checks")),
    )
    with op.batch_alter_table("channel_checks", schema=None) as batch_op:
        for name in ("channel", "delivery", "test", "member"):
            batch_op.create_index(f"ix_channel_checks_{name}", [f"{name}_id"], unique=False)


def _digests() -> None:
    op.create_table(
        "digest_items",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("noted_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("mailed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_digest_items_member_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_digest_items_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_items")),
    )
    with op.batch_alter_table("digest_items", schema=None) as batch_op:
        batch_op.create_index("ix_digest_items_person", ["person_id", "mailed_at"], unique=False)
        batch_op.create_index(
            "uq_digest_items_waiting",
            ["person_id", "kind", "subject"],
            unique=True,
            postgresql_where=sa.text("mailed_at IS NULL"),
            sqlite_where=sa.text("mailed_at IS NULL"),
        )


def _locks() -> Iterator[str]:
    """Yield the lock on each table: the own member's rows, and those of members whose group one coordinates."""
    for table in LOCKED:
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
        yield f"CREATE POLICY function ON {table} FOR SELECT USING ({WITHIN_A_FUNCTION})"
        yield f"CREATE POLICY coordinated ON {table} FOR ALL TO {ROLE} USING {IS_COORDINATED}"


def downgrade() -> None:
    for table in reversed(LOCKED):
        op.drop_table(table)
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_index("ix_attempts_open")
        batch_op.drop_index("ix_attempts_posted")
    op.drop_table("troubles")
    op.drop_table("watch_rounds")
