"""Taking a member's own inventory out as a file, and in again: seen row by row before anything is written."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from agreements.marks import watermark_of
from foundation import audit
from foundation.actor import Actor
from foundation.documents.sheets import workbook
from foundation.documents.watermark import Watermark
from foundation.problems import FieldError, Language, NotFound, Problem
from inventory.errors import InvalidRecord, RecordNotFound
from inventory.records import actions, files, queries, tables
from inventory.records.kinds import RecordKind, words_of
from inventory.records.models import InventoryRecord, InventoryRevision
from inventory.records.reading import is_own
from inventory.records.schemas import (
    CellError,
    Encoding,
    ExportQuery,
    ImportDraft,
    ImportView,
    Outcome,
    RecordChange,
    RecordDraft,
    RowView,
    TableFormat,
)
from inventory.records.validation import validated
from inventory.records.visibility import own_records_visible_to

EXPORTED = "inventory.exported"
"""The act in the audit record: somebody took the own inventory out as a file."""
MOST_ROWS = 500
"""Of one file: they are written in one transaction, for which everybody's writes wait (about 1 s)."""
MOST_ERRORS = 10
"""Of one row that are told at once: a file of nothing but errors is answered in a few hundred kilobytes."""
TOO_MANY_ROWS = FieldError(
    "/content",
    "too-many-rows",
    f"1つのファイルに取り込めるのは{MOST_ROWS}行までです。見出しの行を残してファイルを分け、順に取り込んでください。",
    f"A file may have at most {MOST_ROWS} rows. Split it, keep the column titles, and send one part after the other.",
)


class _NotWritten(Exception):
    """Nothing of it is to be kept."""


@dataclass(frozen=True, slots=True)
class Export:
    """出力: the live records of a kind by their ids, and the mark of whoever takes them out."""

    kind: RecordKind
    records: list[tuple[str, dict[str, Any]]]
    mark: Watermark


def export(session: Session, actor: Actor, ref: str, wanted: ExportQuery) -> Export:
    """Return the live records of a kind, on the record. Raises NotFound for another member's, InvalidRecord."""
    if not is_own(actor, ref):
        raise NotFound
    rows = session.scalars(
        select(InventoryRevision)
        .join(InventoryRecord, InventoryRecord.id == InventoryRevision.record_id)
        .where(
            own_records_visible_to(actor),
            InventoryRecord.kind == wanted.kind.value,
            InventoryRecord.is_retired.is_(False),
            InventoryRevision.number == InventoryRecord.version,
        )
        .options(contains_eager(InventoryRevision.record))
        .order_by(InventoryRecord.id)
    ).all()
    number = audit.new_number(session)
    records = [(row.record_id, row.fields) for row in rows]
    taken = Export(wanted.kind, records, watermark_of(session, actor, number))
    _check_fit(taken, wanted)
    facts = {"number": number, "way": wanted.format.value, "kinds": {wanted.kind.value: len(rows)}}
    audit.record(session, actor, EXPORTED, f"inventory:{actor.member}", **facts)
    return taken


def _check_fit(taken: Export, wanted: ExportQuery) -> None:
    """Raise InvalidRecord where the format has not all characters: before it is recorded that it was taken out."""
    if wanted.format is TableFormat.XLSX:
        files.check_fit([tables.sheet(taken.kind, taken.records)])
    else:
        as_csv(taken, wanted.encoding)


def made(taken: Export, wanted: ExportQuery) -> bytes:
    """Return an export as the file that was asked for."""
    return as_workbook(taken) if wanted.format is TableFormat.XLSX else as_csv(taken, wanted.encoding)


def as_csv(taken: Export, encoding: Encoding) -> bytes:
    """Return an export as CSV. Raises InvalidRecord.

    UTF-8 has a byte order mark, by which Excel knows it; what CP932 can't hold is refused rather than replaced.
    """
    stamp = f"{taken.kind.label} {taken.mark.line}"
    if encoding is Encoding.CP932:
        stamp = files.told_in_cp932(stamp)
    text = tables.written(taken.kind, taken.records, stamp)
    return text.encode("utf-8-sig") if encoding is Encoding.UTF_8 else files.in_cp932(text)


def as_workbook(taken: Export) -> bytes:
    """Return an export as XLSX with one sheet and nothing on it but the table."""
    return workbook([tables.sheet(taken.kind, taken.records)], taken.mark, with_notice=False)


def rows_in(draft: ImportDraft) -> list[tables.Row]:
    """Return the rows of a file that is brought, CSV or XLSX. Raises InvalidRecord where it can't be read as one."""
    lines = files.lines_in(draft.kind, draft.content)
    rows = list(islice(tables.read(draft.kind, lines), MOST_ROWS + 1))
    if len(rows) > MOST_ROWS:
        raise InvalidRecord(TOO_MANY_ROWS)
    return rows


def take_in(
    session: Session, actor: Actor, ref: str, draft: ImportDraft, rows: Sequence[tables.Row], language: Language
) -> ImportView:
    """Write a file's rows into the own inventory, or show what would become of them.

    Raises MemberNotFound, NotYourRecords.
    """
    member = actions.own_member(session, actor, ref)
    room = actions.room_of(session, member)
    found: list[RowView] = []
    try:
        with session.begin_nested():
            for row in rows:
                found.append(_taken(session, actor, ref, draft.kind, row, language, room))
                room -= found[-1].outcome is Outcome.CREATED
            is_wrong = any(each.outcome is Outcome.WRONG for each in found)
            if draft.is_preview or (is_wrong and not draft.only_right):
                raise _NotWritten  # noqa: TRY301 — the savepoint is undone by what leaves it
    except _NotWritten:
        is_written = False
    else:
        is_written = True
    counts = Counter(each.outcome for each in found)
    changes = counts[Outcome.CREATED] + counts[Outcome.CHANGED]
    return ImportView(is_written=is_written, rows=found, counts=counts, changes=changes)


def _taken(
    session: Session, actor: Actor, ref: str, kind: RecordKind, row: tables.Row, language: Language, room: int
) -> RowView:
    """Write one row, or say what is wrong with it; a wrong one undoes itself alone."""
    name = row.fields.get("name")
    try:
        with session.begin_nested():
            outcome, record = _apply(session, actor, ref, kind, row, room)
            session.flush()
    except Problem as problem:
        errors = _cell_errors(kind, problem, language)[:MOST_ERRORS]
        return RowView(line=row.line, outcome=Outcome.WRONG, record=row.record, name=name, errors=errors)
    return RowView(line=row.line, outcome=outcome, record=record, name=name, errors=[])


def _apply(
    session: Session, actor: Actor, ref: str, kind: RecordKind, row: tables.Row, room: int
) -> tuple[Outcome, str | None]:
    if row.record is None:
        draft = RecordDraft(kind=kind, fields=dict(row.fields))
        return Outcome.CREATED, actions.create(session, actor, ref, draft, room).id
    record = queries.record_of(session, own_records_visible_to(actor), row.record)
    if record.kind != kind:
        raise RecordNotFound
    present = queries.newest(session, record).fields
    if validated(kind, {**present, **row.fields}) == present and not record.is_retired:
        return Outcome.SAME, record.id
    actions.change(session, actor, ref, record.id, RecordChange(fields=dict(row.fields)))
    return Outcome.CHANGED, record.id


def _cell_errors(kind: RecordKind, problem: Problem, language: Language) -> list[CellError]:
    if not problem.errors:
        return [CellError(column=None, code=problem.code(), detail=problem.detail(language))]
    labels = {name: words.label for name, words in words_of(kind).items()}
    return [
        CellError(
            column=labels.get(each.pointer.removeprefix("/fields/").partition("/")[0]),
            code=each.code,
            detail=each.en if language is Language.EN else each.ja,
        )
        for each in problem.errors
    ]
