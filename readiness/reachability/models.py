"""Whether people can be reached at all: tests of every channel, and what came of each."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database.base import Base, Id, Instant, Key


class ReachabilityTest(Base):
    """連絡手段の確認: one message to every mail and SMS channel of a member's contacts.

    `started_by` is null where the year began it.
    """

    __tablename__ = "reachability_tests"
    __table_args__ = (Index("ix_reachability_tests_member", "member_id", "started_at"),)

    id: Mapped[Key]
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    started_by: Mapped[str | None] = mapped_column(String(64))
    started_at: Mapped[Instant]
    closes_at: Mapped[Instant]


class ChannelCheck(Base):
    """確認の結果: one channel in one test. The channel may be gone since; its address never stands here.

    `failure` is `failed` (refused or bounced) or `expired` (nobody took the message over).
    """

    __tablename__ = "channel_checks"
    __table_args__ = (
        CheckConstraint("(acknowledged_at IS NULL) = (via IS NULL)", name="via_fits"),
        CheckConstraint("(failed_at IS NULL) = (failure IS NULL)", name="failure_fits"),
        Index("ix_channel_checks_channel", "channel_id"),
        Index("ix_channel_checks_delivery", "delivery_id"),
        Index("ix_channel_checks_test", "test_id"),
        Index("ix_channel_checks_member", "member_id"),
    )

    id: Mapped[Key]
    test_id: Mapped[str] = mapped_column(String(36), ForeignKey("reachability_tests.id"))
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    channel_id: Mapped[Id]
    delivery_id: Mapped[Id]
    person_id: Mapped[str | None] = mapped_column(String(36))
    sent_at: Mapped[Instant]
    acknowledged_at: Mapped[Instant | None]
    via: Mapped[str | None] = mapped_column(String(8))
    failed_at: Mapped[Instant | None]
    failure: Mapped[str | None] = mapped_column(String(12))
