"""The operations on cards, places, and messages that ask."""

from aid import permissions
from aid.asking import cards, queue
from aid.asking.errors import CardHolderNotFound
from aid.asking.schemas import AskedMessageView, CardsView, IssuedCardView, PlacesDraft
from foundation.calls import Call
from foundation.operations import operation
from foundation.paging import Page, PageQuery
from notifications import permissions as notifications


@operation("GET", "/request-cards", permission=permissions.KEEP_CARDS, returns=CardsView)
async def list_request_cards(call: Call) -> CardsView:
    """要請カードの状況 (the own contacts' cards and the places they name)."""
    return await call.database.read(cards.cards, call.actor)


@operation(
    "POST",
    "/people/{person}/request-card",
    permission=permissions.KEEP_CARDS,
    returns=IssuedCardView,
    status=201,
    problems=[CardHolderNotFound],
    keeps_answer=False,
)
async def issue_request_card(call: Call, person: str) -> IssuedCardView:
    """要請カードを発行する。コードは1回だけ表示する (make a card; its codes are shown once)."""
    return await call.database.write(cards.issue, call.actor, person)


@operation("PUT", "/request-places", permission=permissions.KEEP_CARDS, body=PlacesDraft, returns=CardsView)
async def keep_request_places(call: Call, draft: PlacesDraft) -> CardsView:
    """要請カードの受入場所を決める (set the places that cards name by number)."""
    return await call.database.write(cards.keep_places, call.actor, draft)


@operation(
    "GET", "/asked-messages", permission=notifications.READ_INBOUND, query=PageQuery, returns=Page[AskedMessageView]
)
async def list_asked_messages(call: Call, query: PageQuery) -> Page[AskedMessageView]:
    """人の確認を待つ着信と、読み取れた内容 (messages that wait for a person, with what could be read)."""
    return await call.database.disclose(queue.waiting, call.actor, query.cursor)
