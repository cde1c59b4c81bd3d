"""Workbooks (XLSX) that people bring: looked through before anything is made of them, then read cell by cell.

What is read is not the file itself but a new one made of those of its parts that we have read to their end: plain XML
without a document type, in a size that fits memory. So whatever else lies in the file is never opened.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""What the old .xls begins with, and a workbook under a password."""
MAIN = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
"""The content type of a workbook without macros."""
MOST_PARTS = 100
MOST_BYTES = 8 * 1024 * 1024
"""Of all parts, unpacked."""
MOST_RATIO = 200
"""Of unpacked to packed; a table of a few thousand rows has some 20."""
SMALL = 1024 * 1024
"""Up to this no ratio is asked: a small part may be very repetitive."""
LAST_ROW, LAST_COLUMN = 5000, 100
FORBIDDEN = {
    "macros": re.compile(r"vbaproject|macrosheet|vbadata|\.bas$", re.IGNORECASE),
    "links": re.compile(r"externallink|connections\.xml|querytable", re.IGNORECASE),
    "objects": re.compile(r"embedding|oleobject|activex|ctrlprop", re.IGNORECASE),
}
"""Parts that a table does without, by why they are refused."""
_WHOLE = re.compile(r"[1-9][0-9]{0,6}")
"""The number of a row: Excel has some million, and the reader takes what is written for how much room to make."""
_PLACE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")

Value = str | int | float | bool | date | datetime | time | timedelta


@dataclass(frozen=True, slots=True)
class UnreadableSheet(Exception):
    """Why a workbook is not read: a code of `REASONS`, and the cell where there is one."""

    reason: str
    cell: str = ""


def is_workbook(content: bytes) -> bool:
    """Tell by its first bytes whether a file is a workbook or what is taken for one."""
    return content.startswith((ZIP, OLE))


def rows(content: bytes, title: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the texts of each row of the sheet with a title, else of the first.

    Called in the process apart (`apart.rows_apart`): the reader is a library that may end its process. Raises
    UnreadableSheet.
    """
    book = _opened(_looked_through(content))
    names = [each.name for each in book.sheets_metadata]
    if not names:
        raise UnreadableSheet("no-sheet")
    try:
        found = book.get_sheet_by_name(title if title in names else names[0]).to_python(skip_empty_area=False)
    except (CalamineError, ValueError):
        raise UnreadableSheet("not-a-workbook") from None
    for number, cells in enumerate(found, start=1):
        yield number, [text_of(each) for each in cells]


def text_of(value: Value) -> str:
    """Return what a cell says as a person would type it."""
    match value:
        case str():
            return value
        case bool():
            return "はい" if value else "いいえ"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case date() | time():
            return value.isoformat()
    return str(value)


def _opened(content: bytes) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(content))
    except (CalamineError, ValueError, OSError):
        raise UnreadableSheet("not-a-workbook") from None


def _looked_through(content: bytes) -> bytes:
    """Return the file anew, of the parts that were read. Raises UnreadableSheet."""
    if content.startswith(OLE):
        raise UnreadableSheet("old-or-locked")
    kept = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file, zipfile.ZipFile(kept, "w") as clean:
            entries = file.infolist()
            _check_entries(entries)
            for entry in entries:
                if entry.filename.lower().endswith((".xml", ".rels")):
                    part = file.read(entry)
                    _check_part(entry.filename, part)
                    clean.writestr(entry.filename, part)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, OSError):
        raise UnreadableSheet("not-a-workbook") from None
    return kept.getvalue()


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    names = [each.filename for each in entries]
    for reason, pattern in FORBIDDEN.items():
        if any(pattern.search(each) for each in names):
            raise UnreadableSheet(reason)
    if len(names) > MOST_PARTS or sum(each.file_size for each in entries) > MOST_BYTES:
        raise UnreadableSheet("too-large")
    if any(each.file_size > max(SMALL, MOST_RATIO * each.compress_size) for each in entries):
        raise UnreadableSheet("too-large")
    if len(set(names)) < len(names) or "[Content_Types].xml" not in names:
        raise UnreadableSheet("not-a-workbook")


def _check_part(name: str, part: bytes) -> None:
    if name == "[Content_Types].xml" and MAIN not in part:
        raise UnreadableSheet("macros" if b"macroEnabled" in part else "not-a-workbook")
    _Reader().read(part)


class _Reader:
    """What is asked of each part: plain XML, cells within bounds, none of them a formula."""

    def __init__(self) -> None:
        # Whatever encoding a part names: the reader takes all of them for UTF-8
        self._parser = expat.ParserCreate("UTF-8", " ")
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._refuse_type
        self._row = self._column = 0
        self._cell = ""
        self._is_in_cell = False

    def read(self, part: bytes) -> None:
        try:
            self._parser.Parse(part, True)
        except expat.ExpatError:
            raise UnreadableSheet("not-a-workbook") from None

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(" ")[2]:
            case "row":
                self._row, self._column = self._row_number(attributes.get("r")), 0
            case "c":
                self._is_in_cell = True
                self._move(attributes.get("r"))
            case "f" if self._is_in_cell:
                raise UnreadableSheet("formula", self._cell)
            case "externalReference" | "oleObject":
                raise UnreadableSheet("links")

    def _end(self, name: str) -> None:
        if name.rpartition(" ")[2] == "c":
            self._is_in_cell = False

    def _row_number(self, given: str | None) -> int:
        if given is None:
            return self._row + 1
        if not _WHOLE.fullmatch(given):
            raise UnreadableSheet("not-a-workbook")
        return int(given)

    def _move(self, given: str | None) -> None:
        """Keep in mind where a cell stands: it may say so, or else follows the one before."""
        place = _PLACE.fullmatch(given) if given is not None else None
        if place is not None:
            self._column, self._row = _number(place[1]), int(place[2])
        elif given is None:
            self._column += 1
        else:
            raise UnreadableSheet("not-a-workbook")
        self._cell = given or ""
        if self._row > LAST_ROW or self._column > LAST_COLUMN:
            raise UnreadableSheet("too-many-cells", self._cell)

    def _refuse_type(self, *_: object) -> None:
        raise UnreadableSheet("not-a-workbook")


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
