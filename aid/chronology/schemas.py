"""What goes in and out about the chronology."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import StringConstraints

from aid.lifecycle import Lane
from foundation.fields import Moment, Paragraph, Ref, Schema, View
from foundation.paging import PageQuery

NOT_BLANK = r"[^\s\u3000]"


class EntryDraft(Schema):
    """手書きの記入: `at` is when it happened (now unless said), `group` whose members read it."""

    lane: Lane
    text: Annotated[Paragraph, StringConstraints(min_length=1, pattern=NOT_BLANK)]
    at: Moment | None = None
    group: Ref | None = None


class ChronologyQuery(PageQuery):
    """クロノロジーの絞り込み: one lane, one request; `latest` gives the last page instead of the first."""

    lane: Lane | None = None
    request: Ref | None = None
    latest: bool = False


class EntryView(View):
    """クロノロジーの記入: `by` is the member that acted, `by_person` its person where the reader shares a group.

    `member` and `municipality` say whom the entry is about.
    """

    id: str
    number: int
    at: datetime
    lane: Lane
    text: str
    code: str | None
    facts: dict[str, Any]
    by: str
    by_person: str | None
    automatic: bool
    group: str | None
    request: str | None
    member: str | None
    municipality: str | None
