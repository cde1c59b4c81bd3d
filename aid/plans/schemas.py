"""What goes in and out about plans."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from aid.requests.schemas import StandInView
from foundation.fields import Quantity, Ref, Schema, Statement, View


class RuleKind(StrEnum):
    """指示の種類: ask this partner for this line in any case, never ask it, or plan at another priority."""

    PIN = "pin"
    FORBID = "forbid"
    PRIORITY = "priority"

    @property
    def label(self) -> str:
        return {"pin": "この団体に照会する", "forbid": "この団体には照会しない", "priority": "順番を変える"}[
            self.value
        ]


class HoldDraft(Schema):
    """自動照会の保留の入力: with `is_held` rounds only suggest; a reason is kept in any case."""

    is_held: bool
    reason: Statement


class RuleDraft(Schema):
    """計画への指示の入力: pin and forbid name a line and a partner, priority a number from 1 (first) to 4."""

    kind: RuleKind
    line: Ref | None = None
    member: Ref | None = None
    quantity: Quantity | None = None
    priority: int | None = Field(default=None, ge=1, le=4)
    reason: Statement


class RuleView(View):
    """計画への指示: a decision of people that every round keeps to."""

    id: str
    kind: RuleKind
    label: str
    request: str
    line: str | None
    member: str | None
    municipality: str | None
    name: str | None
    quantity: int | None
    priority: int | None
    reason: str
    made_at: datetime
    ended_at: datetime | None


class PlanAskView(View):
    """照会の案: a partner, the units, the chance in percent that it says yes in time, and what became of it.

    `instead` is what would stand in for the kind that the line asks for.
    """

    member: str
    municipality: str | None
    name: str
    quantity: int
    chance: int
    is_pinned: bool
    instead: StandInView | None
    state: str
    text: str


class PlanLineView(View):
    """品目の見通し: `certainty` in percent that it will be covered by what is asked; `text` says why it is short."""

    request: str
    number: str
    requester: str
    requester_name: str
    line: str
    kind: str
    name_ja: str
    name_en: str
    unit: str
    priority: int
    filed_priority: int
    needed: int
    certainty: int
    short: int
    cause: str | None
    text: str | None
    asks: list[PlanAskView]


class PriceView(View):
    """不足の度合い: for which priority one more unit of a kind would make a difference, in words."""

    kind: str
    name_ja: str
    name_en: str
    priority: int
    text: str


class ExpectedView(View):
    """見込み: units of urgent requests that hit members are expected to file yet; nothing is sent for them."""

    kind: str
    name_ja: str
    name_en: str
    unit: str
    units: float


class PlanView(View):
    """計画: the last round over all open requests of a group, as far as the reader is concerned."""

    incident: str
    group: str
    is_on: bool
    planning_from: int
    is_held: bool
    held_at: datetime | None
    hold_reason: str | None
    round: int | None
    made_at: datetime | None
    next_at: datetime | None
    is_optimal: bool | None
    asked: int
    dropped: int
    may_decide: bool
    lines: list[PlanLineView]
    prices: list[PriceView]
    expected: list[ExpectedView]
    rules: list[RuleView]
    version: int
