"""Agreement groups over the API."""

from agreements import permissions
from agreements.errors import BadStep, GroupEnded, GroupNotFound, MemberLeft, MemberNotFound, NotReadyForForce
from agreements.groups import actions, queries
from agreements.groups.schemas import (
    CoordinatorDraft,
    GroupChange,
    GroupDraft,
    GroupView,
    StepDraft,
    VersionDraft,
    VersionView,
)
from foundation.calls import Call
from foundation.operations import operation
from foundation.paging import Page, PageQuery
from foundation.problems import Stale


@operation("GET", "/groups", permission=permissions.SEE, query=PageQuery, returns=Page[GroupView])
async def list_groups(call: Call, query: PageQuery) -> Page[GroupView]:
    """協定グループの一覧 (the agreement groups one has a part in)."""
    return await call.database.read(queries.list_groups, call.actor, query.cursor)


@operation(
    "POST",
    "/groups",
    permission=permissions.FOUND,
    body=GroupDraft,
    returns=GroupView,
    status=201,
    problems=[MemberNotFound],
)
async def create_group(call: Call, draft: GroupDraft) -> GroupView:
    """協定グループを作る (create an agreement group)."""
    return await call.database.write(actions.create, call.actor, draft)


@operation("GET", "/groups/{group}", permission=permissions.SEE, returns=GroupView, problems=[GroupNotFound])
async def read_group(call: Call, group: str) -> GroupView:
    """協定グループを見る (read an agreement group)."""
    return await call.database.read(queries.read_group, call.actor, group)


@operation(
    "PATCH",
    "/groups/{group}",
    permission=permissions.COORDINATE,
    body=GroupChange,
    returns=GroupView,
    problems=[GroupNotFound, GroupEnded, Stale],
)
async def change_group(call: Call, group: str, change: GroupChange) -> GroupView:
    """協定グループの名称・目的を変える (change a group's name or purpose)."""
    return await call.database.write(actions.change, call.actor, group, change, call.if_match)


@operation(
    "POST",
    "/groups/{group}/status",
    permission=permissions.COORDINATE,
    body=StepDraft,
    returns=GroupView,
    problems=[GroupNotFound, BadStep, NotReadyForForce],
)
async def step_group(call: Call, group: str, step: StepDraft) -> GroupView:
    """協定グループを次の段階へ進める (lead a group to the next stage)."""
    return await call.database.write(actions.step, call.actor, group, step)


@operation(
    "PUT",
    "/groups/{group}/coordinator",
    permission=permissions.HAND_OVER,
    body=CoordinatorDraft,
    returns=GroupView,
    problems=[GroupNotFound, MemberNotFound, MemberLeft, GroupEnded],
)
async def change_coordinator(call: Call, group: str, coordinator: CoordinatorDraft) -> GroupView:
    """幹事を交代する (change the coordinator and its deputies)."""
    return await call.database.write(actions.hand_over, call.actor, group, coordinator)


@operation(
    "GET",
    "/groups/{group}/versions",
    permission=permissions.SEE,
    query=PageQuery,
    returns=Page[VersionView],
    problems=[GroupNotFound],
)
async def list_versions(call: Call, group: str, query: PageQuery) -> Page[VersionView]:
    """協定書の版の一覧 (the versions of the agreement's text, with terms)."""
    return await call.database.read(queries.list_versions, call.actor, group, query.cursor)


@operation(
    "POST",
    "/groups/{group}/versions",
    permission=permissions.COORDINATE,
    body=VersionDraft,
    returns=VersionView,
    status=201,
    problems=[GroupNotFound, GroupEnded],
)
async def add_version(call: Call, group: str, draft: VersionDraft) -> VersionView:
    """協定書の版を登録する (add a version of the agreement's text, with terms)."""
    return await call.database.write(actions.add_version, call.actor, group, draft)
