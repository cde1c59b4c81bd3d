"""Receipts, how far a question came, and the telephone list."""

from aid import permissions
from aid.escalation import queries, receipts, telephoning
from aid.escalation.errors import BeingCalled, NotAsked, NotYourList
from aid.escalation.schemas import (
    AskView,
    CallDraft,
    CallView,
    ReachView,
    ReceiptDraft,
    TelephoneListView,
)
from aid.requests.errors import RequestEnded
from foundation.calls import Call
from foundation.operations import operation
from foundation.paging import PageQuery


@operation(
    "POST",
    "/requests/{request}/receipt",
    permission=permissions.ANSWER,
    body=ReceiptDraft,
    returns=AskView,
    problems=[RequestEnded, NotAsked],
)
async def receive_request(call: Call, request: str, draft: ReceiptDraft) -> AskView:
    """受領を伝える。回答は後で行う (say that a request was received and will be answered later)."""
    return await call.database.write(receipts.receive, call.actor, request, draft)


@operation(
    "GET",
    "/requests/{request}/reach",
    permission=permissions.VIEW_OFFERS,
    query=PageQuery,
    returns=ReachView,
)
async def read_reach(call: Call, request: str, query: PageQuery) -> ReachView:
    """照会がどこまで届いたか、届かない団体とその理由 (who has not been reached, and why)."""
    return await call.database.read(queries.reached, call.actor, request, query.cursor, call.language)


@operation(
    "GET",
    "/requests/{request}/telephone-list",
    permission=permissions.TELEPHONE,
    query=PageQuery,
    returns=TelephoneListView,
    problems=[NotYourList],
)
async def read_telephone_list(call: Call, request: str, query: PageQuery) -> TelephoneListView:
    """電話連絡の一覧。閲覧は記録される (whom to telephone, with numbers; that they were read is recorded)."""
    return await call.database.disclose(telephoning.listed, call.actor, request, query.cursor, call.language)


@operation(
    "POST",
    "/requests/{request}/telephone-list/{member}/calls",
    permission=permissions.TELEPHONE,
    body=CallDraft,
    returns=CallView,
    status=201,
    problems=[NotYourList, NotAsked, BeingCalled],
)
async def record_call(call: Call, request: str, member: str, draft: CallDraft) -> CallView:
    """架電を記録する (record a call to a partner, so that nobody else telephones it too)."""
    return await call.database.write(telephoning.call, call.actor, request, member, draft, call.language)
