"""What one message asks, or why it was not understood."""

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """読めない理由: why a person looks at a message."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    DRILL = "drill"
    STOP = "stop"
    QUOTED = "quoted"
    UNKNOWN_WORD = "unknown_word"
    NO_ITEM = "no_item"
    QUANTITY = "quantity"
    COUNTER = "counter"
    TWICE = "twice"
    NOT_ASKED = "not_asked"
    CHECK_DIGIT = "check_digit"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Trouble:
    """読めなかったこと: the fault, and the piece of the message, folded."""

    fault: Fault
    piece: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """要請の行: a kind of the catalogue and how many."""

    kind: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Asked:
    """読めた要請: `days` from today by when it is needed, the place's number or name, the code as it was typed."""

    lines: tuple[Line, ...]
    days: int | None = None
    is_urgent: bool = False
    place_number: int | None = None
    place: str | None = None
    municipality: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class CodeAlone:
    """コードだけの返信: follows a request that waits for it."""

    code: str
    municipality: str | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """読めない要請: kept for a person, with what could not be understood and the lines that could."""

    troubles: tuple[Trouble, ...]
    lines: tuple[Line, ...] = ()


Reading = Asked | CodeAlone | Unread
"""読み取りの結果."""


class Refused(Exception):
    """読めない: raised where a message has no reading, or two."""

    def __init__(self, fault: Fault, piece: str = "") -> None:
        self.trouble = Trouble(fault, piece)
