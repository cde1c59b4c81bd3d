"""What goes in and out at this room's operations."""

from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints

from foundation.fields import Line, Moment, Quantity, Ref, Schema, View
from foundation.paging import PageQuery
from readiness.models import TrainingKind

WebAddress = Annotated[str, StringConstraints(min_length=10, max_length=500, pattern=r"^https?://[!-~]+$")]


class TrainingDraft(Schema):
    """研修の案内: held at a place, online at a URL, or both."""

    group: Ref
    title: Line
    starts_at: Moment
    place: Line | None = None
    url: WebAddress | None = None
    capacity: Quantity | None = None
    kind: TrainingKind


class TrainingFilter(PageQuery):
    """研修の絞り込み: by group."""

    group: Ref | None = None


class RegistrationDraft(Schema):
    """参加登録: who takes part."""

    person: Ref


class AttendanceDraft(Schema):
    """出欠: who came, or did not."""

    person: Ref
    attended: bool


class RegistrationView(View):
    """参加登録: `registered_at` is null for one who came unregistered, `attended` until it is recorded."""

    person: str
    name: str
    member: str
    municipality: str | None
    registered_at: datetime | None
    attended: bool | None


class MemberName(View):
    """構成団体の名前: which member is meant."""

    member: str
    municipality: str | None
    name: str


class TrainingSummary(View):
    """研修: what everybody in the group is told; `starts_at_ja` and the fiscal year are Japan's."""

    id: str
    group: str
    title: str
    kind: TrainingKind
    starts_at: datetime
    starts_at_ja: str
    fiscal_year: int
    place: str | None
    url: str | None
    capacity: int | None
    registered: int
    places_left: int | None
    announced_at: datetime


class TrainingView(TrainingSummary):
    """研修の詳細: with the registrations that the reader may see (its member's own; the coordinator sees all).

    `members_without` is null for anybody but the coordinator.
    """

    registrations: list[RegistrationView]
    members_without: list[MemberName] | None
