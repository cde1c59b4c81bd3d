"""Every known word in its folded form, with what it means: made once from the vocabulary."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from aid.asking import vocabulary
from aid.asking.folding import fold, is_slip_of

_LEAST_SLIP = 4
_KANA = re.compile(r"[ァ-ヴ]+")


class Sort(StrEnum):
    """語の種類: what a piece of a message is."""

    ITEM = "item"
    NUMBER = "number"
    COUNTER = "counter"
    ASKING = "asking"
    DAY = "day"
    URGENT = "urgent"
    PLACE = "place"
    PLACE_NUMBER = "place_number"
    CODE = "code"
    MUNICIPALITY = "municipality"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Piece:
    """語: its sort, and the kind, number, name or code it stands for."""

    sort: Sort
    value: str | int = ""


ANY = Piece(Sort.NOTHING)


@cache
def known() -> dict[str, Piece]:
    """Return the pieces by their folded words. Raises ValueError where a word would mean two kinds."""
    found: dict[str, Piece] = {}
    for word, piece in _all():
        folded = fold(word)
        if found.setdefault(folded, piece) != piece:
            raise ValueError(f"{word} means two things")
    return found


@cache
def longest() -> int:
    """Return the length of the longest word."""
    return max(map(len, known()))


@cache
def stops() -> tuple[str, ...]:
    """Return the words at which a person reads the message."""
    return tuple(fold(each) for each in vocabulary.STOPS.split())


@cache
def excused() -> tuple[str, ...]:
    """Return the known words that hold a stop and are none, the longest first."""
    holding = [word for word, piece in known().items() if any(stop in word for stop in stops())]
    return tuple(sorted((word for word in holding), key=len, reverse=True))


def slip(written: str) -> Piece | None:
    """Return the kind whose name was meant by a word with one slip; None where that is no kind, or two."""
    if len(written) < _LEAST_SLIP or not _KANA.fullmatch(written) or written in _near():
        return None
    meant = {piece for word, piece in _kana_names() if is_slip_of(written, word)}
    return meant.pop() if len(meant) == 1 else None


def counters_of(kind: str) -> frozenset[str]:
    """Return the counters that fit a kind."""
    return frozenset(fold(each) for each in vocabulary.COUNTERS.get(kind, vocabulary.OF_PEOPLE).split())


@cache
def _near() -> frozenset[str]:
    return frozenset(fold(each) for each in vocabulary.NEAR.split())


@cache
def _kana_names() -> tuple[tuple[str, Piece], ...]:
    return tuple(
        (word, piece)
        for word, piece in known().items()
        if piece.sort is Sort.ITEM and len(word) >= _LEAST_SLIP and _KANA.fullmatch(word)
    )


def _all() -> Iterator[tuple[str, Piece]]:
    for kind, words in vocabulary.WORDS.items():
        yield from ((word, Piece(Sort.ITEM, kind)) for word in words.split())
    for kind, tasks in vocabulary.TASKS.items():
        yield from ((word, Piece(Sort.ITEM, kind)) for task in tasks.split() for word in _staff(task))
    yield from ((word, Piece(Sort.ITEM, "staff_kitting")) for word in vocabulary.ANY_STAFF.split())
    yield from ((letters, Piece(Sort.ITEM, kind)) for letters, kind in vocabulary.LETTERS.items())
    counters = {each for words in (*vocabulary.COUNTERS.values(), vocabulary.OF_PEOPLE) for each in words.split()}
    yield from ((each, Piece(Sort.COUNTER, fold(each))) for each in sorted(counters))
    for days, words in vocabulary.TIMES.items():
        yield from ((word, Piece(Sort.DAY, days)) for word in words.split())
    yield from ((word, Piece(Sort.URGENT)) for word in vocabulary.URGENT.split())
    yield from ((word, Piece(Sort.ASKING)) for word in vocabulary.ASKING.split())
    yield from ((word, ANY) for word in vocabulary.FILLERS.split())


def _staff(task: str) -> Iterator[str]:
    if task in vocabulary.BARE_TASKS:
        yield task
    yield from (task + ending for ending in vocabulary.STAFF.split())
