"""What the directory and the current seat take and show."""

from typing import Annotated

from pydantic import Field

from foundation.fields import Line, Moment, Ref, Schema, View

Latitude = Annotated[float, Field(ge=20, le=46)]
"""Degrees north, between Japan's southernmost and northernmost islands."""
Longitude = Annotated[float, Field(ge=122, le=154)]
"""Degrees east, between Japan's westernmost and easternmost islands."""
Code = Annotated[str, Field(min_length=1, max_length=40, json_schema_extra={"examples": ["042129"]})]
"""A municipality code as somebody typed it; the six digits are read out of it, or the error names the remedy."""


class MunicipalityQuery(Schema):
    """自治体検索: words in any spelling, and a prefecture's name or code."""

    q: Annotated[str, Field(max_length=100)] = ""
    prefecture: Annotated[str, Field(max_length=20)] = ""
    cursor: Ref | None = None


class MunicipalityView(View):
    """自治体: one entry of the directory; position in degrees of its office."""

    code: str
    prefecture: str
    name: str
    kana: str
    latitude: float
    longitude: float
    is_prefecture: bool


class Seat(Schema):
    """現在地: where a member works from now on. Without a position, that of the municipality's office counts."""

    name: Line
    municipality: Code | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None


class SeatView(View):
    """現在地: where a member works now. `municipality` is where that lies, which may be another one's area."""

    member: str
    name: str
    municipality: str | None
    latitude: float | None
    longitude: float | None
    is_moved: bool
    since: Moment | None
    version: int
