"""The operations on offers, and those that end a request with all its offers."""

from aid import permissions
from aid.offers import acceptance, answering, ending, errors, queries
from aid.offers.schemas import Acceptance, OfferDraft, OfferQuery, OfferView
from aid.requests.errors import RequestEnded
from aid.requests.schemas import Reason, RequestView
from foundation.calls import Call
from foundation.operations import operation
from foundation.paging import Page
from foundation.problems import Stale
from inventory.errors import NotEnough


@operation(
    "POST",
    "/requests/{request}/offers",
    permission=permissions.ANSWER,
    body=OfferDraft,
    returns=OfferView,
    status=201,
    problems=[
        RequestEnded,
        NotEnough,
        errors.NotYourMember,
        errors.OwnRequest,
        errors.NothingNeeded,
        errors.NothingOffered,
    ],
)
async def make_offer(call: Call, request: str, draft: OfferDraft) -> OfferView:
    """応援要請に回答する (answer a request: yes, provisional or no)."""
    view = await call.database.write(answering.offer, call.actor, request, draft)
    call.state.wake()
    return view


@operation(
    "GET", "/requests/{request}/offers", permission=permissions.VIEW_OFFERS, query=OfferQuery, returns=Page[OfferView]
)
async def list_offers(call: Call, request: str, query: OfferQuery) -> Page[OfferView]:
    """応援申出の一覧 (the offers that one may see)."""
    return await call.database.read(queries.listed, call.actor, request, query)


@operation("GET", "/offers/{offer}", permission=permissions.VIEW_OFFERS, returns=OfferView)
async def read_offer(call: Call, offer: str) -> OfferView:
    """応援申出を見る (read an offer)."""
    return await call.database.read(queries.read, call.actor, offer)


@operation(
    "POST",
    "/offers/{offer}/acceptance",
    permission=permissions.ACCEPT,
    body=Acceptance,
    returns=OfferView,
    problems=[RequestEnded, NotEnough, errors.NotYourRequest, errors.OfferSettled, errors.NothingNeeded, Stale],
)
async def accept_offer(call: Call, offer: str, acceptance_: Acceptance) -> OfferView:
    """応援を決定する (accept all or part of an offer)."""
    view = await call.database.write(acceptance.accept, call.actor, offer, acceptance_, call.if_match)
    call.state.wake()
    return view


@operation(
    "POST",
    "/offers/{offer}/withdrawal",
    permission=permissions.ANSWER,
    body=Reason,
    returns=OfferView,
    problems=[errors.NotYourMember, errors.OfferSettled, Stale],
)
async def withdraw_offer(call: Call, offer: str, reason: Reason) -> OfferView:
    """応援申出を辞退する (withdraw an offer)."""
    view = await call.database.write(ending.withdraw, call.actor, offer, reason, call.if_match)
    call.state.wake()
    return view


@operation(
    "POST",
    "/requests/{request}/cancellation",
    permission=permissions.ASK,
    body=Reason,
    returns=RequestView,
    problems=[RequestEnded, errors.NotYourRequest, Stale],
)
async def cancel_request(call: Call, request: str, reason: Reason) -> RequestView:
    """応援要請を取り消す (recall a request)."""
    view = await call.database.write(ending.cancel, call.actor, request, reason, call.if_match, call.language)
    call.state.wake()
    return view


@operation(
    "POST",
    "/requests/{request}/closure",
    permission=permissions.ASK,
    body=Reason,
    returns=RequestView,
    problems=[RequestEnded, errors.NotYourRequest, Stale],
)
async def close_request(call: Call, request: str, reason: Reason) -> RequestView:
    """応援要請を完了する (close a request)."""
    view = await call.database.write(ending.close, call.actor, request, reason, call.if_match, call.language)
    call.state.wake()
    return view
