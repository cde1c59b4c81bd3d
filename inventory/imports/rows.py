"""Capabilities as a table that people keep in a spreadsheet: its lines, and what is wrong with them."""

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError

from foundation.problems import FieldError
from foundation.refusals import field_errors
from foundation.spreadsheets import untamed
from inventory.catalogue import KINDS
from inventory.errors import InvalidCapability
from inventory.imports.schemas import CapabilityRow
from inventory.queries import kind_errors

COLUMNS = {
    "municipality": "団体コード",
    "kind": "品目",
    "quantity": "数量",
    "lead_time_hours": "準備時間",
    "max_days": "最大日数",
    "spec": "仕様",
    "conditions": "条件",
}
"""The columns by field; a file may give them by either name, in any order."""
NEEDED = {"kind", "quantity", "lead_time_hours"}
NUMBERS = {"quantity", "lead_time_hours", "max_days"}
LONGEST_NUMBER = 9
NOTE = "#"
MOST_ERRORS = 50
"""That are told at once."""
_KINDS = {each.name_ja: key for key, each in KINDS.items()}


@dataclass(frozen=True, slots=True)
class Declared:
    """取り込む支援可能内容: a row and the line of the file on which it stands."""

    line: int
    row: CapabilityRow


def read(text: str, *, most: int, municipality: str | None = None) -> list[Declared]:
    """Return the rows of a CSV text; `municipality` is whose they are where a line does not say.

    Raises InvalidCapability with everything that is wrong, line by line.
    """
    found: list[Declared] = []
    errors: list[FieldError] = []
    for line, given in _given(text):
        row, wrong = _row(line, {"municipality": municipality, **given})
        errors += wrong
        found += [Declared(line, row)] if row else []
        if len(found) > most:
            raise InvalidCapability(_too_many(most))
    errors += [*_of_others(found, municipality), *_twice(found)]
    if errors:
        raise InvalidCapability(*errors[:MOST_ERRORS])
    return found


def at_line(line: int, error: FieldError) -> FieldError:
    """Return an error of a row as one of its line in the file."""
    field = error.pointer.removeprefix("/").partition("/")[0]
    named = COLUMNS.get(field)
    where = f"{line}行目「{named}」" if named else f"{line}行目"
    return replace(
        error, pointer=f"/rows/{line}{error.pointer}", ja=f"{where}: {error.ja}", en=f"line {line}: {error.en}"
    )


def _given(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each line's cells by field, empty ones left out. Raises InvalidCapability."""
    lines = csv.reader(io.StringIO(text, newline=""))
    columns: list[str] | None = None
    try:
        for cells in lines:
            if not any(each.strip() for each in cells) or cells[0].startswith(NOTE):
                continue
            if columns is None:
                columns = _columns(cells)
            elif len(cells) > len(columns) and any(each.strip() for each in cells[len(columns) :]):
                raise InvalidCapability(_unreadable(lines.line_num))
            else:
                given = ((name, untamed(cell).strip()) for name, cell in zip(columns, cells, strict=False))
                yield lines.line_num, {name: cell for name, cell in given if cell}
    except csv.Error:
        raise InvalidCapability(_unreadable(lines.line_num)) from None


def _columns(cells: Sequence[str]) -> list[str]:
    known = {label: name for name, label in COLUMNS.items()} | {name: name for name in COLUMNS}
    titles = [each.strip() for each in cells if each.strip()]
    unknown = [each for each in titles if each not in known]
    columns = [known[each] for each in titles if each in known]
    lacking = [COLUMNS[name] for name in COLUMNS if name in NEEDED - set(columns)]
    if unknown or lacking or len(set(columns)) < len(columns):
        raise InvalidCapability(_wrong_columns(unknown, lacking))
    return columns


def _row(line: int, given: Mapping[str, str | None]) -> tuple[CapabilityRow | None, list[FieldError]]:
    values = {name: _number(cell) if name in NUMBERS and cell else cell for name, cell in given.items()}
    kind = str(values.get("kind") or "")
    values["kind"] = _KINDS.get(kind, kind) or None
    try:
        row = CapabilityRow.model_validate({name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        return None, [at_line(line, each) for each in field_errors(error)]
    return row, [at_line(line, each) for each in kind_errors(row.kind, "/kind")]


def _number(cell: str) -> int | str:
    """Return the number in a cell, full-width digits and thousands' commas as well; else what it says."""
    digits = unicodedata.normalize("NFKC", cell).replace(",", "")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= LONGEST_NUMBER else cell


def _of_others(found: Sequence[Declared], municipality: str | None) -> Iterator[FieldError]:
    for each in found:
        if municipality is not None and each.row.municipality != municipality:
            yield at_line(
                each.line,
                FieldError(
                    "/municipality",
                    "other-member",
                    f"{municipality} の行だけを入れてください。ほかの団体の分は、別に取り込んでください。",
                    f"Give the lines of {municipality} alone; other members' go in by themselves.",
                ),
            )


def _twice(found: Sequence[Declared]) -> Iterator[FieldError]:
    seen: dict[tuple[str, str, str | None], int] = {}
    for each in found:
        key = each.row.municipality, each.row.kind, each.row.spec
        if (first := seen.setdefault(key, each.line)) != each.line:
            yield at_line(
                each.line,
                FieldError(
                    "/kind",
                    "twice",
                    f"{first}行目と同じ団体・品目・仕様です。1行にまとめてください。",
                    f"The same member, kind and spec stand in line {first}; make them one line.",
                ),
            )


def _wrong_columns(unknown: Sequence[str], lacking: Sequence[str]) -> FieldError:
    wrong = "、".join([*(f"「{each}」は不明" for each in unknown), *(f"「{each}」がない" for each in lacking)])
    return FieldError(
        "/content",
        "columns",
        f"見出しを読み取れません（{wrong or '同じ見出しが二度'}）。{'、'.join(COLUMNS.values())} を使ってください。",
        f"The column titles can't be read; use {', '.join(COLUMNS)}.",
    )


def _unreadable(line: int) -> FieldError:
    return FieldError(
        "/content",
        "unreadable",
        f"{line}行目を読めません。引用符と列の数を確かめてください。",
        f"Line {line} can't be read; check its quotes and the number of columns.",
    )


def _too_many(most: int) -> FieldError:
    return FieldError(
        "/content",
        "too-many-rows",
        f"一度に取り込めるのは{most:,}行までです。見出しの行を残してファイルを分けてください。",
        f"At most {most:,} rows go in at once; split the file and keep the column titles.",
    )
