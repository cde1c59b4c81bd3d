"""Requests as they are sent in and shown."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from aid.lifecycle import Disposition, Via
from foundation.fields import Line, Moment, Paragraph, Quantity, Ref, Schema, Statement, View

Phone = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[0-9+() -]+$")]
MOST_LINES = 50


class LineDraft(Schema):
    """要請明細: a kind and a quantity, or a mission that suggests lines."""

    kind: Ref | None = None
    quantity: Quantity | None = None
    mission: Ref | None = None
    spec: Line | None = None
    task: Line | None = None
    system: Line | None = None
    package: Line | None = None
    zone: Line | None = None
    disposition: Disposition = Field(Disposition.EITHER, strict=False)


class RequestDraft(Schema):
    """応援要請: few fields are mandatory in the first minute."""

    incident: Ref
    group: Ref
    requester: Ref
    lines: list[LineDraft] = Field(min_length=1, max_length=MOST_LINES)
    priority: Annotated[int, Field(ge=1, le=4)] = 3
    needed_by: Moment | None = None
    place: Line | None = None
    reason: Paragraph | None = None
    contact_phone: Phone | None = None
    requested_orally_at: Moment | None = None
    via: Via = Field(Via.PORTAL, strict=False)


class LineAmendment(Schema):
    """明細の変更: a line's new quantity."""

    line: Ref
    quantity: Quantity


class Amendment(Schema):
    """要請の変更: what is asked differently from now on."""

    reason: Statement
    lines: list[LineAmendment] = Field(default_factory=list, max_length=MOST_LINES)
    added: list[LineDraft] = Field(default_factory=list, max_length=MOST_LINES)
    needed_by: Moment | None = None
    place: Line | None = None


class Reason(Schema):
    """理由: why a request is recalled or closed, or an offer withdrawn."""

    reason: Statement


class Confirmation(Schema):
    """確認: how it is known that the member itself wants what was asked for it."""

    how: Annotated[str, StringConstraints(pattern="^(member|call_back)$")]


class RequestQuery(Schema):
    """要請の絞り込み: all fields narrow the list."""

    incident: Ref | None = None
    group: Ref | None = None
    cursor: Ref | None = None


class MatchQuery(Schema):
    """照合の続き: more candidates of one line."""

    line: Ref | None = None
    cursor: Ref | None = None


class LineView(View):
    """要請明細: what is asked, offered, committed and arrived; provisional offers are counted apart."""

    id: str
    kind: str
    name_ja: str
    name_en: str
    unit: str
    quantity: int
    offered: int
    provisional: int
    committed: int
    arrived: int
    spec: str | None
    task: str | None
    system: str | None
    package: str | None
    zone: str | None
    disposition: str


class Note(View):
    """注記: a text with the code and facts it was made of."""

    code: str
    facts: dict[str, Any]
    text: str


class RequestView(View):
    """応援要請: `requester` is the municipality code where it has one, else the member's id."""

    id: str
    number: str
    status: str
    incident: str
    group: str
    requester: str
    member: str
    municipality: str | None
    requester_name: str
    priority: int
    needed_by: datetime | None
    place: str | None
    reason: str | None
    contact_phone: str | None
    requested_orally_at: datetime | None
    via: str
    is_proxy: bool
    confirmed_at: datetime | None
    made_at: datetime
    written_due_at: datetime | None
    wave: int
    warnings: list[Note]
    lines: list[LineView]
    version: int


class CandidateView(View):
    """候補: a partner that could help with a line, and why it ranks there; `kind` is what it would give."""

    municipality: str | None
    member: str
    name: str
    quantity: int
    kind: str
    rank: int
    wave: int
    is_asked: bool
    distance_km: float | None
    score: int
    reasons: list[str]
    reason_codes: list[str]


class ExclusionView(View):
    """対象外: a partner that is not asked, and why; without its id, which a satellite phone need not carry."""

    municipality: str | None
    name: str
    reason: str
    reason_code: str


class LineMatches(View):
    """明細の照合: the first candidates and exclusions of a line, with their counts; `notes` hold for all of them."""

    line: str
    needed: int
    notes: list[Note]
    candidates: list[CandidateView]
    candidate_count: int
    excluded: list[ExclusionView]
    excluded_count: int
    next: str | None


class MatchesView(View):
    """照合: each line's ranked partners."""

    lines: list[LineMatches]


class MissionLine(View):
    """要請明細の案."""

    kind: str
    quantity: int


class MissionView(View):
    """目的別の要請: what should work again, and the lines that suggests."""

    key: str
    name_ja: str
    name_en: str
    lines: list[MissionLine]


class MissionList(View):
    """目的別の要請の一覧."""

    items: list[MissionView]
    next: str | None = None


class StandInView(View):
    """代用: how much is of a kind that stands in for the one asked for; `fit`: how well, in percent."""

    kind: str
    name_ja: str
    name_en: str
    unit: str
    quantity: int
    fit: int
