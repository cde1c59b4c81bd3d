"""The field types that every room's schemas are made of; their limits stand in the OpenAPI document."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

MOST = 100_000
"""The largest quantity taken at its word: more than all municipalities' PCs together would be a slip of the key."""


def _integral(value: object) -> object:
    """JSON knows one kind of number: 10.0 is an integer there."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _storable(text: str) -> str:
    """Refuse lone surrogates, which no database keeps."""
    text.encode()
    return text


class Schema(BaseModel):
    """入出力: the parent of all drafts, changes and views; strict, and refusing fields it does not know."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class View(BaseModel):
    """出力: what is shown. Fields may be added, so readers must not refuse new ones."""

    model_config = ConfigDict(frozen=True)


LINE = r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f\u3000][^\x00-\x1f\x7f]*$"
PARAGRAPH = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=LINE), AfterValidator(_storable)]
"""One line of text, not blank."""
Paragraph = Annotated[str, StringConstraints(max_length=4000, pattern=PARAGRAPH), AfterValidator(_storable)]
"""Text of several lines."""
Statement = Annotated[
    str,
    StringConstraints(min_length=1, max_length=4000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"),
    StringConstraints(pattern=r"[^\x00-\x20\x7f\u3000]"),
    AfterValidator(_storable),
]
"""Text of several lines, not blank."""
Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
"""A municipality code: six ASCII digits, the last a check digit."""
Ref = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
"""An opaque id, or a municipality code where a member is named."""
Quantity = Annotated[int, Field(ge=1, le=MOST), BeforeValidator(_integral)]
Count = Annotated[int, Field(ge=0, le=MOST), BeforeValidator(_integral)]
INSTANT = r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[T ]([01][0-9]|2[0-3]):[0-5][0-9]"
DAY = r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"


def _this_century(value: datetime | date) -> Any:
    if not 2000 <= value.year <= 2099:  # noqa: PLR2004 — keeps arithmetic on instants inside what both engines hold
        kind = "datetime_range" if isinstance(value, datetime) else "date_range"
        raise PydanticCustomError(kind, "year out of range")
    return value.astimezone(UTC) if isinstance(value, datetime) else value


Moment = Annotated[AwareDatetime, AfterValidator(_this_century), Field(json_schema_extra={"pattern": INSTANT})]
"""An instant with its offset (RFC 3339), of this century; kept and shown in UTC."""
Day = Annotated[date, AfterValidator(_this_century), Field(json_schema_extra={"pattern": DAY})]
"""A calendar day, of this century."""
