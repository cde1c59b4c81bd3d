"""What goes in and out about cards and about messages that ask."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, model_validator

from foundation.fields import Line, Schema, View
from notifications.schemas import InboundView

MOST_PLACES = 20


class PlaceDraft(Schema):
    """受入場所: its number on the card (`L1`) and its name."""

    number: Annotated[int, Field(ge=1, le=99)]
    name: Line


class PlacesDraft(Schema):
    """受入場所の一覧: all of them; what is not named is no place any more."""

    items: list[PlaceDraft] = Field(max_length=MOST_PLACES)

    @model_validator(mode="after")
    def _numbered_once(self) -> "PlacesDraft":
        if len({each.number for each in self.items}) < len(self.items):
            raise ValueError("each number once")
        return self


class PlaceView(View):
    """受入場所."""

    number: int
    name: str


class CardView(View):
    """要請カードの状況: whose it is and how many codes are still good; the codes themselves are shown once."""

    person: str
    name: str
    left: int
    issued_at: datetime | None


class CardsView(View):
    """要請カードの一覧: the own contacts' cards and the places they name."""

    municipality: str | None
    member: str
    items: list[CardView]
    places: list[PlaceView]


class WordView(View):
    """品目の書き方: the letters of a kind, and what it is called."""

    letters: str
    name_ja: str


class IssuedCardView(View):
    """発行した要請カード: shown once, to be printed; the former codes of the person are void."""

    person: str
    name: str
    municipality: str | None
    member_name: str
    issued_at: datetime
    codes: list[str]
    places: list[PlaceView]
    letters: list[WordView]
    example: str


class SuggestedLine(View):
    """読み取れた品目."""

    kind: str
    name_ja: str
    unit: str
    quantity: int


class AskedMessageView(View):
    """要請かもしれない着信: the message, and what of it could be read; a person decides."""

    message: InboundView
    lines: list[SuggestedLine]
    place: str | None
    needed_by: datetime | None
    requester: str | None
    problem: str | None
