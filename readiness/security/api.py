"""The operations of the security cycle: policy, self-check, audit, review, training."""

from starlette.responses import Response

from agreements.errors import GroupNotFound, MemberNotFound
from foundation.calls import Call
from foundation.operations import operation
from foundation.paging import Page
from foundation.problems import Problem
from readiness import permissions
from readiness.security import actions, checking, exchange, filling, findings, queries, standing
from readiness.security.errors import (
    AuditConcluded,
    AuditNotConcluded,
    CheckNotFinished,
    FindingNotFound,
    InvalidAnswer,
    InvalidFinding,
    InvalidPolicy,
    InvalidSheet,
    NoPolicyYet,
    OwnWork,
    QuestionNotFound,
    ReviewApproved,
    ReviewNotWritten,
    SheetFinished,
    SheetNotFound,
    Unanswered,
    UnknownTraining,
    WrongFindingState,
    YearClosed,
    YearlyCheckExists,
    YearNotFound,
    YearNotOpen,
)
from readiness.security.schemas import (
    CheckAnswerDraft,
    CompletionDraft,
    CycleView,
    FindingDraft,
    FindingQuery,
    FindingView,
    GroupStatusView,
    PolicyDraft,
    PolicyView,
    ReadingView,
    SecurityNote,
    SelfCheckDraft,
    SelfChecksView,
    SelfCheckView,
    StatusQuery,
    TrainingLink,
    YearQuery,
)

OF_YEAR: list[type[Problem]] = [MemberNotFound, YearNotFound, YearNotOpen]
OF_SHEET: list[type[Problem]] = [MemberNotFound, SheetNotFound]
OF_FINDING: list[type[Problem]] = [MemberNotFound, FindingNotFound, WrongFindingState]


@operation(
    "GET",
    "/security/{code}/policy",
    permission=permissions.SEE_POLICY,
    returns=PolicyView,
    problems=[MemberNotFound],
)
async def read_policy(call: Call, code: str) -> PolicyView:
    """情報セキュリティポリシーの状況を見る (how one's own member stands with its policy, and what to do next)."""
    return await call.database.read(queries.read_policy, call.actor, code, call.language)


@operation(
    "PUT",
    "/security/{code}/policy",
    permission=permissions.KEEP_SECURITY,
    body=PolicyDraft,
    returns=PolicyView,
    problems=[MemberNotFound, InvalidPolicy],
)
async def state_policy(call: Call, code: str, draft: PolicyDraft) -> PolicyView:
    """情報セキュリティポリシーの状況を登録する (state whether there is a policy, and since when)."""
    return await call.database.write(actions.state_policy, call.actor, code, draft, call.language)


@operation(
    "POST",
    "/security/{code}/policy/readings",
    permission=permissions.READ_POLICY,
    returns=ReadingView,
    status=201,
    problems=[MemberNotFound, NoPolicyYet],
)
async def confirm_policy_reading(call: Call, code: str) -> ReadingView:
    """ポリシーを読んだことを記録する (note that one has read the policy in force)."""
    return await call.database.write(actions.confirm_reading, call.actor, code)


@operation(
    "GET",
    "/security/{code}/self-checks",
    permission=permissions.SEE_SECURITY,
    query=YearQuery,
    returns=SelfChecksView,
    problems=[MemberNotFound],
)
async def list_self_checks(call: Call, code: str, query: YearQuery) -> SelfChecksView:
    """自己点検票の一覧 (list one's own member's self-checks)."""
    return await call.database.read(queries.list_self_checks, call.actor, code, query)


@operation(
    "POST",
    "/security/{code}/self-checks",
    permission=permissions.KEEP_SECURITY,
    body=SelfCheckDraft,
    returns=SelfCheckView,
    status=201,
    problems=[MemberNotFound, YearNotOpen, YearlyCheckExists, InvalidSheet],
)
async def start_self_check(call: Call, code: str, draft: SelfCheckDraft) -> SelfCheckView:
    """自己点検を始める (begin a self-check; the record fills in what it knows)."""
    filled = await call.database.read(filling.fill, call.actor, code, draft)
    return await call.database.write(checking.start, call.actor, code, draft, filled, call.language)


@operation(
    "GET",
    "/security/{code}/self-checks/{sheet}",
    permission=permissions.SEE_SECURITY,
    returns=SelfCheckView,
    problems=OF_SHEET,
)
async def read_self_check(call: Call, code: str, sheet: str) -> SelfCheckView:
    """自己点検票を見る (read a self-check with what the record says)."""
    return await call.database.read(queries.read_self_check, call.actor, code, sheet, call.language)


@operation(
    "POST",
    "/security/{code}/self-checks/{sheet}/refill",
    permission=permissions.KEEP_SECURITY,
    returns=SelfCheckView,
    problems=[*OF_SHEET, SheetFinished],
)
async def refill_self_check(call: Call, code: str, sheet: str) -> SelfCheckView:
    """記録から記入し直す (fill an unfinished self-check from the record once more)."""
    filled = await call.database.read(filling.fill_again, call.actor, code, sheet)
    return await call.database.write(checking.refill, call.actor, code, sheet, filled, call.language)


@operation(
    "PUT",
    "/security/{code}/self-checks/{sheet}/answers/{question}",
    permission=permissions.KEEP_SECURITY,
    body=CheckAnswerDraft,
    returns=SelfCheckView,
    problems=[*OF_SHEET, QuestionNotFound, SheetFinished, InvalidAnswer],
)
async def answer_self_check(
    call: Call, code: str, sheet: str, question: str, draft: CheckAnswerDraft
) -> SelfCheckView:
    """自己点検の設問に回答する (answer one question of a self-check)."""
    arguments = (call.actor, code, sheet, question, draft, call.language)
    return await call.database.write(checking.answer, *arguments)


@operation(
    "POST",
    "/security/{code}/self-checks/{sheet}/completion",
    permission=permissions.KEEP_SECURITY,
    returns=SelfCheckView,
    problems=[*OF_SHEET, SheetFinished, Unanswered],
)
async def finish_self_check(call: Call, code: str, sheet: str) -> SelfCheckView:
    """自己点検票を完了する (finish a self-check in one's own name)."""
    return await call.database.write(checking.finish, call.actor, code, sheet, call.language)


@operation(
    "GET",
    "/security/{code}/self-checks/{sheet}/export",
    permission=permissions.SEE_SECURITY,
    media_type="text/csv",
    problems=OF_SHEET,
)
async def export_self_check(call: Call, code: str, sheet: str) -> Response:
    """自己点検票を CSV で出力する (take a self-check out as CSV; the export is recorded)."""
    content = await call.database.disclose(exchange.export, call.actor, code, sheet)
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": 'attachment; filename="self-check.csv"',
        "Cache-Control": "no-store",
    }
    return Response(content, headers=headers)


@operation(
    "GET",
    "/security/{code}/findings",
    permission=permissions.SEE_SECURITY,
    query=FindingQuery,
    returns=Page[FindingView],
    problems=[MemberNotFound],
)
async def list_findings(call: Call, code: str, query: FindingQuery) -> Page[FindingView]:
    """監査の指摘の一覧 (list the findings about one's own member)."""
    return await call.database.read(queries.list_findings, call.actor, code, query)


@operation(
    "POST",
    "/security/{code}/findings",
    permission=permissions.AUDIT_SECURITY,
    body=FindingDraft,
    returns=FindingView,
    status=201,
    problems=[MemberNotFound, YearNotOpen, YearClosed, InvalidFinding],
)
async def raise_finding(call: Call, code: str, draft: FindingDraft) -> FindingView:
    """監査の指摘を登録する (write down what was found, who puts it right and by when)."""
    return await call.database.write(findings.raise_finding, call.actor, code, draft)


@operation(
    "POST",
    "/security/{code}/findings/{finding}/completion",
    permission=permissions.KEEP_SECURITY,
    body=CompletionDraft,
    returns=FindingView,
    problems=OF_FINDING,
)
async def complete_finding(call: Call, code: str, finding: str, draft: CompletionDraft) -> FindingView:
    """指摘への対応を報告する (report that a finding was put right, with evidence)."""
    return await call.database.write(findings.complete, call.actor, code, finding, draft)


@operation(
    "POST",
    "/security/{code}/findings/{finding}/acceptance",
    permission=permissions.AUDIT_SECURITY,
    returns=FindingView,
    problems=[*OF_FINDING, OwnWork],
)
async def accept_finding(call: Call, code: str, finding: str) -> FindingView:
    """指摘への対応を確認済みにする (accept what another person put right)."""
    return await call.database.write(findings.accept, call.actor, code, finding)


@operation(
    "POST",
    "/security/{code}/findings/{finding}/return",
    permission=permissions.AUDIT_SECURITY,
    body=SecurityNote,
    returns=FindingView,
    problems=[*OF_FINDING, OwnWork],
)
async def return_finding(call: Call, code: str, finding: str, draft: SecurityNote) -> FindingView:
    """指摘を差し戻す (give back a finding that is not put right yet, with the reason)."""
    return await call.database.write(findings.give_back, call.actor, code, finding, draft)


@operation(
    "GET",
    "/security/{code}/cycles/{year}",
    permission=permissions.SEE_SECURITY,
    returns=CycleView,
    problems=[MemberNotFound, YearNotFound],
)
async def read_security_cycle(call: Call, code: str, year: str) -> CycleView:
    """年度の管理サイクルを見る (how the five steps of a fiscal year stand: done by whom, or what is missing)."""
    return await call.database.read(standing.read_cycle, call.actor, code, year, call.language)


@operation(
    "POST",
    "/security/{code}/cycles/{year}/audit",
    permission=permissions.AUDIT_SECURITY,
    body=SecurityNote,
    returns=CycleView,
    problems=[*OF_YEAR, CheckNotFinished, AuditConcluded, OwnWork],
)
async def conclude_audit(call: Call, code: str, year: str, draft: SecurityNote) -> CycleView:
    """年度の監査を終える (conclude the year's audit with an opinion)."""
    return await call.database.write(actions.conclude_audit, call.actor, code, year, draft, call.language)


@operation(
    "POST",
    "/security/{code}/cycles/{year}/review",
    permission=permissions.KEEP_SECURITY,
    body=SecurityNote,
    returns=CycleView,
    problems=[*OF_YEAR, AuditNotConcluded, YearClosed],
)
async def write_review(call: Call, code: str, year: str, draft: SecurityNote) -> CycleView:
    """年度の見直しを登録する (write what the year has changed, and close it)."""
    return await call.database.write(actions.write_review, call.actor, code, year, draft, call.language)


@operation(
    "POST",
    "/security/{code}/cycles/{year}/review/approval",
    permission=permissions.APPROVE_SECURITY,
    returns=CycleView,
    problems=[*OF_YEAR, ReviewNotWritten, ReviewApproved, OwnWork],
)
async def approve_review(call: Call, code: str, year: str) -> CycleView:
    """年度の見直しを承認する (sign the year's review as an approver)."""
    return await call.database.write(actions.approve_review, call.actor, code, year, call.language)


@operation(
    "POST",
    "/security/{code}/cycles/{year}/trainings",
    permission=permissions.KEEP_SECURITY,
    body=TrainingLink,
    returns=CycleView,
    problems=[*OF_YEAR, UnknownTraining],
)
async def link_follow_up_training(call: Call, code: str, year: str, draft: TrainingLink) -> CycleView:
    """見直しを受けた研修を結び付ける (name a training as the follow-up of the year)."""
    return await call.database.write(actions.link_training, call.actor, code, year, draft, call.language)


@operation(
    "GET",
    "/groups/{group}/security-status",
    permission=permissions.WATCH_SECURITY,
    query=StatusQuery,
    returns=GroupStatusView,
    problems=[GroupNotFound],
)
async def list_security_status(call: Call, group: str, query: StatusQuery) -> GroupStatusView:
    """構成団体の管理サイクルの済否を見る (which steps each member of the group has done; never what was found)."""
    return await call.database.read(standing.list_status, call.actor, group, query)
