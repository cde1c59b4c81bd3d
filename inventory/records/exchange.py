"""Taking a member's own inventory out as a file, and in again: seen row by row before anything is written."""

import base64
import binascii
from collections import Counter
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from foundation import clock
from foundation.actor import Actor
from foundation.clock import JAPAN
from foundation.problems import FieldError, Language, NotFound, Problem
from inventory.errors import InvalidRecord, RecordNotFound
from inventory.records import actions, queries, tables
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
)
from inventory.records.validation import validated
from inventory.records.visibility import own_records_visible_to

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


def export(session: Session, actor: Actor, ref: str, wanted: ExportQuery) -> bytes:
    """Return the live records of a kind as CSV. Raises NotFound for another member's, InvalidRecord.

    UTF-8 has a byte order mark, by which Excel knows it; what CP932 can't hold is refused rather than replaced.
    """
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
    at = clock.now(session).astimezone(JAPAN)
    stamp = f"{wanted.kind.label} {at:%Y-%m-%d %H:%M} 日本時間 出力者 {actor.name}"
    text = tables.written(wanted.kind, [(row.record_id, row.fields) for row in rows], stamp)
    return text.encode("utf-8-sig") if wanted.encoding is Encoding.UTF_8 else _in_cp932(text)


def take_in(session: Session, actor: Actor, ref: str, draft: ImportDraft, language: Language) -> ImportView:
    """Read a file into the own inventory, or show what would become of it.

    Raises MemberNotFound, NotYourRecords, InvalidRecord where the file as a whole can't be read or is too long.
    """
    member = actions.own_member(session, actor, ref)
    rows = list(islice(tables.read(draft.kind, tables.decoded(_bytes(draft.content))), MOST_ROWS + 1))
    if len(rows) > MOST_ROWS:
        raise InvalidRecord(TOO_MANY_ROWS)
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
    return ImportView(is_written=is_written, rows=found, counts=Counter(each.outcome for each in found))


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


def _bytes(content: str) -> bytes:
    try:
        return base64.b64decode("".join(content.split()), validate=True)
    except binascii.Error:
        raise InvalidRecord(
            FieldError("/content", "base64", "Base64 で送ってください。", "Send the file as Base64.")
        ) from None


def _in_cp932(text: str) -> bytes:
    try:
        return text.encode("cp932")
    except UnicodeEncodeError:
        lacking = "".join(sorted({each for each in text if not _fits(each)}))[:50]
        raise InvalidRecord(
            FieldError(
                "/query/encoding",
                "not-in-cp932",
                f"CP932 にない文字があります: {lacking}。UTF-8 で出力してください。",
                f"CP932 has no {lacking}; export in UTF-8.",
            )
        ) from None


def _fits(character: str) -> bool:
    try:
        character.encode("cp932")
    except UnicodeEncodeError:
        return False
    return True
