"""What goes in and out at the operations on emergency accesses."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from aid.emergency_access.lifecycle import LONGEST, SHORTEST, USUAL, AccessState, Ending, Opening
from foundation.fields import Line, Ref, Schema, Statement, View
from foundation.paging import PageQuery

Reason = Annotated[Line, StringConstraints(min_length=10)]
"""Why it must be read now: words that the owner can judge afterwards."""


class UndertakingView(View):
    """誓約: the text that is accepted on the spot, with its number."""

    version: int
    text: str


class AccessDraft(Schema):
    """緊急閲覧の申請: by which commitment, why, for how many minutes; `undertaking` is the text that was accepted."""

    commitment: Ref
    reason: Reason
    undertaking: Annotated[int, Field(ge=1, le=1000)]
    minutes: Annotated[int, Field(ge=SHORTEST, le=LONGEST)] = USUAL


class ReviewDraft(Schema):
    """緊急閲覧の点検: what was found."""

    note: Statement


class AccessQuery(PageQuery):
    """緊急閲覧の絞り込み: those that go on, or those that wait for their review."""

    is_live: bool | None = None
    is_to_review: bool | None = None


class AccessView(View):
    """緊急閲覧: how it stands. The note of the review is for the owner and the coordinators, null for others."""

    id: str
    group: str
    incident: str
    commitment: str
    owner: str
    owner_name: str
    member: str
    member_name: str
    person: str
    person_name: str
    reason: str
    undertaking: int
    minutes: int
    state: AccessState
    state_name: str
    asked_at: datetime
    opens_at: datetime
    opening: Opening | None
    confirmed_by_member: str | None
    opened_at: datetime | None
    until_at: datetime | None
    ending: Ending | None
    ended_at: datetime | None
    review_due_at: datetime | None
    is_overdue: bool
    reviewed_at: datetime | None
    review_note: str | None
