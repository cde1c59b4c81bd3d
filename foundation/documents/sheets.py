"""Workbooks (XLSX) to give away: texts are texts, days are days, no cell is a formula and none is merged."""

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from foundation.documents.watermark import Watermark

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell = str | int | date | bool | None
NOTICE = "透かし"
WIDEST = 40
LONGEST = 32_767
"""Characters of a cell (Excel's limit)."""
NOT_KEPT = "\ufffe\uffff"
"""Characters that are none: XML has no way to write them."""
_ESCAPES = re.compile(r"_x[0-9A-Fa-f]{4}_x[0-9A-Fa-f]{4}_")
"""In a workbook `_x0041_` stands for A; the library escapes one that is meant, but not the next right behind it."""
ROOM = 255
"""Characters of a header or footer (Excel's limit)."""
_PLAIN: Mapping[str, Any] = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """シート: a title, one row of column titles and the rows below it; `days` are the columns that hold days."""

    title: str
    head: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    days: frozenset[int] = frozenset()


def workbook(sheets: Iterable[Sheet], mark: Watermark, *, with_notice: bool = True) -> bytes:
    """Return the sheets as XLSX: the mark stands in every header and footer and in the document's properties.

    With a notice it also stands on a sheet of its own; a table that is to be read again goes without.
    """
    kept = io.BytesIO()
    book = xlsxwriter.Workbook(kept, dict(_PLAIN))
    try:
        book.set_properties(
            {
                "author": f"{mark.member} {mark.reader}",
                "keywords": mark.number,
                "comments": mark.line,
                "created": mark.at.replace(tzinfo=None),
            }
        )
        text, day, bold = (book.add_format(each) for each in _FORMATS)
        for sheet in sheets:
            page = book.add_worksheet(sheet.title)
            _lay_out(page, mark)
            _fill(page, sheet, text, day, bold)
        if with_notice:
            page = book.add_worksheet(NOTICE)
            _lay_out(page, mark)
            _fill(page, _notice(mark), text, day, bold)
    finally:
        book.close()
    return kept.getvalue()


def unfit(text: str) -> str:
    """Return the characters of a text that no workbook keeps."""
    return "".join(sorted(set(text) & set(NOT_KEPT)))


def unkept(text: str) -> str:
    """Return what a text has that comes back as something else, or nothing: two escapes that share a stroke."""
    found = _ESCAPES.search(text)
    return found.group() if found else ""


_FORMATS: tuple[Mapping[str, Any], ...] = (
    {"num_format": "@", "text_wrap": True, "valign": "top"},
    {"num_format": "yyyy-mm-dd", "valign": "top", "align": "left"},
    {"num_format": "@", "bold": True, "text_wrap": True, "valign": "top"},
)


def _lay_out(page: Worksheet, mark: Watermark) -> None:
    """Prepare a page for print: across, the titles on each, the mark above and the number and page below."""
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.freeze_panes(1, 0)
    page.set_header("&L" + _within(mark.line, ROOM - 2))
    page.set_footer("&L" + _within(f"{mark.mark}監査番号 {mark.number}", ROOM - 20) + "&R&P / &N")


def _within(text: str, room: int) -> str:
    """Return a text for a header or footer, where & begins a code, in as many characters as there is room for."""
    shown = text.replace("&", "＆")
    return shown if len(shown) <= room else f"…{shown[-room + 1 :]}"


def _fill(page: Worksheet, sheet: Sheet, text: Format, day: Format, bold: Format) -> None:
    for column, title in enumerate(sheet.head):
        page.write_string(0, column, title, bold)
        page.set_column(column, column, min(WIDEST, 2 * len(title) + 4), day if column in sheet.days else text)
    for row, cells in enumerate(sheet.rows, start=1):
        for column, cell in enumerate(cells):
            _write(page, row, column, cell, text, day)


def _write(page: Worksheet, row: int, column: int, cell: Cell, text: Format, day: Format) -> None:
    match cell:
        case None:
            return
        case bool():
            page.write_boolean(row, column, cell)
        case int():
            page.write_number(row, column, cell)
        case date():
            page.write_datetime(row, column, datetime.combine(cell, time()), day)
        case str():
            page.write_string(row, column, cell, text)


def _notice(mark: Watermark) -> Sheet:
    rows = [
        ("閲覧者", f"{mark.member} {mark.reader}"),
        ("日時", mark.at.isoformat()),
        ("監査番号", mark.number),
        ("表示", mark.line),
    ]
    return Sheet(NOTICE, ("項目", "内容"), rows)
