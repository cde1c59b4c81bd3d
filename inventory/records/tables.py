"""A kind of record as a table that people edit in a spreadsheet, and back again without a difference.

The first line says who took it out and when. A cell that a spreadsheet would take for a formula has an apostrophe in
front (so has one that begins with an apostrophe), which reading takes away again.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic.fields import FieldInfo

from foundation.problems import FieldError
from foundation.spreadsheets import FORMULA, tamed
from inventory.errors import InvalidRecord
from inventory.records.fields import choices_of, type_of
from inventory.records.kinds import RecordKind, words_of

ID = "ID"
NOTE = "#"
_ESCAPED = (*FORMULA, "\n", "'", "＝", "＋", "－", "＠")
"""An apostrophe too: so that one which was there before stays when the file is read again."""
_DAY = re.compile(r"(\d{4})[/.年-](\d{1,2})[/.月-](\d{1,2})日?")
_FLAGS = {"はい": True, "いいえ": False, "true": True, "false": False, "○": True, "×": False, "有": True, "無": False}


@dataclass(frozen=True, slots=True)
class Row:
    """表の行: its line in the file, the record it names, and the fields that its columns give (None: emptied)."""

    line: int
    record: str | None
    fields: Mapping[str, Any]


def written(kind: RecordKind, records: Iterable[tuple[str, Mapping[str, Any]]], stamp: str) -> str:
    """Return records as CSV, with Japanese column names; `stamp` says who took them out and when."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    words, schema = words_of(kind), kind.schema.model_fields
    writer.writerow([NOTE, stamp])
    writer.writerow([ID, *(words[name].label for name in schema)])
    for record, fields in records:
        writer.writerow([record, *(_cell(field, fields.get(name)) for name, field in schema.items())])
    return file.getvalue()


def read(kind: RecordKind, text: str) -> Iterator[Row]:
    """Yield the rows of a CSV text. Raises InvalidRecord where it is no table of this kind."""
    lines = csv.reader(io.StringIO(text, newline=""))
    columns: list[str] | None = None
    try:
        for cells in lines:
            if not any(each.strip() for each in cells) or cells[0].startswith(NOTE):
                continue
            if columns is None:
                columns = _columns(kind, cells)
            else:
                yield _row(kind, columns, cells, lines.line_num)
    except csv.Error:
        raise InvalidRecord(_unreadable(lines.line_num)) from None


def decoded(content: bytes) -> str:
    """Return a file's text, in UTF-8 or else CP932. Raises InvalidRecord."""
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidRecord(
        FieldError(
            "/content", "encoding", "UTF-8 か CP932 (Shift_JIS) の CSV にしてください。", "Send UTF-8 or CP932."
        )
    )


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
                f"見出しを読み取れません: {names}。出力した CSV の見出しをそのまま使ってください。",
                "Some column titles are unknown or stand twice; use those of an exported file.",
            )
        )
    return columns


def _row(kind: RecordKind, columns: list[str], cells: list[str], line: int) -> Row:
    if len(cells) > len(columns) and any(each.strip() for each in cells[len(columns) :]):
        raise InvalidRecord(_unreadable(line))
    given = dict(zip(columns, cells, strict=False))
    schema = kind.schema.model_fields
    record = given.pop(ID, "").strip() or None
    return Row(line, record, {name: _value(schema[name], cell) for name, cell in given.items()})


def _unreadable(line: int) -> FieldError:
    return FieldError(
        "/content",
        "unreadable",
        f"{line}行目を CSV として読めません。引用符と列の数を確かめてください。",
        f"Line {line} is no CSV; check its quotes and the number of columns.",
    )


def _cell(field: FieldInfo, value: Any) -> str:
    if value is None:
        return ""
    kind = type_of(field)
    if kind == "flag":
        return "はい" if value else "いいえ"
    if kind == "choice":
        labels = {each.value: str(getattr(each, "label", each.value)) for each in choices_of(field)}
        return labels[value]
    if kind == "number":
        return str(value)
    text = "\n".join(value) if kind == "list" else str(value)
    return tamed(text, _ESCAPED)


def _value(field: FieldInfo, cell: str) -> Any:
    """Return what a cell says; what can't be read stays as it is, so that the schema says what is wrong with it."""
    if not cell.strip():
        return None
    kind = type_of(field)
    if kind in {"text", "list"}:
        text = cell[1:] if cell.startswith("'") and cell[1:2] in _ESCAPED else cell
        return text if kind == "text" else [each for each in text.replace("\r", "").split("\n") if each.strip()]
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
