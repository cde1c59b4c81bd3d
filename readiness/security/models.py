"""The year of information security, member by member: its policy, its self-checks, its findings and its circle."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database.base import Base, Facts, Instant, Key


class SheetKind(StrEnum):
    """自己点検の種別: the one of the year, or one in between."""

    YEARLY = "yearly"
    AD_HOC = "ad_hoc"

    @property
    def label(self) -> str:
        return {"yearly": "定期", "ad_hoc": "随時"}[self.value]


class SecurityPolicy(Base):
    """情報セキュリティポリシー: what a member stated of its policy, by whom; the newest statement counts."""

    __tablename__ = "security_policies"
    __table_args__ = (Index("ix_security_policies_member", "member_id"),)

    id: Mapped[Key]
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    stage: Mapped[str] = mapped_column(String(8))
    made_on: Mapped[date | None]
    revised_on: Mapped[date | None]
    revision_due_on: Mapped[date | None]
    kept_at: Mapped[str | None]
    note: Mapped[str | None]
    stated_by: Mapped[str] = mapped_column(String(64))
    stated_at: Mapped[Instant]

    @property
    def edition_on(self) -> date | None:
        """The day that names the version in force: of the last revision, or else of the making."""
        return self.revised_on or self.made_on


class PolicyReading(Base):
    """ポリシーの確認: that a person has read the version of a day."""

    __tablename__ = "policy_readings"
    __table_args__ = (Index("ix_policy_readings_member", "member_id"),)

    person_id: Mapped[str] = mapped_column(String(36), ForeignKey("people.id"), primary_key=True)
    edition_on: Mapped[date] = mapped_column(primary_key=True)
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    read_at: Mapped[Instant]


class SelfCheck(Base):
    """自己点検: one sheet, filled from the record for a period and answered by people.

    Days are Japan's, the last one included. `filled_at` is when the numbers were read.
    """

    __tablename__ = "self_checks"
    __table_args__ = (
        Index("ix_self_checks_member", "member_id", "fiscal_year"),
        Index(
            "uq_self_checks_yearly",
            "member_id",
            "fiscal_year",
            unique=True,
            postgresql_where=text("kind = 'yearly'"),
            sqlite_where=text("kind = 'yearly'"),
        ),
        CheckConstraint("since_on <= until_on", name="ends_after_start"),
    )

    id: Mapped[Key]
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    fiscal_year: Mapped[int]
    kind: Mapped[str] = mapped_column(String(8))
    title: Mapped[str | None]
    since_on: Mapped[date]
    until_on: Mapped[date]
    filled_at: Mapped[Instant]
    started_by: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[Instant]
    finished_by: Mapped[str | None] = mapped_column(String(64))
    finished_at: Mapped[Instant | None]


class SelfCheckAnswer(Base):
    """自己点検の回答: one question of a sheet: what the record says, and what a named person answered."""

    __tablename__ = "self_check_answers"

    sheet_id: Mapped[str] = mapped_column(String(36), ForeignKey("self_checks.id"), primary_key=True)
    question: Mapped[str] = mapped_column(String(16), primary_key=True)
    numbers: Mapped[Facts]
    suggested: Mapped[str | None] = mapped_column(String(8))
    mark: Mapped[str | None] = mapped_column(String(8))
    comment: Mapped[str | None]
    answered_by: Mapped[str | None] = mapped_column(String(64))
    answered_at: Mapped[Instant | None]


class SecurityCycle(Base):
    """管理サイクル: one member's fiscal year: the audit's conclusion, the review, and who signed it."""

    __tablename__ = "security_cycles"
    __table_args__ = (
        UniqueConstraint("member_id", "fiscal_year"),
        CheckConstraint("reviewed_at IS NULL OR audited_at IS NOT NULL", name="review_after_audit"),
        CheckConstraint("approved_at IS NULL OR reviewed_at IS NOT NULL", name="approval_after_review"),
    )

    id: Mapped[Key]
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    fiscal_year: Mapped[int]
    audited_by: Mapped[str | None] = mapped_column(String(64))
    audited_at: Mapped[Instant | None]
    opinion: Mapped[str | None]
    reviewed_by: Mapped[str | None] = mapped_column(String(64))
    reviewed_at: Mapped[Instant | None]
    review: Mapped[str | None]
    approved_by: Mapped[str | None] = mapped_column(String(64))
    approved_at: Mapped[Instant | None]


class CycleTraining(Base):
    """管理サイクルの研修: a training by which a member follows up what its year has shown."""

    __tablename__ = "security_cycle_trainings"

    cycle_id: Mapped[str] = mapped_column(String(36), ForeignKey("security_cycles.id"), primary_key=True)
    training_id: Mapped[str] = mapped_column(String(36), ForeignKey("trainings.id"), primary_key=True)
    linked_by: Mapped[str] = mapped_column(String(64))
    linked_at: Mapped[Instant]


class SecurityFinding(Base):
    """指摘: what an auditor found, who puts it right by when, and how it was put right.

    `returned_note` says why the auditor did not accept it the last time.
    """

    __tablename__ = "security_findings"
    __table_args__ = (
        Index("ix_security_findings_member", "member_id", "fiscal_year"),
        CheckConstraint("state IN ('open', 'done', 'accepted')", name="state_known"),
        CheckConstraint("(state = 'open') = (done_at IS NULL)", name="done_has_its_instant"),
        CheckConstraint("(state = 'accepted') = (accepted_at IS NOT NULL)", name="accepted_has_its_instant"),
    )

    id: Mapped[Key]
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    fiscal_year: Mapped[int]
    sheet_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("self_checks.id"))
    question: Mapped[str | None] = mapped_column(String(16))
    text: Mapped[str]
    severity: Mapped[str] = mapped_column(String(8))
    owner_id: Mapped[str] = mapped_column(String(36), ForeignKey("people.id"))
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(8))
    raised_by: Mapped[str] = mapped_column(String(64))
    raised_at: Mapped[Instant]
    done_by: Mapped[str | None] = mapped_column(String(64))
    done_at: Mapped[Instant | None]
    done_note: Mapped[str | None]
    evidence: Mapped[str | None]
    returned_note: Mapped[str | None]
    accepted_by: Mapped[str | None] = mapped_column(String(64))
    accepted_at: Mapped[Instant | None]
