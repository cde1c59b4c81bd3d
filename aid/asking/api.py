"""The operations on cards, places, and messages that ask."""

from starlette.responses import Response

from aid import permissions
from aid.asking import cards, papers, queue
from aid.asking.errors import CardHolderNotFound
from aid.asking.schemas import AskedMessageView, CardsView, IssuedCardView, PlacesDraft
from foundation.calls import Call
from foundation.documents.answers import PDF, file_response
from foundation.documents.errors import NoJapaneseFont, TooManyDocuments
from foundation.documents.typesetting import check_font
from foundation.documents.workshop import WORKSHOP
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


@operation(
    "POST",
    "/people/{person}/request-card/document",
    permission=permissions.KEEP_CARDS,
    media_type=PDF,
    problems=[CardHolderNotFound, NoJapaneseFont, TooManyDocuments],
    keeps_answer=False,
)
async def print_request_card(call: Call, person: str) -> Response:
    """要請カードを発行し、A4のPDFで受け取る (make a card as a PDF; its codes are shown nowhere else).

    Whether it can be made is asked before the former codes are void.
    """
    await WORKSHOP.made(check_font)
    card = await call.database.write(papers.issue, call.actor, person)
    return file_response(await WORKSHOP.made(card.made), PDF, "request-card.pdf", "要請カード", card.mark)


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
