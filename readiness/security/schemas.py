"""What goes in and out at the operations of the security cycle."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from foundation.fields import Day, Line, Paragraph, Ref, Schema, Statement, View
from foundation.paging import PageQuery
from readiness.security.lifecycle import FindingSeverity, FindingState, PolicyStage, Step
from readiness.security.models import SheetKind
from readiness.security.questions import CheckMark, Question


def _number(value: object) -> object:
    """A query holds text."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else value


Year = Annotated[int, Field(ge=2000, le=2098), BeforeValidator(_number)]
"""A fiscal year (年度), April to March, by the year in which it begins."""


class YearQuery(PageQuery):
    """年度の指定: all years unless said."""

    fiscal_year: Year | None = None


class StatusQuery(Schema):
    """年度の指定: the present fiscal year unless said."""

    fiscal_year: Year | None = None


class FindingQuery(YearQuery):
    """指摘の絞り込み: by fiscal year and state."""

    state: FindingState | None = None


class PolicyDraft(Schema):
    """ポリシーの登録: the days are needed once it is adopted; `kept_at` is where people find it."""

    stage: PolicyStage
    made_on: Day | None = None
    revised_on: Day | None = None
    revision_due_on: Day | None = None
    kept_at: Line | None = None
    note: Paragraph | None = None


class SelfCheckDraft(Schema):
    """自己点検の開始: of the year, or in between (`title` says why); from April 1 unless said."""

    fiscal_year: Year
    kind: SheetKind = SheetKind.YEARLY
    title: Line | None = None
    since_on: Day | None = None


class CheckAnswerDraft(Schema):
    """自己点検の回答: a comment is needed for △ and ×, and where it is better than the numbers."""

    mark: CheckMark
    comment: Paragraph | None = None


class FindingDraft(Schema):
    """指摘の登録: `owner` is the person who puts it right by `due_on`."""

    fiscal_year: Year
    text: Statement
    severity: FindingSeverity
    owner: Ref
    due_on: Day
    sheet: Ref | None = None
    question: Question | None = None


class CompletionDraft(Schema):
    """対応の報告: what was done, and by what it can be seen (a document's number, a place, a link)."""

    note: Statement
    evidence: Line


class SecurityNote(Schema):
    """理由・意見: in whole sentences."""

    note: Statement


class TrainingLink(Schema):
    """研修の結び付け: a training of one of the member's groups."""

    training: Ref


class HintView(View):
    """次の一歩: a code, and its words in the reader's language."""

    code: str
    text: str


class PolicyView(View):
    """情報セキュリティポリシー: null stage: nothing was ever stated. `readers` have read the version in force."""

    member: str
    stage: PolicyStage | None
    made_on: date | None
    revised_on: date | None
    revision_due_on: date | None
    kept_at: str | None
    note: str | None
    stated_by: str | None
    stated_at: datetime | None
    readers: int
    people: int
    next_steps: list[HintView]


class ReadingView(View):
    """ポリシーの確認: that a person has read the version of a day."""

    person: str
    edition_on: date
    read_at: datetime


class CheckAnswerView(View):
    """設問と回答: `numbers` and `suggested` come from the record, `mark` and `comment` from a named person."""

    question: Question
    text: str
    numbers: dict[str, int]
    found: str
    suggested: CheckMark | None
    mark: CheckMark | None
    comment: str | None
    answered_by: str | None
    answered_by_name: str | None
    answered_at: datetime | None


class SelfCheckSummary(View):
    """自己点検票: its period (days in Japan) and how many questions are answered."""

    id: str
    member: str
    fiscal_year: int
    kind: SheetKind
    title: str | None
    since_on: date
    until_on: date
    filled_at: datetime
    answered: int
    questions: int
    started_by: str
    started_at: datetime
    finished_by: str | None
    finished_at: datetime | None


class SelfCheckView(SelfCheckSummary):
    """自己点検票の全体: with every question."""

    answers: list[CheckAnswerView]


class SelfChecksView(View):
    """自己点検票の一覧."""

    items: list[SelfCheckSummary]
    next: str | None = None


class FindingView(View):
    """指摘: `is_overdue` is told by the day in Japan."""

    id: str
    member: str
    fiscal_year: int
    sheet: str | None
    question: Question | None
    text: str
    severity: FindingSeverity
    owner: str
    owner_name: str
    due_on: date
    state: FindingState
    is_overdue: bool
    raised_by: str
    raised_at: datetime
    done_by: str | None
    done_at: datetime | None
    done_note: str | None
    evidence: str | None
    returned_note: str | None
    accepted_by: str | None
    accepted_at: datetime | None


class StepView(View):
    """段階の状況: done by whom and when, or what it lacks."""

    step: Step
    name: str
    is_done: bool
    done_at: datetime | None
    done_by: str | None
    done_by_name: str | None
    lacks: list[HintView]


class FindingCounts(View):
    """指摘の件数: `overdue` are among the open ones."""

    open: int
    overdue: int
    done: int
    accepted: int


class CycleView(View):
    """管理サイクル: how the five steps of a fiscal year stand."""

    member: str
    fiscal_year: int
    name: str
    steps: list[StepView]
    findings: FindingCounts
    opinion: str | None
    review: str | None
    is_closed: bool
    trainings: list[str]


class StepDoneView(View):
    """段階の済否: what a coordinator is told of a step."""

    step: Step
    is_done: bool
    done_on: date | None


class MemberStatusView(View):
    """団体の状況: which steps are done and since when; nothing of what was found."""

    member: str
    municipality: str | None
    name: str
    steps: list[StepDoneView]


class GroupStatusView(View):
    """グループの状況: all members bound by the agreement, in a fiscal year."""

    fiscal_year: int
    items: list[MemberStatusView]
