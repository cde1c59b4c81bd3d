"""The record as a file: CSV for a spreadsheet, JSON lines with everything that a hash covers."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row

from foundation.audit.chain import COLUMNS, canonical, instant
from foundation.spreadsheets import tamed
from service.record.schemas import AuditView

HEAD = ("sequence", "at", "act", "actor", "actor_name", "actor_member", "subject", "facts", "hash")
MARK = "\ufeff"
"""By this a spreadsheet knows the file for UTF-8."""


def csv_head() -> str:
    """Return what a CSV file begins with."""
    return MARK + _line(HEAD)


def csv_lines(views: Iterable[AuditView]) -> str:
    """Return rows as CSV; no cell is a formula."""
    return "".join(
        _line(
            (
                view.sequence,
                instant(view.at),
                view.act,
                view.actor.person,
                view.actor.name,
                view.actor.member,
                view.subject,
                canonical(view.facts),
                view.hash,
            )
        )
        for view in views
    )


def json_lines(rows: Iterable[Row[Any]]) -> str:
    """Return rows as JSON lines: the columns that the hash covers, the previous hash and the hash."""
    return "".join(canonical(_whole(row)) + "\n" for row in rows)


def _whole(row: Row[Any]) -> dict[str, Any]:
    covered = {name: getattr(row, name) for name in COLUMNS}
    return {
        **covered,
        "at": instant(row.at),
        "previous_hash": row.previous_hash.hex(),
        "hash": row.hash.hex(),
    }


def _line(cells: Sequence[object]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow(["" if each is None else tamed(str(each)) for each in cells])
    return written.getvalue()
