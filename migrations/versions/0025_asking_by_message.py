"""Asking by SMS and mail: codes and places of the cards, messages that asked, who looks after a stranger's message"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from foundation.database.base import UtcDateTime

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ROLE = "yuimaru_app"
TABLES = ("request_codes", "request_places", "asked_messages")
NOT_OTHERS = (
    "(current_setting('yuimaru.party', true) = 'service' OR member_id = current_setting('yuimaru.member', true))"
)
WITHIN_A_FUNCTION = f"current_user <> '{ROLE}' AND current_setting('role', true) = '{ROLE}'"


def upgrade() -> None:
    op.create_table(
        "request_codes",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("voided_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_request_codes_member_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_request_codes_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_codes")),
        sa.UniqueConstraint("member_id", "digest", name="uq_request_codes_digest"),
    )
    op.create_index("ix_request_codes_person", "request_codes", ["person_id"])
    op.create_table(
        "request_places",
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_request_places_member_id")),
        sa.PrimaryKeyConstraint("member_id", "number", name=op.f("pk_request_places")),
    )
    op.create_table(
        "asked_messages",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("sender_digest", sa.LargeBinary(), nullable=False),
        sa.Column("text_digest", sa.LargeBinary(), nullable=False),
        sa.Column("request_id", sa.String(length=36), nullable=True),
        sa.Column("has_wrong_code", sa.Boolean(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["aid_requests.id"], name=op.f("fk_asked_messages_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asked_messages")),
    )
    op.create_index("ix_asked_messages_sender", "asked_messages", ["sender_digest", "at"])
    op.create_index("ix_asked_messages_request", "asked_messages", ["request_id"])
    with op.batch_alter_table("inbound_messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("watcher", sa.String(length=36), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY function ON {table} FOR SELECT USING ({WITHIN_A_FUNCTION})")
            op.execute(f"CREATE POLICY own ON {table} FOR ALL TO {ROLE} USING {NOT_OTHERS}")


def downgrade() -> None:
    with op.batch_alter_table("inbound_messages", schema=None) as batch_op:
        batch_op.drop_column("watcher")
    for table in reversed(TABLES):
        op.drop_table(table)
