"""Where a member without a policy begins: one step after another, so that nobody is sent away."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from readiness.security.lifecycle import Lack, PolicyStage


@dataclass(frozen=True, slots=True)
class Hint:
    """次の一歩: something to do next, known by its code."""

    code: str
    ja: str
    en: str


STATE = Hint(
    "state",
    "情報セキュリティポリシーがあるかどうかを登録してください。なくてもかまいません。ここから始めます。",
    "State whether there is an information-security policy. None is fine: this is where it begins.",
)
NAME = Hint(
    "name",
    "策定の責任者を決め、幹事か、すでに策定した団体に手本を頼んでください。",
    "Name who is responsible, and ask the coordinator or a member that has one for a model.",
)
SCOPE = Hint(
    "scope",
    "まず3つだけ決めてください: 一人一ID、パスワードを教え合わない、離席と交代のときの操作。",
    "Settle three things first: one ID for each person, no shared passwords, what to do on leaving the seat.",
)
DRAFT = Hint("draft", "書き始めたら「策定中」にしてください。", "Once you have begun to write, state it as drafting.")
ADOPT = Hint(
    "adopt",
    "首長か責任者の決裁を受けたら「策定済み」にし、策定日と次の見直し日を登録してください。",
    "Once it is approved, state it as adopted, with its date and the next revision.",
)
DUE = Hint("due", "次の見直し日を決めてください（1年以内を目安）。", "Set the next revision, within a year or so.")
REVISE = Hint(
    "revise",
    "見直し日を過ぎています。変更がなくても確かめ、見直した日を登録してください。",
    "The revision is overdue. Look through it, and note the day even where nothing changes.",
)
READ = Hint("read", "担当者全員に読んでもらい、各自が記録してください。", "Let everybody read it and note it.")
LACKS = {
    Lack.NOT_STATED: Hint("not_stated", "ポリシーの有無が未登録です。", "Nothing is stated on the policy."),
    Lack.NO_POLICY: Hint("no_policy", "ポリシーがまだありません。", "There is no policy yet."),
    Lack.POLICY_IN_DRAFT: Hint("policy_in_draft", "ポリシーは策定中です。", "The policy is being drafted."),
    Lack.REVISION_OVERDUE: Hint("revision_overdue", "ポリシーの見直し日を過ぎています。", "Its revision is overdue."),
    Lack.NOT_STARTED: Hint("not_started", "自己点検を始めていません。", "The self-check has not begun."),
    Lack.NOT_FINISHED: Hint("not_finished", "自己点検票が完了していません。", "The self-check is not finished."),
    Lack.CHECK_FIRST: Hint("check_first", "先に自己点検票を完了してください。", "Finish the self-check first."),
    Lack.NOT_AUDITED: Hint("not_audited", "監査が終わっていません。", "The audit is not concluded."),
    Lack.AUDIT_FIRST: Hint("audit_first", "先に監査を終えてください。", "Conclude the audit first."),
    Lack.NOT_REVIEWED: Hint("not_reviewed", "見直しを登録していません。", "The review is not written."),
    Lack.NOT_APPROVED: Hint("not_approved", "承認者が見直しを承認していません。", "No approver has signed it."),
    Lack.NO_TRAINING: Hint("no_training", "研修を結び付けていません。", "No training is linked."),
    Lack.NOBODY_ATTENDED: Hint("nobody_attended", "研修の出席の記録がありません。", "Nobody has attended yet."),
}
"""What is said of each lack."""


def next_steps(stage: PolicyStage | None, revision_due_on: date | None, today: date) -> list[Hint]:
    """Return what a member does next about its policy, the first thing first."""
    return list(_steps(stage, revision_due_on, today))


def _steps(stage: PolicyStage | None, revision_due_on: date | None, today: date) -> Iterator[Hint]:
    if stage is None:
        yield STATE
    elif stage is PolicyStage.NONE:
        yield from (NAME, SCOPE, DRAFT)
    elif stage is PolicyStage.DRAFTING:
        yield from (SCOPE, ADOPT)
    else:
        if revision_due_on is None:
            yield DUE
        elif revision_due_on < today:
            yield REVISE
        yield READ
