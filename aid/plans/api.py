"""The operations on plans."""

from agreements.errors import NoTerms
from aid import permissions
from aid.plans import actions, errors, queries
from aid.plans.schemas import HoldDraft, PlanView, RuleDraft, RuleView
from aid.requests.errors import RequestEnded
from foundation.calls import Call
from foundation.operations import operation
from foundation.problems import Stale


@operation(
    "GET",
    "/incidents/{incident}/groups/{group}/plan",
    permission=permissions.SEE_PLAN,
    returns=PlanView,
    problems=[errors.PlanNotFound, NoTerms],
)
async def read_plan(call: Call, incident: str, group: str) -> PlanView:
    """計画を見る: 照会の案、不足とその理由 (the plan over all open requests; a requester sees its own part)."""
    return await call.database.read(queries.read, call.actor, incident, group, call.language)


@operation(
    "PUT",
    "/incidents/{incident}/groups/{group}/plan/hold",
    permission=permissions.COORDINATE,
    body=HoldDraft,
    returns=PlanView,
    problems=[errors.PlanNotFound, errors.PlanningNotBegun, NoTerms, Stale],
)
async def hold_plan(call: Call, incident: str, group: str, draft: HoldDraft) -> PlanView:
    """自動の照会を保留・再開する (put the asking on hold, or let it go on)."""
    view = await call.database.write(actions.hold, call.actor, incident, group, draft, call.if_match, call.language)
    call.state.wake()
    return view


@operation(
    "POST",
    "/requests/{request}/plan-rules",
    permission=permissions.COORDINATE,
    body=RuleDraft,
    returns=RuleView,
    status=201,
    problems=[errors.PlanningNotBegun, errors.RuleStands, RequestEnded],
)
async def add_plan_rule(call: Call, request: str, draft: RuleDraft) -> RuleView:
    """計画に指示する: 照会先の指定・除外、順番 (pin or forbid a partner, or plan a request at another priority)."""
    view = await call.database.write(actions.add_rule, call.actor, request, draft)
    call.state.wake()
    return view


@operation(
    "DELETE",
    "/requests/{request}/plan-rules/{rule}",
    permission=permissions.COORDINATE,
    returns=RuleView,
    problems=[errors.PlanningNotBegun, errors.RuleNotFound],
)
async def end_plan_rule(call: Call, request: str, rule: str) -> RuleView:
    """計画への指示を取り消す (end a rule; the next round does without it)."""
    view = await call.database.write(actions.end_rule, call.actor, request, rule)
    call.state.wake()
    return view
