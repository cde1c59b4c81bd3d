"""Aid: incidents, requests, offers, commitments, chronology"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from foundation.database.base import Json, UtcDateTime

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("opened_by", sa.String(length=64), nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("last_event", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    op.create_table(
        "request_counters",
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "fiscal_year", name=op.f("pk_request_counters")),
    )
    op.create_table(
        "affected_areas",
        sa.Column("incident_id", sa.String(length=36), nullable=False),
        sa.Column("municipality", sa.String(length=6), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_affected_areas_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "municipality", name=op.f("pk_affected_areas")),
    )
    op.create_table(
        "aid_requests",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("incident_id", sa.String(length=36), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("requester_id", sa.String(length=36), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("needed_by", UtcDateTime(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("contact_phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("requested_orally_at", UtcDateTime(), nullable=True),
        sa.Column("via", sa.String(length=8), nullable=False),
        sa.Column("is_proxy", sa.Boolean(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("made_by", sa.String(length=64), nullable=True),
        sa.Column("made_by_member", sa.String(length=36), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("written_due_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("terms", Json, nullable=False),
        sa.Column("terms_version", sa.Integer(), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_aid_requests_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aid_requests")),
        sa.UniqueConstraint("number", name=op.f("uq_aid_requests_number")),
    )
    with op.batch_alter_table("aid_requests", schema=None) as batch_op:
        batch_op.create_index("ix_aid_requests_group", ["group_id"], unique=False)
        batch_op.create_index("ix_aid_requests_incident", ["incident_id", "requester_id"], unique=False)

    op.create_table(
        "incident_events",
        sa.Column("incident_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("request_id", sa.String(length=36), nullable=True),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("group_id", sa.String(length=36), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_incident_events_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "number", name=op.f("pk_incident_events")),
    )
    op.create_table(
        "situation_reports",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("incident_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("is_able_to_help", sa.Boolean(), nullable=False),
        sa.Column("marks", Json, nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("reported_by", sa.String(length=64), nullable=True),
        sa.Column("reported_by_member", sa.String(length=36), nullable=True),
        sa.Column("reported_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_situation_reports_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_situation_reports")),
    )
    with op.batch_alter_table("situation_reports", schema=None) as batch_op:
        batch_op.create_index(
            "ix_situation_reports_latest", ["incident_id", "member_id", "reported_at"], unique=False
        )

    op.create_table(
        "asks",
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("stood_down_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["aid_requests.id"], name=op.f("fk_asks_request_id")),
        sa.PrimaryKeyConstraint("request_id", "member_id", name=op.f("pk_asks")),
    )
    with op.batch_alter_table("asks", schema=None) as batch_op:
        batch_op.create_index("ix_asks_member", ["member_id"], unique=False)

    op.create_table(
        "chronology",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("incident_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=True),
        sa.Column("request_id", sa.String(length=36), nullable=True),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("lane", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.Column("facts", Json, nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("by", sa.String(length=64), nullable=True),
        sa.Column("by_member", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_chronology_incident_id")),
        sa.ForeignKeyConstraint(["request_id"], ["aid_requests.id"], name=op.f("fk_chronology_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chronology")),
        sa.UniqueConstraint("incident_id", "number", name=op.f("uq_chronology_incident_id_number")),
    )
    with op.batch_alter_table("chronology", schema=None) as batch_op:
        batch_op.create_index("ix_chronology_incident", ["incident_id", "at", "number"], unique=False)

    op.create_table(
        "offers",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("available_from", UtcDateTime(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("via", sa.String(length=8), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["aid_requests.id"], name=op.f("fk_offers_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
    )
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.create_index("ix_offers_member", ["member_id"], unique=False)
        batch_op.create_index(
            "uq_offers_open",
            ["request_id", "member_id"],
            unique=True,
            postgresql_where=sa.text("status IN ('offered', 'provisional', 'declined')"),
            sqlite_where=sa.text("status IN ('offered', 'provisional', 'declined')"),
        )

    op.create_table(
        "request_lines",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("spec", sa.Text(), nullable=True),
        sa.Column("task", sa.Text(), nullable=True),
        sa.Column("system", sa.Text(), nullable=True),
        sa.Column("package", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("disposition", sa.String(length=8), nullable=False),
        sa.Column("committed", sa.Integer(), nullable=False),
        sa.Column("arrived", sa.Integer(), nullable=False),
        sa.CheckConstraint("committed <= quantity", name=op.f("ck_request_lines_never_over_committed")),
        sa.CheckConstraint(
            "quantity > 0 AND committed >= 0 AND arrived >= 0", name=op.f("ck_request_lines_sums_hold")
        ),
        sa.ForeignKeyConstraint(["request_id"], ["aid_requests.id"], name=op.f("fk_request_lines_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_lines")),
        sa.UniqueConstraint("request_id", "position", name=op.f("uq_request_lines_request_id_position")),
    )
    op.create_table(
        "commitments",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("offer_id", sa.String(length=36), nullable=False),
        sa.Column("line_id", sa.String(length=36), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("ends_id", sa.String(length=36), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "quantity <> 0 AND (quantity > 0) = (ends_id IS NULL)", name=op.f("ck_commitments_end_is_negative")
        ),
        sa.ForeignKeyConstraint(["ends_id"], ["commitments.id"], name=op.f("fk_commitments_ends_id")),
        sa.ForeignKeyConstraint(["line_id"], ["request_lines.id"], name=op.f("fk_commitments_line_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_commitments_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitments")),
        sa.UniqueConstraint("ends_id", name=op.f("uq_commitments_ends_id")),
    )
    with op.batch_alter_table("commitments", schema=None) as batch_op:
        batch_op.create_index("ix_commitments_line", ["line_id"], unique=False)
        batch_op.create_index("ix_commitments_offer", ["offer_id"], unique=False)

    op.create_table(
        "offer_lines",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("offer_id", sa.String(length=36), nullable=False),
        sa.Column("line_id", sa.String(length=36), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("more", sa.Integer(), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_offer_lines_something")),
        sa.ForeignKeyConstraint(["line_id"], ["request_lines.id"], name=op.f("fk_offer_lines_line_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_offer_lines_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_lines")),
        sa.UniqueConstraint("offer_id", "line_id", name=op.f("uq_offer_lines_offer_id_line_id")),
    )


def downgrade() -> None:
    op.drop_table("offer_lines")
    with op.batch_alter_table("commitments", schema=None) as batch_op:
        batch_op.drop_index("ix_commitments_offer")
        batch_op.drop_index("ix_commitments_line")

    op.drop_table("commitments")
    op.drop_table("request_lines")
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_offers_open",
            postgresql_where=sa.text("status IN ('offered', 'provisional', 'declined')"),
            sqlite_where=sa.text("status IN ('offered', 'provisional', 'declined')"),
        )
        batch_op.drop_index("ix_offers_member")

    op.drop_table("offers")
    with op.batch_alter_table("chronology", schema=None) as batch_op:
        batch_op.drop_index("ix_chronology_incident")

    op.drop_table("chronology")
    with op.batch_alter_table("asks", schema=None) as batch_op:
        batch_op.drop_index("ix_asks_member")

    op.drop_table("asks")
    with op.batch_alter_table("situation_reports", schema=None) as batch_op:
        batch_op.drop_index("ix_situation_reports_latest")

    op.drop_table("situation_reports")
    op.drop_table("incident_events")
    with op.batch_alter_table("aid_requests", schema=None) as batch_op:
        batch_op.drop_index("ix_aid_requests_incident")
        batch_op.drop_index("ix_aid_requests_group")

    op.drop_table("aid_requests")
    op.drop_table("affected_areas")
    op.drop_table("request_counters")
    op.drop_table("incidents")
