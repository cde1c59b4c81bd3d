"""A kind of record as a table that people edit in a spreadsheet, and back again without a difference.

As CSV the first line says who took it out and when, and a cell that a spreadsheet would take for a formula has an
apostrophe in front (so has one that begins with an apostrophe), which reading takes away again. A workbook tells
texts from formulas by itself, so its cells stand as they are.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic.fields import FieldInfo

from foundation.documents.sheets import Cell, Sheet
from foundation.problems import FieldError
from foundation.spreadsheets import tamed, untamed
from inventory.errors import InvalidRecord
from inventory.records.fields import choices_of, type_of
from inventory.records.kinds import RecordKind, words_of

ID = "ID"
NOTE = "#"
_DAY = re.compile(r"(\d{4})[/.年-](\d{1,2})[/.月-](\d{1,2})日?")
_FLAGS = {"はい": True, "いいえ": False, "true": True, "false": False, "○": True, "×": False, "有": True, "無": False}


@dataclass(frozen=True, slots=True)
class Row:
    """表の行: its line in the file, the record it names, and the fields that its columns give (None: emptied)."""

    line: int
    record: str | None
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """行: the texts of a file's line, by its number."""

    number: int
    cells: list[str]


def written(kind: RecordKind, records: Iterable[tuple[str, Mapping[str, Any]]], stamp: str) -> str:
    """Return records as CSV, with Japanese column names; `stamp` says who took them out and when."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([NOTE, stamp])
    writer.writerow(_head(kind))
    schema = kind.schema.model_fields
    for record, fields in records:
        writer.writerow([record, *(_tamed(field, fields.get(name)) for name, field in schema.items())])
    return file.getvalue()


def sheet(kind: RecordKind, records: Iterable[tuple[str, Mapping[str, Any]]]) -> Sheet:
    """Return the same table as a sheet, without the first line: numbers and days are what they are there."""
    schema = kind.schema.model_fields
    rows = [
        [record, *(cell_of(field, fields.get(name)) for name, field in schema.items())] for record, fields in records
    ]
    days = {place for place, field in enumerate(schema.values(), start=1) if type_of(field) == "day"}
    return Sheet(kind.label, _head(kind), rows, frozenset(days))


def lines_of(text: str) -> Iterator[Line]:
    """Yield the lines of a CSV text, its cells without what tames them. Raises InvalidRecord."""
    lines = csv.reader(io.StringIO(text, newline=""))
    try:
        for cells in lines:
            yield Line(lines.line_num, [untamed(each) for each in cells])
    except csv.Error:
        raise InvalidRecord(_unreadable(lines.line_num)) from None


def read(kind: RecordKind, lines: Iterable[Line]) -> Iterator[Row]:
    """Yield the rows of a table. Raises InvalidRecord where it is none of this kind."""
    columns: list[str] | None = None
    for line in lines:
        if not any(each.strip() for each in line.cells):
            continue
        if columns is None:
            columns = None if line.cells[0].startswith(NOTE) else _columns(kind, line.cells)
        else:
            yield _row(kind, columns, line)


def _head(kind: RecordKind) -> list[str]:
    return [ID, *(words.label for words in words_of(kind).values())]


def _columns(kind: RecordKind, cells: list[str]) -> list[str]:
    """Return the field of each column, by its Japanese name or its own."""
    by_label = {words.label: name for name, words in words_of(kind).items()} | {name: name for name in words_of(kind)}
    known = {ID: ID, **by_label}
    titles = [each.strip() for each in cells]
    unknown = [each for each in titles if each not in known]
    columns = [known[each] for each in titles if each in known]
    if unknown or len(set(columns)) < len(columns):
        names = "、".join(unknown) or "同じ見出し"
        raise InvalidRecord(
            FieldError(
                "/content",
                "columns",
                f"見出しを読み取れません: {names}。出力したファイルの見出しをそのまま使ってください。",
                "Some column titles are unknown or stand twice; use those of an exported file.",
            )
        )
    return columns


def _row(kind: RecordKind, columns: list[str], line: Line) -> Row:
    cells = line.cells
    if len(cells) > len(columns) and any(each.strip() for each in cells[len(columns) :]):
        raise InvalidRecord(_unreadable(line.number))
    given = dict(zip(columns, cells, strict=False))
    schema = kind.schema.model_fields
    record = given.pop(ID, "").strip() or None
    return Row(line.number, record, {name: _value(schema[name], cell) for name, cell in given.items()})


def _unreadable(line: int) -> FieldError:
    return FieldError(
        "/content",
        "unreadable",
        f"{line}行目を読めません。引用符と列の数を確かめてください。",
        f"Line {line} can't be read; check its quotes and the number of columns.",
    )


def cell_of(field: FieldInfo, value: Any) -> Cell:
    """Return a field's value as it stands in a sheet."""
    return None if value is None else _WRITTEN.get(type_of(field), _text)(field, value)


def _text(_field: FieldInfo, value: Any) -> Cell:
    return str(value)


def _label(field: FieldInfo, value: Any) -> Cell:
    return {each.value: str(getattr(each, "label", each.value)) for each in choices_of(field)}.get(value, str(value))


_WRITTEN: Mapping[str, Callable[[FieldInfo, Any], Cell]] = {
    "flag": lambda _, value: "はい" if value else "いいえ",
    "choice": _label,
    "number": lambda _, value: int(value),
    "day": lambda _, value: date.fromisoformat(value),
    "list": lambda _, value: "\n".join(value),
}


def _tamed(field: FieldInfo, value: Any) -> str:
    cell = cell_of(field, value)
    return tamed(cell) if isinstance(cell, str) else "" if cell is None else str(cell)


def _value(field: FieldInfo, cell: str) -> Any:
    """Return what a cell says; what can't be read stays as it is, so that the schema says what is wrong with it."""
    if not cell.strip():
        return None
    kind = type_of(field)
    if kind in {"text", "list"}:
        return cell if kind == "text" else [each for each in cell.replace("\r", "").split("\n") if each.strip()]
    plain = unicodedata.normalize("NFKC", cell).strip()
    if kind == "choice":
        return {str(getattr(each, "label", "")): each.value for each in choices_of(field)}.get(cell.strip(), plain)
    return _READ[kind](plain)


def _number(plain: str) -> Any:
    digits = plain.replace(",", "")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else plain  # noqa: PLR2004 — fits an int


def _day(plain: str) -> Any:
    found = _DAY.fullmatch(plain)
    return f"{found[1]}-{found[2]:0>2}-{found[3]:0>2}" if found else plain


def _flag(plain: str) -> Any:
    return _FLAGS.get(plain.lower(), plain)


_READ: Mapping[str, Callable[[str], Any]] = {"number": _number, "day": _day, "flag": _flag}
