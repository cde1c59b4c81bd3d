"""Reachability tests: a member's own, and the coordinator's board."""

from agreements.errors import GroupNotFound, MemberNotFound
from foundation.calls import Call
from foundation.operations import operation
from readiness import permissions
from readiness.reachability import actions, queries
from readiness.reachability.errors import NobodyToTest, TestRunning
from readiness.reachability.schemas import GroupScoresView, StandingView, TestView


@operation(
    "GET",
    "/reachability/{code}",
    permission=permissions.SEE_REACHABILITY,
    returns=StandingView,
    problems=[MemberNotFound],
)
async def read_reachability(call: Call, code: str) -> StandingView:
    """自団体の連絡手段の確認の結果を見る (which channels of one's own contacts were acknowledged)."""
    return await call.database.read(queries.read_standing, call.actor, code)


@operation(
    "POST",
    "/reachability/{code}/tests",
    permission=permissions.TEST_REACHABILITY,
    returns=TestView,
    status=201,
    problems=[MemberNotFound, TestRunning, NobodyToTest],
)
async def start_reachability_test(call: Call, code: str) -> TestView:
    """連絡手段の確認を始める。協定担当者のメールとSMSのすべてに送る (send to every channel; each is acknowledged)."""
    return await call.database.write(actions.start, call.actor, code)


@operation(
    "GET",
    "/groups/{group}/reachability",
    permission=permissions.WATCH_REACHABILITY,
    returns=GroupScoresView,
    problems=[GroupNotFound],
)
async def list_reachability(call: Call, group: str) -> GroupScoresView:
    """構成団体の連絡手段の確認の得点を見る (scores alone, no names or numbers)."""
    return await call.database.read(queries.list_scores, call.actor, group)
