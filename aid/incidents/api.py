"""Incidents over HTTP."""

from aid import permissions
from aid.incidents import actions, queries
from aid.incidents.errors import (
    IncidentClosed,
    IncidentNotFound,
    NotYoursToAmend,
    OthersStillAsking,
    RequestsStillOpen,
)
from aid.incidents.schemas import ClosureDraft, FootprintChange, IncidentDraft, IncidentQuery, IncidentView
from foundation.calls import Call
from foundation.operations import operation
from foundation.paging import Page
from foundation.problems import Stale


@operation(
    "GET", "/incidents", permission=permissions.VIEW_INCIDENTS, query=IncidentQuery, returns=Page[IncidentView]
)
async def list_incidents(call: Call, query: IncidentQuery) -> Page[IncidentView]:
    """災害の一覧 (incidents in the order in which they were opened)."""
    return await call.database.read(queries.listing, call.actor, query, call.state.mode)


@operation(
    "POST",
    "/incidents",
    permission=permissions.OPEN_INCIDENT,
    body=IncidentDraft,
    returns=IncidentView,
    status=201,
)
async def open_incident(call: Call, draft: IncidentDraft) -> IncidentView:
    """災害を登録する (open an incident)."""
    return await call.database.write(actions.open_incident, call.actor, draft, call.state.mode)


@operation(
    "GET",
    "/incidents/{incident}",
    permission=permissions.VIEW_INCIDENTS,
    returns=IncidentView,
    problems=[IncidentNotFound],
)
async def show_incident(call: Call, incident: str) -> IncidentView:
    """災害を見る (one incident with its footprint)."""
    return await call.database.read(queries.detail, call.actor, incident, call.state.mode)


@operation(
    "PUT",
    "/incidents/{incident}/affected",
    permission=permissions.AMEND_INCIDENT,
    body=FootprintChange,
    returns=IncidentView,
    problems=[IncidentNotFound, IncidentClosed, NotYoursToAmend, Stale],
)
async def amend_footprint(call: Call, incident: str, change: FootprintChange) -> IncidentView:
    """被災範囲を置き換える・追加する (replace or extend the footprint)."""
    return await call.database.write(
        actions.amend_footprint, call.actor, incident, change, call.state.mode, call.if_match
    )


@operation(
    "POST",
    "/incidents/{incident}/closure",
    permission=permissions.CLOSE_INCIDENT,
    body=ClosureDraft,
    returns=IncidentView,
    problems=[IncidentNotFound, NotYoursToAmend, IncidentClosed, RequestsStillOpen, OthersStillAsking, Stale],
)
async def close_incident(call: Call, incident: str, draft: ClosureDraft) -> IncidentView:
    """災害の対応を終了する (close an incident that has no open requests)."""
    return await call.database.write(actions.close, call.actor, incident, draft, call.state.mode, call.if_match)
