"""The year of information security: five steps in a circle, and what becomes of a finding.

The circle is the one that the ministry asked of municipalities after resident data had been sold from a city office:
correct handling, self-check, audit, review, training.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

AGAIN = timedelta(days=30)
"""After which an overdue finding is reminded of once more: often enough not to be forgotten, no more than needed."""


class Step(StrEnum):
    """管理サイクルの段階: what a member does in each fiscal year, in this order."""

    CONDUCT = "conduct"
    SELF_CHECK = "self_check"
    AUDIT = "audit"
    REVIEW = "review"
    TRAINING = "training"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Step.CONDUCT: "正規取扱",
    Step.SELF_CHECK: "自己点検",
    Step.AUDIT: "監査",
    Step.REVIEW: "見直し",
    Step.TRAINING: "研修",
}


class PolicyStage(StrEnum):
    """ポリシーの策定段階: whether a member has an information-security policy."""

    NONE = "none"
    DRAFTING = "drafting"
    ADOPTED = "adopted"

    @property
    def label(self) -> str:
        return {"none": "未策定", "drafting": "策定中", "adopted": "策定済み"}[self.value]


class Lack(StrEnum):
    """不足: what a step still lacks."""

    NOT_STATED = "not_stated"
    NO_POLICY = "no_policy"
    POLICY_IN_DRAFT = "policy_in_draft"
    REVISION_OVERDUE = "revision_overdue"
    NOT_STARTED = "not_started"
    NOT_FINISHED = "not_finished"
    CHECK_FIRST = "check_first"
    NOT_AUDITED = "not_audited"
    AUDIT_FIRST = "audit_first"
    NOT_REVIEWED = "not_reviewed"
    NOT_APPROVED = "not_approved"
    NO_TRAINING = "no_training"
    NOBODY_ATTENDED = "nobody_attended"


class FindingSeverity(StrEnum):
    """指摘の重要度: how much harm what was found could do."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def label(self) -> str:
        return {"high": "重大", "medium": "中", "low": "軽微"}[self.value]


class FindingState(StrEnum):
    """指摘の状態: open, reported as done, or accepted by the auditor."""

    OPEN = "open"
    DONE = "done"
    ACCEPTED = "accepted"

    @property
    def label(self) -> str:
        return {"open": "対応中", "done": "対応済み（確認待ち）", "accepted": "確認済み"}[self.value]


class FindingAct(StrEnum):
    """指摘の操作: what is done about a finding."""

    COMPLETE = "complete"
    ACCEPT = "accept"
    RETURN = "return"


STEPS: Mapping[FindingAct, tuple[FindingState, FindingState]] = {
    FindingAct.COMPLETE: (FindingState.OPEN, FindingState.DONE),
    FindingAct.ACCEPT: (FindingState.DONE, FindingState.ACCEPTED),
    FindingAct.RETURN: (FindingState.DONE, FindingState.OPEN),
}
"""From which state each act leads to which."""


@dataclass(frozen=True, slots=True)
class Done:
    """済み: when a step was completed, and by which person (None: by nobody in particular)."""

    at: datetime
    by: str | None


@dataclass(frozen=True, slots=True)
class YearFacts:
    """年度の事実: what one member has done in one fiscal year.

    `stated` is the newest statement on the policy, `check` the finished yearly sheet. `attended` is when the first
    of the linked trainings was held that somebody of the member came to.
    """

    stated: Done | None = None
    stage: PolicyStage | None = None
    revision_due_on: date | None = None
    is_check_started: bool = False
    check: Done | None = None
    audit: Done | None = None
    review: Done | None = None
    approval: Done | None = None
    has_approver: bool = False
    trainings: int = 0
    attended: Done | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """段階の状況: one step, by whom it was completed and when, or else what it lacks."""

    step: Step
    done: Done | None
    lacks: tuple[Lack, ...]


def standings(facts: YearFacts, on: date) -> tuple[Standing, ...]:
    """Return how the five steps stand on a day (of the year, or its last): done, or with what is lacking."""
    completed = {
        Step.CONDUCT: facts.stated,
        Step.SELF_CHECK: facts.check,
        Step.AUDIT: facts.audit,
        Step.REVIEW: facts.approval or facts.review,
        Step.TRAINING: facts.attended,
    }
    lacking = {step: tuple(_lacks(step, facts, on)) for step in Step}
    return tuple(Standing(step, None if lacking[step] else completed[step], lacking[step]) for step in Step)


def finding_after(state: FindingState, act: FindingAct) -> FindingState | None:
    """Return how a finding stands after an act; None where the act does not follow from how it stands."""
    before, after = STEPS[act]
    return after if state is before else None


def is_overdue(state: FindingState, due_on: date, today: date) -> bool:
    """Tell whether something was to be done by now: the due day itself is still in time."""
    return state is FindingState.OPEN and today > due_on


def reminded_on(due_on: date, today: date) -> date:
    """Return the next day on which a finding that stays open is reminded of."""
    first = due_on + timedelta(days=1)
    return first if first > today else today + AGAIN


def first_day(year: int) -> date:
    """Return the day on which a fiscal year begins."""
    return date(year, 4, 1)


def last_day(year: int) -> date:
    """Return the day on which a fiscal year ends."""
    return date(year + 1, 3, 31)


def _lacks(step: Step, facts: YearFacts, on: date) -> Iterator[Lack]:
    if step is Step.CONDUCT:
        yield from _lacks_of_policy(facts, on)
    elif step is Step.SELF_CHECK and facts.check is None:
        yield Lack.NOT_FINISHED if facts.is_check_started else Lack.NOT_STARTED
    elif step is Step.AUDIT and facts.audit is None:
        yield Lack.NOT_AUDITED if facts.check else Lack.CHECK_FIRST
    elif step is Step.REVIEW and facts.review is None:
        yield Lack.NOT_REVIEWED if facts.audit else Lack.AUDIT_FIRST
    elif step is Step.REVIEW and facts.approval is None and facts.has_approver:
        yield Lack.NOT_APPROVED
    elif step is Step.TRAINING and facts.attended is None:
        yield Lack.NOBODY_ATTENDED if facts.trainings else Lack.NO_TRAINING


def _lacks_of_policy(facts: YearFacts, on: date) -> Iterator[Lack]:
    if facts.stated is None or facts.stage is None:
        yield Lack.NOT_STATED
    elif facts.stage is PolicyStage.NONE:
        yield Lack.NO_POLICY
    elif facts.stage is PolicyStage.DRAFTING:
        yield Lack.POLICY_IN_DRAFT
    elif facts.revision_due_on is not None and facts.revision_due_on < on:
        yield Lack.REVISION_OVERDUE
