"""Situation reports over HTTP."""

from agreements.errors import MemberNotFound
from aid import permissions
from aid.errors import IncidentClosed, IncidentNotFound
from aid.situation import actions, queries
from aid.situation.errors import NotYoursToReport
from aid.situation.schemas import SituationDraft, SituationView
from foundation.calls import Call
from foundation.operations import operation
from foundation.paging import Page, PageQuery


@operation(
    "GET",
    "/incidents/{incident}/situation",
    permission=permissions.VIEW_AID,
    query=PageQuery,
    returns=Page[SituationView],
    problems=[IncidentNotFound],
)
async def list_situation(call: Call, incident: str, query: PageQuery) -> Page[SituationView]:
    """被災状況の一覧 (the latest report of each member of one's groups)."""
    return await call.database.read(queries.listing, call.actor, incident, query)


@operation(
    "POST",
    "/incidents/{incident}/situation",
    permission=permissions.REPORT_SITUATION,
    body=SituationDraft,
    returns=SituationView,
    status=201,
    problems=[IncidentNotFound, IncidentClosed, MemberNotFound, NotYoursToReport],
)
async def report_situation(call: Call, incident: str, draft: SituationDraft) -> SituationView:
    """被災状況を報告する (report how a member stands, one's own or by proxy)."""
    return await call.database.write(actions.report, call.actor, incident, draft)
