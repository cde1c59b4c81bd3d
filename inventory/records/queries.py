"""Reading inventories: one's own whole, another member's as far as the reader may and on the record."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased, contains_eager

from agreements.models import Person
from foundation.actor import Actor
from foundation.paging import PAGE
from inventory.errors import RecordNotFound
from inventory.records import reading as readings
from inventory.records.fields import choices_of, type_of
from inventory.records.kinds import RecordKind, disclosed, kinds_with, words_of
from inventory.records.marks import view_of
from inventory.records.models import Change, InventoryRecord, InventoryRevision
from inventory.records.reading import Reading, Shown
from inventory.records.schemas import (
    ChoiceView,
    FieldView,
    ReadingQuery,
    RecordKindsView,
    RecordKindView,
    RecordQuery,
    RecordsQuery,
    RecordsView,
    RecordView,
    RevisionsView,
    RevisionView,
)


def record_kinds() -> RecordKindsView:
    """Return what can be written down, in words."""
    return RecordKindsView(
        items=[RecordKindView(kind=kind, label=kind.label, fields=list(_field_views(kind))) for kind in RecordKind]
    )


def list_records(session: Session, actor: Actor, ref: str, wanted: RecordsQuery) -> RecordsView:
    """Return a member's records as the actor sees them, now or at an instant; what is shown of others is recorded.

    Raises InvalidReading, MemberNotFound.
    """
    reading = readings.reading_by(session, actor, ref, wanted)
    statement = _revisions(reading).where(_stands_at(wanted.at), _is_retired(retired=wanted.is_retired or False))
    if wanted.kind is not None:
        statement = statement.where(InventoryRecord.kind == wanted.kind.value)
    rows = _after(session, statement, wanted.cursor)
    seen = list(islice((view for row in rows if (view := record_view(row, reading)).fields), PAGE + 1))
    items = seen[:PAGE]
    mark = readings.record(session, actor, reading, wanted, "records", [shown(each) for each in items])
    return RecordsView(
        items=items,
        next=items[-1].id if len(seen) > PAGE else None,
        level=reading.level,
        lacking=list(reading.lacking),
        watermark=mark and view_of(mark),
    )


def standing(session: Session, reading: Reading, kind: RecordKind | None) -> list[RecordView]:
    """Return all that stands in an inventory now (of a kind) as its reader sees it; the caller records it."""
    statement = _revisions(reading).where(_stands_at(None), _is_retired(retired=False))
    if kind is not None:
        statement = statement.where(InventoryRecord.kind == kind.value)
    rows = session.scalars(statement.order_by(InventoryRecord.id))
    return [view for row in rows if (view := record_view(row, reading)).fields]


def read_record(session: Session, actor: Actor, ref: str, record: str, wanted: RecordQuery) -> RecordView:
    """Return one record. Raises InvalidReading, MemberNotFound, RecordNotFound."""
    reading = readings.reading_by(session, actor, ref, wanted)
    row = session.scalar(_revisions(reading).where(InventoryRecord.id == record, _stands_at(wanted.at)))
    if row is None:
        raise RecordNotFound
    view = record_view(row, reading)
    if not view.fields:
        raise RecordNotFound
    mark = readings.record(session, actor, reading, wanted, "record", [shown(view)])
    return view.model_copy(update={"watermark": mark and view_of(mark)})


def list_revisions(session: Session, actor: Actor, ref: str, record: str, wanted: ReadingQuery) -> RevisionsView:
    """Return a record's history, the oldest first. Raises InvalidReading, MemberNotFound, RecordNotFound."""
    reading = readings.reading_by(session, actor, ref, wanted)
    of_record = _revisions(reading).where(InventoryRecord.id == record)
    after = int(wanted.cursor) if wanted.cursor and wanted.cursor.isdecimal() and len(wanted.cursor) < 10 else 0  # noqa: PLR2004 — fits an int
    history = session.scalars(of_record.order_by(InventoryRevision.number))
    seen = [(row, fields) for row in history if (fields := record_view(row, reading).fields)]
    if not seen:
        raise RecordNotFound
    later = [each for each in seen if each[0].number > after]
    kept = later[:PAGE]
    told = [Shown(RecordKind(row.record.kind), row.record_id, tuple(fields)) for row, fields in kept]
    mark = readings.record(session, actor, reading, wanted, "revisions", told[:1] and [_union(told)])
    names = _names(session, [row.made_by for row, _ in kept]) if reading.is_own else {}
    return RevisionsView(
        items=[_revision_view(row, fields, reading, names) for row, fields in kept],
        next=str(kept[-1][0].number) if len(later) > PAGE else None,
        level=reading.level,
        watermark=mark and view_of(mark),
    )


def record_of(session: Session, visible_to: ColumnElement[bool], record: str) -> InventoryRecord:
    """Return a record for a change, locked. Raises RecordNotFound."""
    found = session.scalar(
        select(InventoryRecord)
        .where(InventoryRecord.id == record, visible_to)
        .with_for_update(of=InventoryRecord)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise RecordNotFound
    return found


def newest(session: Session, record: InventoryRecord) -> InventoryRevision:
    """Return what is said of a record now."""
    return session.get_one(InventoryRevision, (record.id, record.version))


def record_view(row: InventoryRevision, reading: Reading) -> RecordView:
    """Show a record as it stands in a revision, at the reader's level."""
    record, is_own = row.record, reading.is_own
    kind = RecordKind(record.kind)
    fields = disclosed(kind, row.fields, reading.level)
    return RecordView(
        id=record.id,
        member=record.member_id,
        municipality=record.member.municipality,
        kind=kind,
        name=fields.get("name"),
        fields=fields,
        level=reading.level,
        is_retired=row.change == Change.RETIRED,
        is_withheld=row.is_withheld if is_own else None,
        change=Change(row.change),
        checked_at=row.made_at,
        checked_by=row.made_by if is_own else None,
        version=row.number,
    )


def _revisions(reading: Reading) -> Select[InventoryRevision]:
    """Build the select of what a reader sees of an inventory, with its history.

    Others don't see what was written while a record was withheld: nobody reads in the history what was not for them.
    What was written before and after stays.
    """
    statement = (
        select(InventoryRevision)
        .join(InventoryRecord, InventoryRecord.id == InventoryRevision.record_id)
        .where(reading.visible)
        .options(contains_eager(InventoryRevision.record))
    )
    if reading.is_own:
        return statement
    kinds = [kind.value for kind in kinds_with(reading.level)]
    return statement.where(InventoryRevision.is_withheld.is_(False), InventoryRecord.kind.in_(kinds))


def _after(session: Session, statement: Select[InventoryRevision], cursor: str | None) -> Iterator[InventoryRevision]:
    """Yield the rows after a cursor in the order of their records, as many as are asked for.

    Which of them has a field for the group stands in its values: a page is filled with those that are shown, so that
    neither its length nor its cursor tells of the others.
    """
    key = InventoryRevision.record_id
    while True:
        after = statement if cursor is None else statement.where(key > cursor)
        rows = session.scalars(after.order_by(key).limit(PAGE + 1)).all()
        yield from rows
        if len(rows) <= PAGE:
            return
        cursor = rows[-1].record_id


def _stands_at(at: datetime | None) -> ColumnElement[bool]:
    if at is None:
        return InventoryRevision.number == InventoryRecord.version
    past = aliased(InventoryRevision)
    last = select(func.max(past.number)).where(past.record_id == InventoryRevision.record_id, past.made_at <= at)
    return InventoryRevision.number == last.correlate(InventoryRevision).scalar_subquery()


def _is_retired(*, retired: bool) -> ColumnElement[bool]:
    is_last = InventoryRevision.change == Change.RETIRED.value
    return is_last if retired else ~is_last


def shown(view: RecordView) -> Shown:
    """Return what the record of a reading keeps of a view."""
    return Shown(view.kind, view.id, tuple(view.fields))


def _union(shown: list[Shown]) -> Shown:
    names = sorted({name for each in shown for name in each.fields})
    return Shown(shown[0].kind, shown[0].record, tuple(names))


def _names(session: Session, people: list[str]) -> dict[str, str]:
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(set(people))))
    return {row.id: row.name for row in rows}


def _revision_view(
    row: InventoryRevision, fields: dict[str, Any], reading: Reading, names: dict[str, str]
) -> RevisionView:
    is_own = reading.is_own
    return RevisionView(
        record=row.record_id,
        number=row.number,
        change=Change(row.change),
        fields=fields,
        made_at=row.made_at,
        made_by=row.made_by if is_own else None,
        made_by_name=names.get(row.made_by),
        note=row.note if is_own else None,
        is_withheld=row.is_withheld if is_own else None,
    )


def _field_views(kind: RecordKind) -> Iterator[FieldView]:
    words = words_of(kind)
    for name, field in kind.schema.model_fields.items():
        yield FieldView(
            name=name,
            label=words[name].label,
            type=type_of(field),
            is_required=field.is_required(),
            disclosure=words[name].disclosure,
            choices=[
                ChoiceView(value=each.value, label=getattr(each, "label", each.value)) for each in choices_of(field)
            ],
        )
