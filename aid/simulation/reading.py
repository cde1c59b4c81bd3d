"""A world from a file, read strictly: what is wrong is named by its place, in words for whoever wrote it.

The format stands in docs/simulation.md, with an example.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from typing import Any, TypeVar

from aid.severity import Severity
from aid.simulation.world import Answer, SimLine, SimMember, SimRequest, World
from inventory import catalogue

MOST = 100_000
"""The largest quantity, and the longest time in minutes, that a world may name."""
LONGEST_KEY = 100
PRIORITIES = range(1, 5)
Row = TypeVar("Row")
Keyed = TypeVar("Keyed", SimMember, SimLine, SimRequest)


class WorldFileError(ValueError):
    """世界ファイルの誤り: the text says where and what, in Japanese."""


def read_world(text: str) -> World:
    """Return the world that a file describes. Raises WorldFileError."""
    try:
        given = json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_refuse_constant)
    except (json.JSONDecodeError, RecursionError) as error:
        raise WorldFileError(f"JSONとして読めません（{error}）。") from None
    whole = _Record("", given)
    members = _rows(whole, "members", _member)
    places = _by_key("members", members)
    lines = _rows(whole, "lines", lambda row: _line(row, places))
    requests = _rows(whole, "requests", lambda row: _request(row, places))
    of_line, of_request = _by_key("lines", lines), _by_key("requests", requests)
    answers = dict(_answers(whole, of_request, of_line))
    name, seed = whole.text("name"), whole.whole("seed", 0, 2**63, absent=0)
    whole.end()
    if not members:
        raise WorldFileError("members: 1件以上必要です。")
    ordered = sorted(requests, key=lambda each: (each.at, each.key))
    return World(
        name,
        sorted(members, key=lambda each: each.key),
        sorted(lines, key=lambda each: each.key),
        ordered,
        seed,
        answers,
    )


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        repeated = next(key for key, _ in pairs if sum(key == other for other, _ in pairs) > 1)
        raise WorldFileError(f"{repeated}: 同じ項目名が2回あります。1つにしてください。")
    return found


def _refuse_constant(name: str) -> Any:
    raise WorldFileError(f"{name} は使えません。ふつうの数で書いてください。")


class _Record:
    """One object of the file; what was not asked for is unknown."""

    def __init__(self, where: str, given: Any) -> None:
        if not isinstance(given, dict):
            raise WorldFileError(f"{where or '全体'}: {{ }} で囲んだ項目の組で書いてください。")
        self.where = where
        self._given: dict[str, Any] = dict(given)

    def take(self, name: str, *, absent: Any = ...) -> Any:
        if name not in self._given and absent is ...:
            raise WorldFileError(f"{self.at(name)}: 必要な項目がありません。")
        return self._given.pop(name, absent)

    def text(self, name: str) -> str:
        value = self.take(name)
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST_KEY:
            raise WorldFileError(f"{self.at(name)}: 1〜{LONGEST_KEY}文字の文字列で書いてください。")
        return value

    def whole(self, name: str, least: int, most: int, *, absent: Any = ...) -> int:
        value = self.take(name, absent=absent)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise WorldFileError(f"{self.at(name)}: {least}〜{most}の整数で書いてください。")
        return value

    def number(self, name: str, least: float, most: float) -> float:
        value = self.take(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise WorldFileError(f"{self.at(name)}: 数で書いてください。")
        if not least <= value <= most:
            raise WorldFileError(f"{self.at(name)}: {least:g}〜{most:g}の数で書いてください。")
        return float(value)

    def flag(self, name: str) -> bool:
        value = self.take(name)
        if not isinstance(value, bool):
            raise WorldFileError(f"{self.at(name)}: true か false で書いてください。")
        return value

    def end(self) -> None:
        if unknown := sorted(self._given):
            raise WorldFileError(f"{self.at(unknown[0])}: この項目は使えません。つづりを確かめてください。")

    def at(self, name: str) -> str:
        return f"{self.where}.{name}" if self.where else name


def _rows(whole: _Record, name: str, read: Callable[[_Record], Row], *, absent: Any = ...) -> list[Row]:
    given = whole.take(name, absent=absent)
    if not isinstance(given, list):
        raise WorldFileError(f"{name}: [ ] で囲んだ一覧で書いてください。")
    found = []
    for number, each in enumerate(given):
        row = _Record(f"{name}[{number}]", each)
        found.append(read(row))
        row.end()
    return found


def _by_key(name: str, rows: Iterable[Keyed]) -> dict[str, Keyed]:
    found: dict[str, Keyed] = {}
    for number, row in enumerate(rows):
        if row.key in found:
            raise WorldFileError(f"{name}[{number}].key: 「{row.key}」が2回あります。別の名前にしてください。")
        found[row.key] = row
    return found


def _member(row: _Record) -> SimMember:
    asked = row.whole("asked", 0, MOST, absent=0)
    return SimMember(
        row.text("key"),
        row.number("latitude", -90, 90),
        row.number("longitude", -180, 180),
        _severity(row),
        row.whole("ict", 0, MOST),
        row.whole("other", 0, MOST),
        row.whole("said_yes", 0, asked, absent=0),
        asked,
    )


def _severity(row: _Record) -> str | None:
    value = row.take("severity", absent=None)
    if value is None:
        return None
    if value not in tuple(Severity):
        known = "、".join(Severity)
        raise WorldFileError(f"{row.at('severity')}: null か次のどれかで書いてください: {known}。")
    return Severity(value).value


def _line(row: _Record, members: Mapping[str, SimMember]) -> SimLine:
    return SimLine(
        row.text("key"),
        _known(row, "member", members),
        _kind(row),
        row.whole("quantity", 0, MOST),
        row.whole("lead_time_hours", 0, MOST),
        row.whole("available", 0, MOST),
    )


def _request(row: _Record, members: Mapping[str, SimMember]) -> SimRequest:
    return SimRequest(
        row.text("key"),
        row.number("at_minutes", 0, MOST),
        _known(row, "requester", members),
        _kind(row),
        row.whole("quantity", 1, MOST),
        row.whole("priority", PRIORITIES.start, PRIORITIES.stop - 1),
        row.number("within_minutes", 1, MOST),
    )


def _answers(
    whole: _Record, requests: Mapping[str, SimRequest], lines: Mapping[str, SimLine]
) -> Iterable[tuple[tuple[str, str], Answer]]:
    seen: set[tuple[str, str]] = set()
    for pair, answer, where in _rows(whole, "answers", lambda row: _answer(row, requests, lines), absent=[]):
        if pair in seen:
            raise WorldFileError(f"{where}: 同じ要請と明細の組が2回あります。")
        seen.add(pair)
        yield pair, answer


def _answer(
    row: _Record, requests: Mapping[str, SimRequest], lines: Mapping[str, SimLine]
) -> tuple[tuple[str, str], Answer, str]:
    pair = _known(row, "request", requests), _known(row, "line", lines)
    answer = Answer(row.number("after_minutes", 0, MOST), row.flag("willing"), row.flag("speaks"))
    return pair, answer, row.where


def _known(row: _Record, name: str, among: Mapping[str, object]) -> str:
    value = row.take(name)
    if not isinstance(value, str) or value not in among:
        raise WorldFileError(f"{row.at(name)}: 「{value}」という key はありません。")
    return value


def _kind(row: _Record) -> str:
    value = row.take("kind")
    if not isinstance(value, str) or catalogue.find(value) is None:
        raise WorldFileError(f"{row.at('kind')}: 「{value}」という品目はありません。品目の key で書いてください。")
    return value
