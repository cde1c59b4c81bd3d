"""What people were told, by which way, and what they answered."""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database.base import Base, Facts, Id, Instant, Json, Key, Sealed, sealed_under
from foundation.leases import LEASE_CHECK, Leased

_PENDING = text("state IN ('due', 'leased')")
_FAILED = text("state = 'failed'")


class Alert(Base):
    """通知: one thing that people must be told; `kind` chooses the wording, `topic` is an id of the room above."""

    __tablename__ = "alerts"
    __table_args__ = (
        UniqueConstraint("kind", "topic"),
        CheckConstraint("state IN ('open', 'closed')", name="state_known"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_at_fits"),
        Index("ix_alerts_topic", "topic"),
    )

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(32))
    topic: Mapped[Id]
    state: Mapped[str] = mapped_column(String(8), default="open")
    raised_at: Mapped[Instant]
    closes_at: Mapped[Instant | None]
    closed_at: Mapped[Instant | None]


class Question(Base):
    """質問: what one wave of an alert says and asks; no lines where it only tells.

    Kept per wave: a message says what was true for its wave, and an answer counts its lines by their order.
    `is_repeat`: it reminds those who have only said that they received an earlier wave.
    """

    __tablename__ = "questions"

    alert_id: Mapped[str] = mapped_column(String(36), ForeignKey("alerts.id"), primary_key=True)
    wave: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    facts: Mapped[Facts] = mapped_column(info=sealed_under("facts", is_json=True))
    lines: Mapped[list[Any]] = mapped_column(Json)
    is_repeat: Mapped[bool] = mapped_column(default=False)


class Recipient(Base):
    """通知先団体: a member that must answer, whoever of its people does.

    `received_at`: somebody said that it is known there and will be answered later, which settles nothing.
    """

    __tablename__ = "recipients"
    __table_args__ = (
        UniqueConstraint("alert_id", "member"),
        CheckConstraint("state IN ('waiting', 'answered', 'closed')", name="state_known"),
    )

    id: Mapped[Key]
    alert_id: Mapped[str] = mapped_column(String(36), ForeignKey("alerts.id"))
    member: Mapped[Id]
    municipality: Mapped[str | None] = mapped_column(String(6))
    name: Mapped[str]
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    wave: Mapped[int]
    received_at: Mapped[Instant | None]
    answered_at: Mapped[Instant | None]


class Delivery(Leased, Base):
    """配信: one message to one person or desk by one channel; tried until it is taken over or its deadline passes.

    `holder` is the person, or the digest of a desk's address: nobody gets the same wave twice by one channel.
    `priority` is the place in the queue that `alerts.place_in_queue` gives, the smallest first. `only_by` names the
    one gateway that a test goes through. `token_digest` is all that is kept of the answer link. `attempt` counts its
    leases, `tries` those that came as far as a gateway; `last_gateway` is the one that did not take it.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        LEASE_CHECK,
        CheckConstraint(
            "state IN ('due', 'leased', 'accepted', 'delivered', 'failed', 'superseded', 'expired')",
            name="state_known",
        ),
        CheckConstraint("channel IN ('email', 'sms')", name="channel_known"),
        UniqueConstraint("recipient_id", "wave", "channel", "holder"),
        UniqueConstraint("token_digest"),
        Index(
            "ix_deliveries_due",
            "channel",
            "priority",
            "due_at",
            "id",
            postgresql_where=_PENDING,
            sqlite_where=_PENDING,
        ),
        Index("ix_deliveries_alert", "alert_id"),
        Index("ix_deliveries_address", "address_digest"),
        Index("ix_deliveries_failed", "finished_at", postgresql_where=_FAILED, sqlite_where=_FAILED),
    )

    id: Mapped[Key]
    alert_id: Mapped[str] = mapped_column(String(36), ForeignKey("alerts.id"))
    recipient_id: Mapped[str] = mapped_column(String(36), ForeignKey("recipients.id"))
    member: Mapped[Id]
    channel: Mapped[str] = mapped_column(String(8))
    wave: Mapped[int]
    priority: Mapped[int]
    person: Mapped[str | None] = mapped_column(String(36))
    name: Mapped[str]
    holder: Mapped[str] = mapped_column(String(64))
    address_sealed: Mapped[Sealed] = mapped_column(info=sealed_under("member", digest="address_digest"))
    address_digest: Mapped[bytes] = mapped_column(LargeBinary)
    token_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    only_by: Mapped[str | None] = mapped_column(String(40))
    raised_at: Mapped[Instant]
    deadline_at: Mapped[Instant]
    finished_at: Mapped[Instant | None]
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    last_gateway: Mapped[str | None] = mapped_column(String(40))


class Attempt(Base):
    """送信試行: one try to hand a delivery to a gateway; `number` is the delivery's lease that it belongs to.

    `claimed`: waits for a slot and was not posted; `posting`: is about to be posted, or was. `unknown`: handed over,
    but the answer never came; it may have arrived, and a repeat says the same. `fate` is what the provider reported
    of the phone since, null where it has not.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("delivery_id", "number"),
        CheckConstraint(
            "state IN ('claimed', 'posting', 'accepted', 'unknown', 'temporary', 'permanent')", name="state_known"
        ),
        CheckConstraint("fate IN ('delivered', 'failed', 'dead')", name="fate_known"),
        CheckConstraint("(fate IS NULL) = (reported_at IS NULL)", name="reported_at_fits"),
        # Not unique: a provider that gives an id twice must not keep a result from being recorded
        Index("ix_attempts_provider_id", "gateway", "provider_id"),
        Index("ix_attempts_posted", "posted_at"),
        Index(
            "ix_attempts_open",
            "posted_at",
            postgresql_where=text("state = 'posting'"),
            sqlite_where=text("state = 'posting'"),
        ),
    )

    id: Mapped[Key]
    delivery_id: Mapped[str] = mapped_column(String(36), ForeignKey("deliveries.id"))
    number: Mapped[int]
    gateway: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(12))
    provider_id: Mapped[str | None]
    code: Mapped[str | None]
    posted_at: Mapped[Instant]
    finished_at: Mapped[Instant | None]
    fate: Mapped[str | None] = mapped_column(String(12))
    reported_at: Mapped[Instant | None]


class Receipt(Base):
    """到達通知: what a provider reported of a message, stored before it is understood.

    `subject` is our attempt's id or the provider's own (`a:…`, `p:…`); a receipt that comes twice counts once.
    `result` is null until it was handled, next at `due_at`: `raised` what is known, `reopened` the delivery,
    `no_news`, `late` (of a try that counts no more), `foreign` (of nothing that we sent).
    """

    __tablename__ = "receipts"
    __table_args__ = (
        UniqueConstraint("gateway", "subject", "word"),
        CheckConstraint("fate IN ('delivered', 'failed', 'dead')", name="fate_known"),
        CheckConstraint("result IN ('raised', 'reopened', 'no_news', 'late', 'foreign')", name="result_known"),
        CheckConstraint("(result IS NULL) = (handled_at IS NULL)", name="handled_at_fits"),
        Index(
            "ix_receipts_unhandled",
            "due_at",
            postgresql_where=text("result IS NULL"),
            sqlite_where=text("result IS NULL"),
        ),
    )

    id: Mapped[Key]
    gateway: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(202))
    word: Mapped[str] = mapped_column(String(200))
    code: Mapped[str | None] = mapped_column(String(200))
    fate: Mapped[str | None] = mapped_column(String(12))
    received_at: Mapped[Instant]
    due_at: Mapped[Instant]
    handled_at: Mapped[Instant | None]
    result: Mapped[str | None] = mapped_column(String(12))


class ReplyCode(Base):
    """返信番号: the digits by which an SMS or mail names the question it answers."""

    __tablename__ = "reply_codes"

    code: Mapped[str] = mapped_column(String(6), primary_key=True)
    alert_id: Mapped[str] = mapped_column(String(36), ForeignKey("alerts.id"), unique=True)
    expires_at: Mapped[Instant]


class InboundMessage(Base):
    """受信: what came in by a gateway, stored before it is understood. `result` is null until it was handled.

    `member` is whose it is, `watcher` who looks after it where that one can't: the coordinator of `watching_group`.
    Of mail: `kind` tells who speaks, `delivery_id` and `attempt_id` what its tag or reference names, `fate` and
    `status` what a report says. `noted`: kept, and nobody need do anything.
    """

    __tablename__ = "inbound_messages"
    __table_args__ = (
        UniqueConstraint("gateway", "provider_event_id"),
        CheckConstraint(
            "result IN ('taken', 'refused', 'closed', 'needs_person', 'resolved', 'noted')", name="result_known"
        ),
        CheckConstraint("kind IN ('message', 'automatic', 'report')", name="kind_known"),
        CheckConstraint("(kind = 'report') = (fate IS NOT NULL)", name="fate_fits"),
        CheckConstraint("(result IS NULL) = (handled_at IS NULL)", name="handled_at_fits"),
        Index("ix_inbound_messages_sender", "sender_digest", "received_at"),
        Index(
            "ix_inbound_messages_unhandled",
            "received_at",
            postgresql_where=text("result IS NULL"),
            sqlite_where=text("result IS NULL"),
        ),
    )

    id: Mapped[Key]
    gateway: Mapped[str] = mapped_column(String(40))
    channel: Mapped[str] = mapped_column(String(8))
    provider_event_id: Mapped[str | None] = mapped_column(String(200))
    sender_sealed: Mapped[Sealed] = mapped_column(
        info=sealed_under("member", shared="inbound", digest="sender_digest")
    )
    sender_digest: Mapped[bytes] = mapped_column(LargeBinary)
    text_sealed: Mapped[Sealed] = mapped_column(info=sealed_under("member", shared="inbound", digest="text_digest"))
    text_digest: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[Instant]
    handled_at: Mapped[Instant | None]
    result: Mapped[str | None] = mapped_column(String(12))
    reason: Mapped[str | None] = mapped_column(String(24))
    member: Mapped[str | None] = mapped_column(String(36))
    municipality: Mapped[str | None] = mapped_column(String(6))
    watcher: Mapped[str | None] = mapped_column(String(36))
    watching_group: Mapped[str | None] = mapped_column(String(36))
    resolved_by: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str | None]
    kind: Mapped[str] = mapped_column(String(12), default="message", server_default="message")
    message_id: Mapped[str | None] = mapped_column(String(250))
    delivery_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("deliveries.id"))
    attempt_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("attempts.id"))
    fate: Mapped[str | None] = mapped_column(String(12))
    status: Mapped[str | None] = mapped_column(String(12))


class Answer(Base):
    """回答: what one person of a recipient answered; append-only, the last that was taken counts."""

    __tablename__ = "answers"
    __table_args__ = (
        CheckConstraint("via IN ('link', 'sms', 'mail')", name="via_known"),
        CheckConstraint("choice IN ('accept', 'decline', 'provisional', 'received')", name="choice_known"),
        Index("ix_answers_recipient", "recipient_id", "id"),
    )

    id: Mapped[Key]
    recipient_id: Mapped[str] = mapped_column(String(36), ForeignKey("recipients.id"))
    delivery_id: Mapped[str] = mapped_column(String(36), ForeignKey("deliveries.id"))
    via: Mapped[str] = mapped_column(String(8))
    choice: Mapped[str] = mapped_column(String(12))
    quantities: Mapped[list[Any]] = mapped_column(Json)
    more: Mapped[list[Any]] = mapped_column(Json)
    reason: Mapped[str | None]
    inbound_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("inbound_messages.id"))
    at: Mapped[Instant]
    is_taken: Mapped[bool]
    verdict: Mapped[str] = mapped_column(String(64))


class Provider(Base):
    """送信路の状態: what all workers together know of a gateway; `notifications.health` says what it means.

    `name` is the gateway's in the setting. `tokens` are the messages that its rate allowed at `refilled_at`.
    """

    __tablename__ = "providers"
    __table_args__ = (
        CheckConstraint("health BETWEEN 0 AND 100", name="health_fits"),
        CheckConstraint("failures >= 0", name="failures_count"),
        CheckConstraint("breaker IN ('closed', 'open', 'half_open')", name="breaker_known"),
        CheckConstraint("(breaker = 'closed') = (probe_at IS NULL)", name="probe_fits"),
        CheckConstraint("tokens >= 0", name="tokens_count"),
    )

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    health: Mapped[int] = mapped_column(default=100)
    lowered_at: Mapped[Instant | None]
    failures: Mapped[int] = mapped_column(default=0)
    breaker: Mapped[str] = mapped_column(String(12), default="closed")
    probe_at: Mapped[Instant | None]
    held_until: Mapped[Instant | None]
    last_code: Mapped[str | None] = mapped_column(String(40))
    last_error_at: Mapped[Instant | None]
    tokens: Mapped[float] = mapped_column(default=0.0)
    refilled_at: Mapped[Instant | None]
    judged_at: Mapped[Instant | None]
