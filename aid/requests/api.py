"""The operations on requests."""

from agreements.errors import GroupNotFound
from aid import missions, permissions
from aid.errors import IncidentClosed, IncidentNotFound
from aid.requests import actions, deliveries, errors, queries
from aid.requests.schemas import (
    Amendment,
    Confirmation,
    MatchesView,
    MatchQuery,
    MissionLine,
    MissionList,
    MissionView,
    RequestDraft,
    RequestQuery,
    RequestView,
)
from foundation.calls import Call
from foundation.operations import operation
from foundation.paging import Page, PageQuery
from foundation.problems import Stale
from notifications.schemas import DeliveryView


@operation("GET", "/missions", permission=permissions.VIEW_INCIDENTS, returns=MissionList)
async def list_missions(_call: Call) -> MissionList:
    """目的別の要請の一覧 (missions that suggest lines)."""
    return MissionList(
        items=[
            MissionView(
                key=each.key,
                name_ja=each.name_ja,
                name_en=each.name_en,
                lines=[MissionLine(kind=line.kind, quantity=line.quantity) for line in each.lines],
            )
            for each in missions.MISSIONS.values()
        ]
    )


@operation(
    "POST",
    "/requests",
    permission=permissions.ASK,
    body=RequestDraft,
    returns=RequestView,
    status=201,
    problems=[
        IncidentNotFound,
        GroupNotFound,
        IncidentClosed,
        errors.GroupNotInForce,
        errors.RequesterNotYours,
    ],
)
async def file_request(call: Call, draft: RequestDraft) -> RequestView:
    """応援を要請する (file an aid request)."""
    view = await call.database.write(actions.file, call.actor, draft, call.language)
    call.state.wake()
    return view


@operation("GET", "/requests", permission=permissions.VIEW_AID, query=RequestQuery, returns=Page[RequestView])
async def list_requests(call: Call, query: RequestQuery) -> Page[RequestView]:
    """応援要請の一覧 (the requests that one may see)."""
    return await call.database.read(queries.listed, call.actor, query, call.language)


@operation("GET", "/requests/{request}", permission=permissions.VIEW_AID, returns=RequestView)
async def read_request(call: Call, request: str) -> RequestView:
    """応援要請を見る (read a request)."""
    return await call.database.read(queries.read, call.actor, request, call.language)


@operation(
    "GET", "/requests/{request}/matches", permission=permissions.VIEW_MATCHES, query=MatchQuery, returns=MatchesView
)
async def read_matches(call: Call, request: str, query: MatchQuery) -> MatchesView:
    """応援できる団体と理由 (ranked partners with reasons)."""
    return await call.database.read(queries.matches, call.actor, request, query, call.language)


@operation(
    "GET",
    "/requests/{request}/deliveries",
    permission=permissions.VIEW_OFFERS,
    query=PageQuery,
    returns=Page[DeliveryView],
)
async def list_deliveries(call: Call, request: str, query: PageQuery) -> Page[DeliveryView]:
    """通知の状況 (who was told, and whether it arrived)."""
    return await call.database.read(deliveries.listed, call.actor, request, query.cursor)


@operation(
    "POST",
    "/requests/{request}/confirmation",
    permission=permissions.ASK,
    body=Confirmation,
    returns=RequestView,
    problems=[errors.NotUnconfirmed, errors.OwnConfirmation, errors.OthersConfirmation],
)
async def confirm_request(call: Call, request: str, confirmation: Confirmation) -> RequestView:
    """代理や、SMS・メールの要請を確認する (confirm a request that a proxy filed or that came by a message)."""
    view = await call.database.write(actions.confirm, call.actor, request, confirmation, call.language)
    call.state.wake()
    return view


@operation(
    "POST",
    "/requests/{request}/amendment",
    permission=permissions.ASK,
    body=Amendment,
    returns=RequestView,
    problems=[errors.RequestEnded, errors.BelowCommitted, errors.NothingChanged, Stale],
)
async def amend_request(call: Call, request: str, amendment: Amendment) -> RequestView:
    """応援要請を変更する (amend a request)."""
    view = await call.database.write(actions.amend, call.actor, request, amendment, call.if_match, call.language)
    call.state.wake()
    return view
