"""What goes in and out about incidents."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from aid.lifecycle import IncidentStatus
from aid.severity import IncidentKind, Severity
from foundation.fields import Code, Line, Moment, Paragraph, Schema, View
from foundation.mode import Mode
from foundation.paging import PageQuery

MOST_AFFECTED = 2_000
"""More than there are municipalities and prefectures."""


class AffectedDraft(Schema):
    """被災範囲の入力: how badly one municipality is hit."""

    municipality: Code
    severity: Severity


Areas = Annotated[list[AffectedDraft], Field(max_length=MOST_AFFECTED)]


class IncidentDraft(Schema):
    """災害の登録: what happened, when and where; the footprint may follow later."""

    name: Line
    kind: IncidentKind
    occurred_at: Moment
    affected: Areas = Field(default_factory=list)


class FootprintChange(Schema):
    """被災範囲の変更: replaces the footprint, or with `extend` adds to it and overrides what is named."""

    affected: Areas
    extend: bool = False


class ClosureDraft(Schema):
    """災害の終了: why the response is over."""

    reason: Annotated[Paragraph, Field(min_length=1)]


class IncidentQuery(PageQuery):
    """災害の一覧の絞り込み."""

    status: IncidentStatus | None = None


class AffectedView(View):
    """被災範囲: one municipality; `member` is its id where it takes part in one of the reader's groups."""

    municipality: str
    member: str | None
    name: str
    prefecture: str
    severity: Severity
    source: str


class IncidentView(View):
    """災害: a public fact, seen by everyone who is signed in."""

    id: str
    name: str
    kind: IncidentKind
    occurred_at: datetime
    status: IncidentStatus
    mode: Mode
    affected: list[AffectedView]
    opened_at: datetime
    closed_at: datetime | None
    last_event: int
    version: int
