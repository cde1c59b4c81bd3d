"""Offers as they are sent in and shown."""

from datetime import date, datetime

from pydantic import Field

from aid.lifecycle import Decision
from aid.requests.schemas import MOST_LINES, StandInView
from foundation.fields import Count, Day, Moment, Paragraph, Quantity, Ref, Schema, View


class OfferLineDraft(Schema):
    """申出明細: how much of a line (none said: as asked, as far as there is), and how many more if asked."""

    line: Ref
    quantity: Quantity | None = None
    more: Count | None = None


class OfferDraft(Schema):
    """応援申出: a partner's answer. A yes without lines offers all that is asked, as far as it is available."""

    municipality: Ref
    decision: Decision = Field(strict=False)
    reason: Paragraph | None = None
    lines: list[OfferLineDraft] = Field(default_factory=list, max_length=MOST_LINES)
    available_from: Moment | None = None
    until: Day | None = None


class AcceptedLine(Schema):
    """決定明細: how much of an offered line is accepted."""

    line: Ref
    quantity: Quantity


class Acceptance(Schema):
    """応援決定: which lines of an offer are accepted; without lines, all that is offered and still needed."""

    lines: list[AcceptedLine] = Field(default_factory=list, max_length=MOST_LINES)


class OfferLineView(View):
    """申出明細: `instead` says by kind how much of the quantity is something else that stands in for it.

    `stand_ins` say the same in words, for who decides about it.
    """

    line: str
    quantity: int
    more: int | None
    instead: dict[str, int]
    stand_ins: list[StandInView]


class CommitmentView(View):
    """応援決定: an accepted quantity."""

    id: str
    line: str
    quantity: int
    at: datetime


class OfferView(View):
    """応援申出: a partner's answer and what was accepted of it."""

    id: str
    request: str
    municipality: str | None
    member: str
    name: str
    status: str
    reason: str | None
    lines: list[OfferLineView]
    available_from: datetime | None
    until: date | None
    expires_at: datetime | None
    via: str
    made_at: datetime
    commitments: list[CommitmentView]
    version: int


class OfferQuery(Schema):
    """申出の続き."""

    cursor: Ref | None = None
