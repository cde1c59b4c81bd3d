"""What each round of planning found and did, and what people said about it."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database.base import Base, Facts, Id, Instant, Key


class PlanRound(Base):
    """計画の一巡: one plan over all open requests; the same facts give the same `digest` and the same plan.

    `prices` by kind: for which priority one more unit would make a difference. `needs` counts the open lines, `asked`
    the asks that went out, `dropped` those of which something had changed meanwhile.
    """

    __tablename__ = "plan_rounds"
    __table_args__ = (UniqueConstraint("planning_id", "number"),)

    id: Mapped[Key]
    planning_id: Mapped[str] = mapped_column(String(36), ForeignKey("plannings.id"))
    number: Mapped[int]
    at: Mapped[Instant]
    solver: Mapped[str] = mapped_column(String(16))
    is_optimal: Mapped[bool]
    is_held: Mapped[bool]
    cost: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))
    needs: Mapped[int]
    asked: Mapped[int]
    dropped: Mapped[int]
    forecast: Mapped[Facts]
    prices: Mapped[Facts]


class PlannedAsk(Base):
    """照会の案: a partner that a round wants to ask for units of a line, and what became of that.

    `instead` is the kind that would stand in for the line's; None: what was asked for.
    """

    __tablename__ = "plan_asks"
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'suggested', 'dropped')", name="state_known"),
        CheckConstraint("quantity > 0", name="something"),
        UniqueConstraint("round_id", "line_id", "member_id"),
        Index("ix_plan_asks_line", "line_id", "member_id"),
        Index("ix_plan_asks_request", "request_id"),
    )

    id: Mapped[Key]
    round_id: Mapped[str] = mapped_column(String(36), ForeignKey("plan_rounds.id"))
    planning_id: Mapped[str] = mapped_column(String(36), ForeignKey("plannings.id"))
    request_id: Mapped[str] = mapped_column(String(36), ForeignKey("aid_requests.id"))
    line_id: Mapped[str] = mapped_column(String(36), ForeignKey("request_lines.id"))
    member_id: Mapped[Id]
    quantity: Mapped[int]
    chance: Mapped[int]
    is_pinned: Mapped[bool]
    instead: Mapped[str | None] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(12))
    why: Mapped[str | None] = mapped_column(String(24))


class PlannedLine(Base):
    """品目の見通し: what a round found of an open line: needed, expected of whom is asked, short, and why."""

    __tablename__ = "plan_lines"
    __table_args__ = (UniqueConstraint("round_id", "line_id"), Index("ix_plan_lines_request", "request_id"))

    id: Mapped[Key]
    round_id: Mapped[str] = mapped_column(String(36), ForeignKey("plan_rounds.id"))
    request_id: Mapped[str] = mapped_column(String(36), ForeignKey("aid_requests.id"))
    line_id: Mapped[str] = mapped_column(String(36), ForeignKey("request_lines.id"))
    priority: Mapped[int]
    needed: Mapped[int]
    certainty: Mapped[int]
    short: Mapped[int]
    cause: Mapped[str | None] = mapped_column(String(24))
    facts: Mapped[Facts]


class PlanRule(Base):
    """計画への指示: what people decided that every round keeps to until it is ended: pin, forbid, other order."""

    __tablename__ = "plan_rules"
    __table_args__ = (
        CheckConstraint("kind IN ('pin', 'forbid', 'priority')", name="kind_known"),
        CheckConstraint("(kind = 'priority') = (priority IS NOT NULL)", name="priority_fits"),
        CheckConstraint("(kind = 'priority') = (member_id IS NULL)", name="member_fits"),
        CheckConstraint("priority BETWEEN 1 AND 4", name="priority_known"),
        Index(
            "uq_plan_rules_standing",
            "request_id",
            "line_id",
            "member_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL AND kind <> 'priority'"),
            sqlite_where=text("ended_at IS NULL AND kind <> 'priority'"),
        ),
        Index(
            "uq_plan_rules_priority",
            "request_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL AND kind = 'priority'"),
            sqlite_where=text("ended_at IS NULL AND kind = 'priority'"),
        ),
    )

    id: Mapped[Key]
    planning_id: Mapped[str] = mapped_column(String(36), ForeignKey("plannings.id"))
    kind: Mapped[str] = mapped_column(String(12))
    request_id: Mapped[str] = mapped_column(String(36), ForeignKey("aid_requests.id"))
    line_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("request_lines.id"))
    member_id: Mapped[str | None] = mapped_column(String(36))
    quantity: Mapped[int | None]
    priority: Mapped[int | None]
    reason: Mapped[str]
    made_by: Mapped[str | None] = mapped_column(String(64))
    made_at: Mapped[Instant]
    ended_by: Mapped[str | None] = mapped_column(String(64))
    ended_at: Mapped[Instant | None]
