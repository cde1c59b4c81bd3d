"""Receipts, the state of reaching partners, the telephone list and its calls as they are sent in and shown."""

from datetime import datetime

from pydantic import Field

from agreements.models import ChannelKind
from aid.escalation.lifecycle import CallOutcome
from aid.reaching import Standing, Why
from foundation.fields import Paragraph, Ref, Schema, View
from notifications.events import DeliveryStatus
from notifications.gateways.base import Channel


class ReceiptDraft(Schema):
    """受領: that a member knows of a request and will answer later."""

    municipality: Ref


class AskView(View):
    """照会の状態: how a partner stands that was asked; `again_at` is when it is asked again."""

    request: str
    municipality: str | None
    member: str
    name: str
    standing: Standing
    received_at: datetime | None
    answered_at: datetime | None
    again_at: datetime | None
    repeats: int


class ReasonView(View):
    """未達の理由: a sentence with the code it was made of."""

    code: Why
    facts: dict[str, str]
    text: str


class TriedView(View):
    """試した連絡: one message, how far it came, and why not further."""

    channel: Channel
    status: DeliveryStatus
    attempts: int
    raised_at: datetime
    finished_at: datetime | None
    reason: ReasonView | None


class ReachedView(AskView):
    """到達状況: a partner that was asked, with everything that was tried; `reasons` say why it is not reached."""

    wave: int
    asked_at: datetime
    stood_down_at: datetime | None
    unreachable_at: datetime | None
    text: str
    reasons: list[ReasonView]
    tried: list[TriedView]


class ReachCounts(View):
    """到達状況の数: how many partners are in which state."""

    not_reached: int
    handed_over: int
    reached: int
    received: int
    answered: int


class ReachView(View):
    """到達状況の一覧: who has not been reached, and why, first."""

    counts: ReachCounts
    items: list[ReachedView]
    next: str | None


class NumberView(View):
    """電話番号: one way to telephone a partner, and whose it is."""

    kind: ChannelKind
    number: str
    name: str
    is_desk: bool
    function: str | None
    order: int | None
    note: str | None


class CallDraft(Schema):
    """架電の記録: what came of a call; `calling` before it keeps others from telephoning at the same time."""

    outcome: CallOutcome = Field(strict=False)
    note: Paragraph | None = None


class CallView(View):
    """架電: one call to a partner. `is_going_on`: somebody is on the telephone with it now."""

    id: str
    member: str
    outcome: CallOutcome
    text: str
    note: str | None
    called_at: datetime
    called_by: str | None
    called_by_name: str | None
    called_by_member: str | None
    is_going_on: bool


class TelephoneView(View):
    """電話連絡先: a partner to be telephoned, in its rank, with what was tried so far."""

    place: int
    municipality: str | None
    member: str
    name: str
    standing: Standing
    text: str
    received_at: datetime | None
    numbers: list[NumberView]
    tried: list[TriedView]
    calls: list[CallView]


class TelephoneListView(View):
    """電話連絡の一覧: `is_due` once everybody was asked and something is lacking all the same."""

    is_due: bool
    count: int
    items: list[TelephoneView]
    next: str | None
