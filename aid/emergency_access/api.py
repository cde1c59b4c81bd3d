"""Emergency access (緊急閲覧) over HTTP."""

from aid import permissions
from aid.emergency_access import actions, queries
from aid.emergency_access.errors import (
    AccessAlreadyAsked,
    AccessLostGround,
    AccessNotFound,
    IncidentClosed,
    NoCommitmentOfYours,
    NotInTerms,
    NotYoursToEnd,
    NotYoursToReview,
    OwnAccess,
    OwnerHasNotAllowed,
    UndertakingChanged,
    WrongAccessState,
)
from aid.emergency_access.schemas import AccessDraft, AccessQuery, AccessView, ReviewDraft, UndertakingView
from foundation.actor import TWO_FACTORS
from foundation.calls import Call
from foundation.operations import operation
from foundation.paging import Page

ASK_REFUSED = (
    NoCommitmentOfYours,
    IncidentClosed,
    NotInTerms,
    OwnerHasNotAllowed,
    UndertakingChanged,
    AccessAlreadyAsked,
)


@operation("GET", "/emergency-undertaking", permission=permissions.VIEW_INCIDENTS, returns=UndertakingView)
async def read_undertaking(_call: Call) -> UndertakingView:
    """緊急閲覧の誓約 (the text that is accepted before an emergency access)."""
    return actions.undertaking_text()


@operation(
    "GET",
    "/emergency-accesses",
    permission=permissions.SEE_ACCESS,
    query=AccessQuery,
    returns=Page[AccessView],
)
async def list_emergency_accesses(call: Call, query: AccessQuery) -> Page[AccessView]:
    """緊急閲覧の一覧 (the emergency accesses of one's groups; those that wait for their review)."""
    return await call.database.read(queries.listed, call.actor, query)


@operation(
    "POST",
    "/emergency-accesses",
    permission=permissions.ASK_ACCESS,
    assurance=TWO_FACTORS,
    body=AccessDraft,
    returns=AccessView,
    status=201,
    problems=ASK_REFUSED,
)
async def ask_emergency_access(call: Call, draft: AccessDraft) -> AccessView:
    """緊急閲覧を求める (ask to read the inventory of a member to which one has committed aid)."""
    return await call.database.write(actions.ask, call.actor, draft)


@operation(
    "GET",
    "/emergency-accesses/{access}",
    permission=permissions.SEE_ACCESS,
    returns=AccessView,
    problems=[AccessNotFound],
)
async def read_emergency_access(call: Call, access: str) -> AccessView:
    """緊急閲覧の経過を見る (how an emergency access stands)."""
    return await call.database.read(queries.read, call.actor, access)


@operation(
    "POST",
    "/emergency-accesses/{access}/confirmation",
    permission=permissions.CONFIRM_ACCESS,
    assurance=TWO_FACTORS,
    returns=AccessView,
    problems=[AccessNotFound, OwnAccess, WrongAccessState, AccessLostGround],
)
async def confirm_emergency_access(call: Call, access: str) -> AccessView:
    """緊急閲覧を確認する (open an emergency access as the second person, of another member)."""
    return await call.database.write(actions.confirm, call.actor, access)


@operation(
    "POST",
    "/emergency-accesses/{access}/ending",
    permission=permissions.END_ACCESS,
    returns=AccessView,
    problems=[AccessNotFound, NotYoursToEnd, WrongAccessState],
)
async def end_emergency_access(call: Call, access: str) -> AccessView:
    """緊急閲覧を断る・終わらせる (refuse or end an emergency access, from the next call on)."""
    return await call.database.write(actions.stop, call.actor, access)


@operation(
    "POST",
    "/emergency-accesses/{access}/review",
    permission=permissions.REVIEW_ACCESS,
    body=ReviewDraft,
    returns=AccessView,
    problems=[AccessNotFound, NotYoursToReview, WrongAccessState],
)
async def review_emergency_access(call: Call, access: str, draft: ReviewDraft) -> AccessView:
    """緊急閲覧を点検する (close the review of an emergency access with a note)."""
    return await call.database.write(actions.review, call.actor, access, draft)
