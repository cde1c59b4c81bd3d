"""A document on A4: headings and tables of two columns, the reader's mark on every page and in its properties.

Call it by `WORKSHOP.made`, outside a transaction.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from foundation.documents.errors import DocumentTooLarge
from foundation.documents.typesetting import typeset
from foundation.documents.watermark import Watermark

MOST_ROWS = 6_000
"""Of one document: some 160 pages, which take a core for two seconds and some 500 MB of memory."""
MOST_CHARACTERS = 600_000
"""Of one document's texts."""
_LONG = re.compile(r"([!-~¡-ʯͰ-῿][!-~¡-῿]{19,}|[^\w\s]{12,})")
"""A run of letters or of marks that has no place to break at: a word, an address of the web, a row of full stops."""


@dataclass(frozen=True, slots=True)
class Table:
    """表: a title, repeated where the table goes over to a page, and rows of a name and what is said of it."""

    title: str
    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Section:
    """章: a heading and its tables."""

    title: str
    tables: Sequence[Table]


@dataclass(frozen=True, slots=True)
class Paper:
    """文書: a title, the lines below it, and the chapters."""

    title: str
    lines: Sequence[str]
    sections: Sequence[Section]


def check_size(paper: Paper) -> None:
    """Raise DocumentTooLarge where it would not fit one document."""
    rows = [row for section in paper.sections for table in section.tables for row in table.rows]
    if len(rows) > MOST_ROWS:
        raise DocumentTooLarge(most=f"{MOST_ROWS:,}行")
    if sum(len(name) + len(text) for name, text in rows) > MOST_CHARACTERS:
        raise DocumentTooLarge(most=f"{MOST_CHARACTERS:,}字")


def pdf(paper: Paper, mark: Watermark) -> bytes:
    """Return the document. Raises NoJapaneseFont, DocumentTooLarge."""
    check_size(paper)
    sections = [
        {
            "title": section.title,
            "tables": [
                {"title": _runs(table.title), "rows": [[_runs(name), _runs(text)] for name, text in table.rows]}
                for table in section.tables
            ],
        }
        for section in paper.sections
    ]
    data = {
        "title": paper.title,
        "heading": _runs(paper.title),
        "lines": [_runs(each) for each in paper.lines],
        "sections": sections,
    }
    return typeset("tables", data, mark)


def _runs(text: str) -> list[dict[str, Any]]:
    """Return a text in pieces, each of which tells whether it must be broken anywhere."""
    return [{"text": each, "is_long": place % 2 == 1} for place, each in enumerate(_LONG.split(text)) if each]
