"""The record as its readers see it."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from foundation.audit import AuditNumber
from foundation.fields import Line, Moment, Ref, Schema, View

Subject = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9_:-]+$")]
"""What was acted on: `kind:ID`."""


class ExportFormat(StrEnum):
    """書出しの形式: CSV for people, JSON lines with all that a hash covers for checking."""

    CSV = "csv"
    JSONL = "jsonl"


class RecordFilter(Schema):
    """監査記録の絞り込み: acts that begin with `act`, on one subject, by one person, between two instants.

    `number` is that of a watermark.
    """

    act: Line | None = None
    subject: Subject | None = None
    actor: Ref | None = None
    since: Moment | None = Field(default=None, alias="from")
    until: Moment | None = None
    number: AuditNumber | None = None

    def said(self) -> dict[str, str]:
        """Return what was asked for, as the record of the reading keeps it."""
        return {
            name: str(value) for name, value in self.model_dump(mode="json", by_alias=True, exclude_none=True).items()
        }


class AuditQuery(RecordFilter):
    """監査記録の検索: a page of it; the cursor is the last sequence shown."""

    cursor: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}$")] | None = None


class AuditExportQuery(RecordFilter):
    """監査記録の書出し."""

    format: ExportFormat = ExportFormat.CSV


class DoerView(View):
    """行為者: a person of one's own member by id and name; of somebody else only the member is told."""

    person: str | None
    name: str | None
    member: str | None


class AuditView(View):
    """監査記録の一行: `hash` in hexadecimal digits; how it is made: docs/record.md."""

    sequence: int
    at: Moment
    act: str
    actor: DoerView
    subject: str
    facts: dict[str, Any]
    hash: str
