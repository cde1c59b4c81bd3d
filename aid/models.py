"""The disaster as it is recorded: incidents, reports, requests, offers, commitments and the chronology."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database.base import Base, Facts, Id, Instant, Key, sealed_under


class Incident(Base):
    """災害: what happened, and where; a public fact. `last_event` numbers its events in the order of commit."""

    __tablename__ = "incidents"

    id: Mapped[Key]
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(String(12))
    status: Mapped[str] = mapped_column(String(8), default="open")
    occurred_at: Mapped[Instant]
    opened_by: Mapped[str | None] = mapped_column(String(64))
    opened_at: Mapped[Instant]
    closed_at: Mapped[Instant | None]
    last_event: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)


class AffectedArea(Base):
    """被災範囲: how badly one municipality is hit, and how that is known."""

    __tablename__ = "affected_areas"

    incident_id: Mapped[str] = mapped_column(String(36), ForeignKey("incidents.id"), primary_key=True)
    municipality: Mapped[str] = mapped_column(String(6), primary_key=True)
    severity: Mapped[str] = mapped_column(String(8))
    source: Mapped[str] = mapped_column(String(16), default="manual")


class SituationReport(Base):
    """被災状況: a member's state as it says itself; the newest one overrides the footprint."""

    __tablename__ = "situation_reports"
    __table_args__ = (Index("ix_situation_reports_latest", "incident_id", "member_id", "reported_at"),)

    id: Mapped[Key]
    incident_id: Mapped[str] = mapped_column(String(36), ForeignKey("incidents.id"))
    member_id: Mapped[Id]
    is_able_to_help: Mapped[bool]
    marks: Mapped[Facts]
    note: Mapped[str | None]
    reported_by: Mapped[str | None] = mapped_column(String(64))
    reported_by_member: Mapped[str | None] = mapped_column(String(36))
    reported_at: Mapped[Instant]


class RequestCounter(Base):
    """要請番号の採番: the last number given to a requester in a fiscal year."""

    __tablename__ = "request_counters"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class AidRequest(Base):
    """応援要請: what a member asks of the partners of one group, under the terms frozen here."""

    __tablename__ = "aid_requests"
    __table_args__ = (
        Index("ix_aid_requests_incident", "incident_id", "requester_id"),
        Index("ix_aid_requests_group", "group_id"),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(32), unique=True)
    incident_id: Mapped[str] = mapped_column(String(36), ForeignKey("incidents.id"))
    group_id: Mapped[Id]
    requester_id: Mapped[Id]
    status: Mapped[str] = mapped_column(String(12))
    priority: Mapped[int]
    needed_by: Mapped[Instant | None]
    place: Mapped[str | None]
    reason: Mapped[str | None]
    contact_phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed_under("requester_id"))
    requested_orally_at: Mapped[Instant | None]
    via: Mapped[str] = mapped_column(String(8))
    is_proxy: Mapped[bool]
    confirmed_at: Mapped[Instant | None]
    made_by: Mapped[str | None] = mapped_column(String(64))
    made_by_member: Mapped[str | None] = mapped_column(String(36))
    made_at: Mapped[Instant]
    written_due_at: Mapped[Instant | None]
    closed_at: Mapped[Instant | None]
    terms: Mapped[Facts]
    terms_version: Mapped[int]
    wave: Mapped[int] = mapped_column(default=0)
    tellings: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)


class RequestLine(Base):
    """要請明細: one kind and quantity that is asked."""

    __tablename__ = "request_lines"
    __table_args__ = (
        UniqueConstraint("request_id", "position"),
        CheckConstraint("quantity > 0 AND committed >= 0 AND arrived >= 0", name="sums_hold"),
        CheckConstraint("committed <= quantity", name="never_over_committed"),
    )

    id: Mapped[Key]
    request_id: Mapped[str] = mapped_column(String(36), ForeignKey("aid_requests.id"))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(32))
    quantity: Mapped[int]
    spec: Mapped[str | None]
    task: Mapped[str | None]
    system: Mapped[str | None]
    package: Mapped[str | None]
    zone: Mapped[str | None]
    disposition: Mapped[str] = mapped_column(String(8))
    committed: Mapped[int] = mapped_column(default=0)
    arrived: Mapped[int] = mapped_column(default=0)


class Ask(Base):
    """照会: that a partner was asked, and in which wave; one that was stood down may be asked again.

    `again_at`: when one that has only said "received" is asked again, `repeats` times so far. `unreachable_at`: when
    every way to it had failed, and others were asked in its place. `due_at`: when the group's answer time is over;
    `answer_minutes`: how long the first answer took; `has_said_yes`: whether the last one was a firm yes that stands.
    `named`: the units that the question itself names, by line, what a bare yes means; empty: all that is lacking.
    """

    __tablename__ = "asks"
    __table_args__ = (
        Index(
            "ix_asks_history",
            "member_id",
            "asked_at",
            "due_at",
            "stood_down_at",
            "answer_minutes",
            "has_said_yes",
        ),
    )

    request_id: Mapped[str] = mapped_column(String(36), ForeignKey("aid_requests.id"), primary_key=True)
    member_id: Mapped[Id] = mapped_column(primary_key=True)
    wave: Mapped[int]
    asked_at: Mapped[Instant]
    stood_down_at: Mapped[Instant | None]
    again_at: Mapped[Instant | None]
    repeats: Mapped[int] = mapped_column(default=0)
    unreachable_at: Mapped[Instant | None]
    due_at: Mapped[Instant]
    answer_minutes: Mapped[int | None]
    has_said_yes: Mapped[bool | None]
    named: Mapped[Facts] = mapped_column(default=dict, server_default="{}")


class Hold(Base):
    """仮押さえ: what a partner was asked for on one line and has not answered yet.

    Until `until_at` other requests do not ask for it as well. The row goes when the partner answers, stands down or
    can't be reached, or the line needs nothing more. It binds no stock: the ledger alone judges offers.
    """

    __tablename__ = "holds"
    __table_args__ = (
        Index("ix_holds_request", "request_id", "member_id"),
        Index("ix_holds_kind", "kind", "until_at", "member_id", "priority", "quantity"),
        CheckConstraint("quantity > 0", name="something"),
    )

    line_id: Mapped[str] = mapped_column(String(36), ForeignKey("request_lines.id"), primary_key=True)
    member_id: Mapped[Id] = mapped_column(primary_key=True)
    request_id: Mapped[str] = mapped_column(String(36), ForeignKey("aid_requests.id"))
    kind: Mapped[str] = mapped_column(String(32))
    priority: Mapped[int]
    quantity: Mapped[int]
    until_at: Mapped[Instant]


class Planning(Base):
    """計画: since when all open requests of one group in one disaster are planned together, and how many rounds were.

    `held_at`: people have put the asking on hold; rounds only suggest.
    """

    __tablename__ = "plannings"
    __table_args__ = (
        UniqueConstraint("incident_id", "group_id"),
        CheckConstraint("rounds >= 0", name="rounds_count"),
    )

    id: Mapped[Key]
    incident_id: Mapped[str] = mapped_column(String(36), ForeignKey("incidents.id"))
    group_id: Mapped[Id]
    began_at: Mapped[Instant]
    rounds: Mapped[int] = mapped_column(default=0)
    last_round_at: Mapped[Instant | None]
    held_at: Mapped[Instant | None]
    held_by: Mapped[str | None] = mapped_column(String(64))
    hold_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)


class TelephoneCall(Base):
    """架電: that somebody has telephoned a partner about a request, and what came of it; append-only."""

    __tablename__ = "telephone_calls"
    __table_args__ = (
        CheckConstraint(
            "outcome IN ('calling', 'reached', 'no_answer', 'will_call_back', 'said_yes', 'said_no')",
            name="outcome_known",
        ),
        Index("ix_telephone_calls_request", "request_id", "member_id"),
    )

    id: Mapped[Key]
    request_id: Mapped[str] = mapped_column(String(36), ForeignKey("aid_requests.id"))
    member_id: Mapped[Id]
    outcome: Mapped[str] = mapped_column(String(16))
    note: Mapped[str | None]
    called_by: Mapped[str | None] = mapped_column(String(64))
    called_by_member: Mapped[str | None] = mapped_column(String(36))
    called_at: Mapped[Instant]


class Offer(Base):
    """応援申出: a partner's answer to a request. At most one per partner and request is still open."""

    __tablename__ = "offers"
    __table_args__ = (
        Index(
            "uq_offers_open",
            "request_id",
            "member_id",
            unique=True,
            postgresql_where=text("status IN ('offered', 'provisional', 'declined')"),
            sqlite_where=text("status IN ('offered', 'provisional', 'declined')"),
        ),
        Index("ix_offers_member", "member_id"),
    )

    id: Mapped[Key]
    request_id: Mapped[str] = mapped_column(String(36), ForeignKey("aid_requests.id"))
    member_id: Mapped[Id]
    status: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str | None]
    available_from: Mapped[Instant | None]
    until: Mapped[date | None]
    expires_at: Mapped[Instant | None]
    via: Mapped[str] = mapped_column(String(8))
    made_by: Mapped[str | None] = mapped_column(String(64))
    made_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)


class OfferLine(Base):
    """申出明細: how much of a line is offered, and how many more could come if asked."""

    __tablename__ = "offer_lines"
    __table_args__ = (UniqueConstraint("offer_id", "line_id"), CheckConstraint("quantity > 0", name="something"))

    id: Mapped[Key]
    offer_id: Mapped[str] = mapped_column(String(36), ForeignKey("offers.id"))
    line_id: Mapped[str] = mapped_column(String(36), ForeignKey("request_lines.id"))
    quantity: Mapped[int]
    more: Mapped[int | None]


class Commitment(Base):
    """応援決定: an accepted quantity, append-only; what ends one is a row of its own with a negative quantity."""

    __tablename__ = "commitments"
    __table_args__ = (
        CheckConstraint("quantity <> 0 AND (quantity > 0) = (ends_id IS NULL)", name="end_is_negative"),
        Index("ix_commitments_offer", "offer_id"),
        Index("ix_commitments_line", "line_id"),
    )

    id: Mapped[Key]
    offer_id: Mapped[str] = mapped_column(String(36), ForeignKey("offers.id"))
    line_id: Mapped[str] = mapped_column(String(36), ForeignKey("request_lines.id"))
    quantity: Mapped[int]
    ends_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("commitments.id"), unique=True)
    at: Mapped[Instant]
    by: Mapped[str | None] = mapped_column(String(64))


class ChronologyEntry(Base):
    """クロノロジー: one line of an incident's record, append-only; automatic ones are a code with facts.

    `number` is that of its event: two entries of one instant keep their order.
    """

    __tablename__ = "chronology"
    __table_args__ = (
        UniqueConstraint("incident_id", "number"),
        Index("ix_chronology_incident", "incident_id", "at", "number"),
    )

    id: Mapped[Key]
    incident_id: Mapped[str] = mapped_column(String(36), ForeignKey("incidents.id"))
    number: Mapped[int]
    group_id: Mapped[str | None] = mapped_column(String(36))
    request_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("aid_requests.id"))
    member_id: Mapped[str | None] = mapped_column(String(36))
    at: Mapped[Instant]
    lane: Mapped[str] = mapped_column(String(12))
    code: Mapped[str | None] = mapped_column(String(40))
    facts: Mapped[Facts]
    text: Mapped[str | None]
    by: Mapped[str | None] = mapped_column(String(64))
    by_member: Mapped[str | None] = mapped_column(String(36))


class IncidentEvent(Base):
    """変化の知らせ: one change of a request, offer or delivery, numbered per incident in the order of commit."""

    __tablename__ = "incident_events"

    incident_id: Mapped[str] = mapped_column(String(36), ForeignKey("incidents.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    request_id: Mapped[str | None] = mapped_column(String(36))
    member_id: Mapped[str | None] = mapped_column(String(36))
    group_id: Mapped[str | None] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(40))
    facts: Mapped[Facts]
    at: Mapped[Instant]
