"""Plain text and CSV: readable, and nothing that a browser or a shell would take for its own."""

import csv
import re
from collections.abc import Iterable
from itertools import chain, islice, zip_longest

from foundation.documents.judging.verdict import ContentKind, Fault, Judged, Unfit

MOST_TEXT = 2_000_000
"""Characters; set as pages for another member's reader they take some six seconds."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff]")
_MARKUP = re.compile(
    r"<\s*(?:!doctype|!entity|html|head|body|svg|script|iframe|object|embed|img|math|link|meta|form|style)\b"
    r"|\A\s*<(?:\?xml|!--|[a-z])|javascript:",
    re.IGNORECASE,
)
_PROGRAM = re.compile(r"\A(?:#!|MZ|@echo\b|<\?php|%!PS|\{\\rtf)", re.IGNORECASE)
SAMPLE = 50


def read(content: bytes) -> Judged:
    """Return what a text is. Raises Unfit."""
    text = decoded(content)
    if len(text) > MOST_TEXT:
        raise Unfit(Fault.TOO_COMPLEX)
    if _PROGRAM.search(text):
        raise Unfit(Fault.PROGRAM)
    if _MARKUP.search(text):
        raise Unfit(Fault.MARKUP)
    if (rows := _rows(text)) is None:
        return Judged(ContentKind.TEXT, text)
    return Judged(ContentKind.CSV, f"{text}\n{as_text(rows)}")


def decoded(content: bytes) -> str:
    """Return a text in UTF-8 or CP932. Raises Unfit."""
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _CONTROL.search(text):
            return text
    raise Unfit(Fault.UNKNOWN)


def as_text(rows: list[list[str]]) -> str:
    """Return the cells of a table along its rows and again down its columns: a heading stands before its value."""
    across = (cell for row in rows for cell in row)
    down = (cell for column in zip_longest(*rows, fillvalue="") for cell in column)
    return "\n".join(filter(None, map(str.strip, chain(across, down))))


def _rows(text: str) -> list[list[str]] | None:
    """Return the rows of a CSV file, or None where the lines are no table."""
    try:
        sample = [row for row in islice(csv.reader(text.splitlines()), SAMPLE) if row]
        if not _is_table(sample):
            return None
        return [row for row in csv.reader(text.splitlines()) if row]
    except csv.Error:
        return None


def _is_table(rows: Iterable[list[str]]) -> bool:
    widths = {len(row) for row in rows}
    return len(widths) == 1 and widths != {1}
