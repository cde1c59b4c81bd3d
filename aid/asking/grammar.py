"""One message, one request: `OUEN 142051 G2 T0 L1 8J4K`, or the same in plain Japanese.

Tolerant in form: width, kana, numerals, counters, order, line breaks, greetings, signatures, one slip in a name.
Strict in meaning: every piece must be understood, and in one way only. What is left over, or said twice, leaves the
message to a person: nobody is sent for by a guess.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from aid.asking import cutting, vocabulary, words
from aid.asking.cutting import LONGEST, MOST
from aid.asking.folding import fold
from aid.asking.readings import Asked, CodeAlone, Fault, Line, Reading, Refused, Unread
from aid.asking.words import Piece, Sort


def read(text: str, *, own_names: Sequence[str] = (), is_drill: bool = False) -> Reading:
    """Read one message; never raises. In a drill the mark at its start is taken off, otherwise a person looks.

    `own_names` are the names of the municipality that the sender works for; other names are not understood.
    """
    try:
        found = _understood(cutting.pieces(cutting.without(own_names, cutting.plain(text, is_drill=is_drill))))
    except Refused as refused:
        return Unread((refused.trouble,), _guessed(text) if refused.trouble.fault is not Fault.TOO_LONG else ())
    if isinstance(found, Asked) and found.place is not None:
        return replace(found, place=_as_written(text, found.place))
    return found


def _understood(pieces: Sequence[Piece]) -> Asked | CodeAlone:
    meant = [piece for piece in pieces if piece.sort is not Sort.NOTHING]
    code, municipality = _one(meant, Sort.CODE), _one(meant, Sort.MUNICIPALITY)
    days, place = _one(meant, Sort.DAY), _one(meant, Sort.PLACE)
    place_number = _one(meant, Sort.PLACE_NUMBER)
    sorts = {piece.sort for piece in meant}
    if code is not None and sorts <= {Sort.CODE, Sort.MUNICIPALITY}:
        return CodeAlone(str(code), None if municipality is None else str(municipality))
    lines = _lines(meant)
    if Sort.ASKING not in sorts and code is None:
        raise Refused(Fault.NOT_ASKED)
    if place is not None and place_number is not None:
        raise Refused(Fault.TWICE, str(place))
    return Asked(
        lines=lines,
        days=None if days is None else int(days),
        is_urgent=Sort.URGENT in sorts,
        place_number=None if place_number is None else int(place_number),
        place=None if place is None else str(place),
        municipality=None if municipality is None else str(municipality),
        code=None if code is None else str(code),
    )


def _one(pieces: Sequence[Piece], sort: Sort) -> str | int | None:
    values = {piece.value for piece in pieces if piece.sort is sort}
    if len(values) > 1:
        raise Refused(Fault.TWICE, " ".join(sorted(map(str, values))))
    return values.pop() if values else None


def _lines(pieces: Sequence[Piece]) -> tuple[Line, ...]:
    """Pair kinds and quantities: all `kind, quantity` or all `quantity, kind`; anything between is ambiguous."""
    counted = [piece for piece in pieces if piece.sort in {Sort.ITEM, Sort.NUMBER, Sort.COUNTER}]
    if not any(piece.sort is Sort.ITEM for piece in counted):
        raise Refused(Fault.NO_ITEM)
    amounts = _amounts(counted)
    is_turned = isinstance(amounts[0], tuple)
    lines: list[Line] = []
    place = 0
    while place < len(amounts):
        pair = amounts[place : place + 2]
        lines.append(_line(pair[::-1] if is_turned else pair))
        place += 1 if len(pair) == 1 or (isinstance(pair[0], str) and isinstance(pair[1], str)) else 2
    if len({line.kind for line in lines}) < len(lines):
        raise Refused(Fault.TWICE, lines[0].kind)
    return tuple(lines)


def _amounts(counted: Sequence[Piece]) -> list[str | tuple[int, str]]:
    """Join numbers with the counters right behind them: kinds as text, amounts as (number, counter or '')."""
    found: list[str | tuple[int, str]] = []
    for piece in counted:
        if piece.sort is Sort.ITEM:
            found.append(str(piece.value))
        elif piece.sort is Sort.NUMBER:
            found.append((int(piece.value), ""))
        elif found and isinstance(found[-1], tuple) and not found[-1][1]:
            found[-1] = (found[-1][0], str(piece.value))
        else:
            raise Refused(Fault.COUNTER, str(piece.value))
    return found


def _line(pair: Sequence[str | tuple[int, str]]) -> Line:
    kind = pair[0]
    if not isinstance(kind, str):
        raise Refused(Fault.QUANTITY, str(kind[0]))
    if len(pair) == 1 or isinstance(pair[1], str):
        if kind not in vocabulary.ONE_IF_UNSAID:
            raise Refused(Fault.QUANTITY, kind)
        return Line(kind, 1)
    quantity, counter = pair[1]
    if counter and counter not in words.counters_of(kind):
        raise Refused(Fault.COUNTER, f"{kind} {counter}")
    if not 0 < quantity <= MOST:
        raise Refused(Fault.QUANTITY, str(quantity))
    return Line(kind, quantity)


def _as_written(text: str, folded: str) -> str:
    """Return a place's name as its writer wrote it: folding takes its kana and long vowels."""
    for start in range(len(text)):
        for end in range(start + len(folded), min(len(text), start + 2 * len(folded) + 4) + 1):
            if fold(text[start]) == folded[0] and fold(text[start:end]) == folded:
                return text[start:end] + ("ー" if text[end : end + 1] == "ー" else "")
    return folded


def _guessed(text: str) -> tuple[Line, ...]:
    """Return the kinds with a quantity beside them: a hint for the person who looks, never asked for by itself."""
    found: dict[str, int] = {}
    pieces: list[Piece] = []
    for chunk in cutting.BETWEEN.split(re.sub(r"\n", " ", fold(text[:LONGEST]))):
        try:
            pieces += cutting.cut(chunk) if chunk else ()
        except Refused:
            pieces.append(words.ANY)
    for first, second in pairwise(pieces):
        if first.sort is Sort.ITEM and second.sort is Sort.NUMBER and 0 < int(second.value) <= MOST:
            found.setdefault(str(first.value), int(second.value))
    return tuple(Line(kind, quantity) for kind, quantity in found.items())
