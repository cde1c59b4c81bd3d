"""Notifications: alerts, deliveries, attempts, answers"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from foundation.database.base import Json, UtcDateTime

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("topic", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.Column("closes_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_alerts_closed_at_fits")),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_alerts_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("kind", "topic", name=op.f("uq_alerts_kind_topic")),
    )
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.create_index("ix_alerts_topic", ["topic"], unique=False)

    op.create_table(
        "inbound_messages",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("gateway", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("provider_event_id", sa.String(length=200), nullable=True),
        sa.Column("sender_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sender_digest", sa.LargeBinary(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("text_digest", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("handled_at", UtcDateTime(), nullable=True),
        sa.Column("result", sa.String(length=12), nullable=True),
        sa.Column("reason", sa.String(length=24), nullable=True),
        sa.Column("member", sa.String(length=36), nullable=True),
        sa.Column("municipality", sa.String(length=6), nullable=True),
        sa.Column("resolved_by", sa.String(length=64), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "result IN ('taken', 'refused', 'closed', 'needs_person', 'resolved')",
            name=op.f("ck_inbound_messages_result_known"),
        ),
        sa.CheckConstraint(
            "(result IS NULL) = (handled_at IS NULL)", name=op.f("ck_inbound_messages_handled_at_fits")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_messages")),
        sa.UniqueConstraint(
            "gateway", "provider_event_id", name=op.f("uq_inbound_messages_gateway_provider_event_id")
        ),
    )
    with op.batch_alter_table("inbound_messages", schema=None) as batch_op:
        batch_op.create_index("ix_inbound_messages_sender", ["sender_digest", "received_at"], unique=False)
        batch_op.create_index(
            "ix_inbound_messages_unhandled",
            ["received_at"],
            unique=False,
            postgresql_where=sa.text("result IS NULL"),
            sqlite_where=sa.text("result IS NULL"),
        )

    op.create_table(
        "questions",
        sa.Column("alert_id", sa.String(length=36), nullable=False),
        sa.Column("wave", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("lines", Json, nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_questions_alert_id")),
        sa.PrimaryKeyConstraint("alert_id", "wave", name=op.f("pk_questions")),
    )
    op.create_table(
        "recipients",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("alert_id", sa.String(length=36), nullable=False),
        sa.Column("member", sa.String(length=36), nullable=False),
        sa.Column("municipality", sa.String(length=6), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'answered', 'closed')", name=op.f("ck_recipients_state_known")),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_recipients_alert_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipients")),
        sa.UniqueConstraint("alert_id", "member", name=op.f("uq_recipients_alert_id_member")),
    )
    op.create_table(
        "reply_codes",
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("alert_id", sa.String(length=36), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_reply_codes_alert_id")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_reply_codes")),
        sa.UniqueConstraint("alert_id", name=op.f("uq_reply_codes_alert_id")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("alert_id", sa.String(length=36), nullable=False),
        sa.Column("recipient_id", sa.String(length=36), nullable=False),
        sa.Column("member", sa.String(length=36), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=36), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("address_digest", sa.LargeBinary(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=True),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.Column("deadline_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("leased_until", UtcDateTime(), nullable=True),
        sa.Column("leased_by", sa.String(length=64), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'leased') = (leased_until IS NOT NULL) AND (leased_until IS NULL) = (leased_by IS NULL)",
            name=op.f("ck_timers_lease_complete"),
        ),
        sa.CheckConstraint("channel IN ('email', 'sms')", name=op.f("ck_deliveries_channel_known")),
        sa.CheckConstraint(
            "state IN ('due', 'leased', 'accepted', 'delivered', 'failed', 'superseded', 'expired')",
            name=op.f("ck_deliveries_state_known"),
        ),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_deliveries_alert_id")),
        sa.ForeignKeyConstraint(["recipient_id"], ["recipients.id"], name=op.f("fk_deliveries_recipient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint(
            "recipient_id", "wave", "channel", "holder", name=op.f("uq_deliveries_recipient_id_wave_channel_holder")
        ),
        sa.UniqueConstraint("token_digest", name=op.f("uq_deliveries_token_digest")),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index("ix_deliveries_address", ["address_digest"], unique=False)
        batch_op.create_index("ix_deliveries_alert", ["alert_id"], unique=False)
        batch_op.create_index(
            "ix_deliveries_due",
            ["channel", "priority", "due_at", "id"],
            unique=False,
            postgresql_where=sa.text("state IN ('due', 'leased')"),
            sqlite_where=sa.text("state IN ('due', 'leased')"),
        )

    op.create_table(
        "answers",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("recipient_id", sa.String(length=36), nullable=False),
        sa.Column("delivery_id", sa.String(length=36), nullable=False),
        sa.Column("via", sa.String(length=8), nullable=False),
        sa.Column("choice", sa.String(length=12), nullable=False),
        sa.Column("quantities", Json, nullable=False),
        sa.Column("more", Json, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("inbound_id", sa.String(length=36), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("is_taken", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.String(length=64), nullable=False),
        sa.CheckConstraint("choice IN ('accept', 'decline', 'provisional')", name=op.f("ck_answers_choice_known")),
        sa.CheckConstraint("via IN ('link', 'sms', 'mail')", name=op.f("ck_answers_via_known")),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_answers_delivery_id")),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound_messages.id"], name=op.f("fk_answers_inbound_id")),
        sa.ForeignKeyConstraint(["recipient_id"], ["recipients.id"], name=op.f("fk_answers_recipient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
    )
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.create_index("ix_answers_recipient", ["recipient_id", "id"], unique=False)

    op.create_table(
        "attempts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("delivery_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("gateway", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("posted_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('claimed', 'posting', 'accepted', 'unknown', 'temporary', 'permanent')",
            name=op.f("ck_attempts_state_known"),
        ),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_attempts_delivery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint("delivery_id", "number", name=op.f("uq_attempts_delivery_id_number")),
    )


def downgrade() -> None:
    op.drop_table("attempts")
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.drop_index("ix_answers_recipient")

    op.drop_table("answers")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_deliveries_due",
            postgresql_where=sa.text("state IN ('due', 'leased')"),
            sqlite_where=sa.text("state IN ('due', 'leased')"),
        )
        batch_op.drop_index("ix_deliveries_alert")
        batch_op.drop_index("ix_deliveries_address")

    op.drop_table("deliveries")
    op.drop_table("reply_codes")
    op.drop_table("recipients")
    op.drop_table("questions")
    with op.batch_alter_table("inbound_messages", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_inbound_messages_unhandled",
            postgresql_where=sa.text("result IS NULL"),
            sqlite_where=sa.text("result IS NULL"),
        )
        batch_op.drop_index("ix_inbound_messages_sender")

    op.drop_table("inbound_messages")
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.drop_index("ix_alerts_topic")

    op.drop_table("alerts")
