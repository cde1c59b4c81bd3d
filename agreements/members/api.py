"""A group's members over the API."""

from agreements import permissions
from agreements.errors import (
    AlreadyMember,
    CoordinatorStays,
    GroupEnded,
    GroupNotFound,
    KindDiffers,
    MemberLeft,
    MemberNotFound,
)
from agreements.members import actions, queries
from agreements.members.schemas import DepartureDraft, MemberDraft, MemberView, SignatureDraft
from foundation.calls import Call
from foundation.operations import operation
from foundation.paging import Page, PageQuery


@operation(
    "GET",
    "/groups/{group}/members",
    permission=permissions.SEE,
    query=PageQuery,
    returns=Page[MemberView],
    problems=[GroupNotFound],
)
async def list_members(call: Call, group: str, query: PageQuery) -> Page[MemberView]:
    """構成団体の一覧 (the members of a group)."""
    return await call.database.read(queries.list_members, call.actor, group, query.cursor)


@operation(
    "POST",
    "/groups/{group}/members",
    permission=permissions.COORDINATE,
    body=MemberDraft,
    returns=MemberView,
    status=201,
    problems=[GroupNotFound, MemberNotFound, AlreadyMember, KindDiffers, GroupEnded],
)
async def add_member(call: Call, group: str, draft: MemberDraft) -> MemberView:
    """構成団体を追加する (invite a member, associate, prefecture or provider)."""
    return await call.database.write(actions.add, call.actor, group, draft)


@operation(
    "GET",
    "/groups/{group}/members/{code}",
    permission=permissions.SEE,
    returns=MemberView,
    problems=[GroupNotFound, MemberNotFound],
)
async def read_member(call: Call, group: str, code: str) -> MemberView:
    """構成団体を見る (a member's part in a group)."""
    return await call.database.read(queries.read_member, call.actor, group, code)


@operation(
    "POST",
    "/groups/{group}/members/{code}/signature",
    permission=permissions.TEND,
    body=SignatureDraft,
    returns=MemberView,
    problems=[GroupNotFound, MemberNotFound, MemberLeft, GroupEnded],
)
async def sign_agreement(call: Call, group: str, code: str, draft: SignatureDraft) -> MemberView:
    """協定の締結を記録する (keep that a member has signed)."""
    return await call.database.write(actions.sign, call.actor, group, code, draft)


@operation(
    "POST",
    "/groups/{group}/members/{code}/departure",
    permission=permissions.TEND,
    body=DepartureDraft,
    returns=MemberView,
    problems=[GroupNotFound, MemberNotFound, MemberLeft, CoordinatorStays, GroupEnded],
)
async def leave_group(call: Call, group: str, code: str, draft: DepartureDraft) -> MemberView:
    """協定からの脱退を記録する (keep that a member leaves)."""
    return await call.database.write(actions.leave, call.actor, group, code, draft)
