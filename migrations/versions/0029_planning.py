"""Planning: all open requests of a group in a disaster together, round by round; questions about several"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op

from foundation.database.base import Json, UtcDateTime

revision: str = "0029"
down_revision: str | None = "0028"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ROLE = "yuimaru_app"
MEMBER = "current_setting('yuimaru.member', true)"
IS_SERVICE = "current_setting('yuimaru.party', true) = 'service'"
WITHIN_A_FUNCTION = f"current_user <> '{ROLE}' AND current_setting('role', true) = '{ROLE}'"
OF_OWN_REQUEST = f"""EXISTS (
    SELECT FROM aid_requests request WHERE request.id = request_id AND request.requester_id = {MEMBER})"""
LEADS = f"""EXISTS (
    SELECT FROM plannings planning JOIN groups agreement ON agreement.id = planning.group_id
    JOIN group_members part ON part.group_id = agreement.id AND part.member_id = {MEMBER}
    WHERE planning.id = planning_id AND part.status = 'signed'
        AND (agreement.coordinator_id = {MEMBER} OR part.deputy_order IS NOT NULL))"""
POLICIES: Mapping[str, Sequence[tuple[str, str, str]]] = {
    "plan_asks": [
        ("service", "ALL", f"({IS_SERVICE})"),
        ("seen", "SELECT", f"({IS_SERVICE} OR member_id = {MEMBER} OR {OF_OWN_REQUEST} OR {LEADS})"),
    ],
    "plan_rules": [
        ("led", "ALL", f"({IS_SERVICE} OR {LEADS})"),
        ("seen", "SELECT", f"({IS_SERVICE} OR {OF_OWN_REQUEST} OR {LEADS})"),
    ],
}
"""Whom a plan would ask concerns the requester, the partner and who leads the group; nobody else."""
TABLES = ("ask_digests", "digested_requests", "plannings", "plan_rounds", "plan_asks", "plan_lines", "plan_rules")


def upgrade() -> None:
    op.create_table(
        "ask_digests",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("incident_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_ask_digests_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ask_digests")),
    )
    op.create_table(
        "plannings",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("incident_id", sa.String(length=36), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("last_round_at", UtcDateTime(), nullable=True),
        sa.Column("held_at", UtcDateTime(), nullable=True),
        sa.Column("held_by", sa.String(length=64), nullable=True),
        sa.Column("hold_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("rounds >= 0", name=op.f("ck_plannings_rounds_count")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_plannings_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plannings")),
        sa.UniqueConstraint("incident_id", "group_id", name=op.f("uq_plannings_incident_id_group_id")),
    )
    op.create_table(
        "digested_requests",
        sa.Column("digest_id", sa.String(length=36), nullable=False),
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["digest_id"], ["ask_digests.id"], name=op.f("fk_digested_requests_digest_id")),
        sa.ForeignKeyConstraint(["request_id"], ["aid_requests.id"], name=op.f("fk_digested_requests_request_id")),
        sa.PrimaryKeyConstraint("digest_id", "request_id", name=op.f("pk_digested_requests")),
    )
    op.create_index("ix_digested_requests_request", "digested_requests", ["request_id", "member_id"])
    op.create_table(
        "plan_rounds",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("planning_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("solver", sa.String(length=16), nullable=False),
        sa.Column("is_optimal", sa.Boolean(), nullable=False),
        sa.Column("is_held", sa.Boolean(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("needs", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("dropped", sa.Integer(), nullable=False),
        sa.Column("forecast", Json, nullable=False),
        sa.Column("prices", Json, nullable=False),
        sa.ForeignKeyConstraint(["planning_id"], ["plannings.id"], name=op.f("fk_plan_rounds_planning_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_rounds")),
        sa.UniqueConstraint("planning_id", "number", name=op.f("uq_plan_rounds_planning_id_number")),
    )
    op.create_table(
        "plan_asks",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("round_id", sa.String(length=36), nullable=False),
        sa.Column("planning_id", sa.String(length=36), nullable=False),
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("line_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("chance", sa.Integer(), nullable=False),
        sa.Column("is_pinned", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("why", sa.String(length=24), nullable=True),
        sa.CheckConstraint("state IN ('asked', 'suggested', 'dropped')", name=op.f("ck_plan_asks_state_known")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_plan_asks_something")),
        sa.ForeignKeyConstraint(["line_id"], ["request_lines.id"], name=op.f("fk_plan_asks_line_id")),
        sa.ForeignKeyConstraint(["planning_id"], ["plannings.id"], name=op.f("fk_plan_asks_planning_id")),
        sa.ForeignKeyConstraint(["request_id"], ["aid_requests.id"], name=op.f("fk_plan_asks_request_id")),
        sa.ForeignKeyConstraint(["round_id"], ["plan_rounds.id"], name=op.f("fk_plan_asks_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_asks")),
        sa.UniqueConstraint("round_id", "line_id", "member_id", name=op.f("uq_plan_asks_round_id_line_id_member_id")),
    )
    op.create_index("ix_plan_asks_line", "plan_asks", ["line_id", "member_id"])
    op.create_index("ix_plan_asks_request", "plan_asks", ["request_id"])
    op.create_table(
        "plan_lines",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("round_id", sa.String(length=36), nullable=False),
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("line_id", sa.String(length=36), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("certainty", sa.Integer(), nullable=False),
        sa.Column("short", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=24), nullable=True),
        sa.Column("facts", Json, nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["request_lines.id"], name=op.f("fk_plan_lines_line_id")),
        sa.ForeignKeyConstraint(["request_id"], ["aid_requests.id"], name=op.f("fk_plan_lines_request_id")),
        sa.ForeignKeyConstraint(["round_id"], ["plan_rounds.id"], name=op.f("fk_plan_lines_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_lines")),
        sa.UniqueConstraint("round_id", "line_id", name=op.f("uq_plan_lines_round_id_line_id")),
    )
    op.create_index("ix_plan_lines_request", "plan_lines", ["request_id"])
    op.create_table(
        "plan_rules",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("planning_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("line_id", sa.String(length=36), nullable=True),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("(kind = 'priority') = (member_id IS NULL)", name=op.f("ck_plan_rules_member_fits")),
        sa.CheckConstraint("(kind = 'priority') = (priority IS NOT NULL)", name=op.f("ck_plan_rules_priority_fits")),
        sa.CheckConstraint("kind IN ('pin', 'forbid', 'priority')", name=op.f("ck_plan_rules_kind_known")),
        sa.CheckConstraint("priority BETWEEN 1 AND 4", name=op.f("ck_plan_rules_priority_known")),
        sa.ForeignKeyConstraint(["line_id"], ["request_lines.id"], name=op.f("fk_plan_rules_line_id")),
        sa.ForeignKeyConstraint(["planning_id"], ["plannings.id"], name=op.f("fk_plan_rules_planning_id")),
        sa.ForeignKeyConstraint(["request_id"], ["aid_requests.id"], name=op.f("fk_plan_rules_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_rules")),
    )
    op.create_index(
        "uq_plan_rules_priority",
        "plan_rules",
        ["request_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL AND kind = 'priority'"),
        sqlite_where=sa.text("ended_at IS NULL AND kind = 'priority'"),
    )
    op.create_index(
        "uq_plan_rules_standing",
        "plan_rules",
        ["request_id", "line_id", "member_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL AND kind <> 'priority'"),
        sqlite_where=sa.text("ended_at IS NULL AND kind <> 'priority'"),
    )
    if op.get_bind().dialect.name == "postgresql":
        for table, policies in POLICIES.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY function ON {table} FOR SELECT USING ({WITHIN_A_FUNCTION})")
            for name, act, rows in policies:
                op.execute(f"CREATE POLICY {name} ON {table} FOR {act} TO {ROLE} USING {rows}")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
