"""Keeping a member's inventory: every change is a revision, and so is finding nothing to change."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.orm import Session

from agreements.models import Member
from agreements.queries import member_of
from foundation import audit, clock
from foundation.actor import Actor
from foundation.calls import check_version
from foundation.ids import new_id
from inventory import permissions
from inventory.errors import NotYourRecords, RecordNotRetired, RecordRetired, TooManyRecords
from inventory.records import facets, lending, queries
from inventory.records.fields import Disclosure
from inventory.records.kinds import RecordKind
from inventory.records.models import Change, InventoryRecord, InventoryRevision
from inventory.records.reading import Reading, is_own
from inventory.records.schemas import CheckView, NoteDraft, RecordChange, RecordDraft, RecordView
from inventory.records.validation import check_note, validated
from inventory.records.visibility import own_records_visible_to

MOST_RECORDS = 2000
"""More than the largest cities have systems, sites and kinds of equipment together."""


def create(session: Session, actor: Actor, ref: str, draft: RecordDraft, room: int | None = None) -> RecordView:
    """Write down a new thing; whoever writes many gives the `room` there is, so that it is not counted each time.

    Raises MemberNotFound, NotYourRecords, InvalidRecord, TooManyRecords, LessThanPromised, StillPromised.
    """
    member = own_member(session, actor, ref)
    fields = validated(draft.kind, draft.fields, draft.note)
    if (room_of(session, member) if room is None else room) <= 0:
        raise TooManyRecords(most=MOST_RECORDS)
    record = InventoryRecord(
        id=new_id(),
        member=member,
        kind=draft.kind.value,
        name=fields["name"],
        is_withheld=draft.is_withheld,
        checked_at=clock.now(session),
        checked_by=keeper(actor),
        created_at=clock.now(session),
        version=0,
    )
    session.add(record)
    return _revised(session, actor, record, Change.CREATED, fields, draft.note)


def change(
    session: Session, actor: Actor, ref: str, record_id: str, wanted: RecordChange, version: int | None = None
) -> RecordView:
    """Change what is said of a record; what is left out stays.

    Raises MemberNotFound, NotYourRecords, RecordNotFound, Stale, RecordRetired, InvalidRecord, LessThanPromised,
    StillPromised.
    """
    record = _own_record(session, actor, ref, record_id, version)
    if record.is_retired:
        raise RecordRetired
    fields = validated(
        RecordKind(record.kind), {**queries.newest(session, record).fields, **wanted.fields}, wanted.note
    )
    record.name = fields["name"]
    if wanted.is_withheld is not None:
        record.is_withheld = wanted.is_withheld
    return _revised(session, actor, record, Change.CHANGED, fields, wanted.note)


def check(
    session: Session, actor: Actor, ref: str, record_id: str, draft: NoteDraft, version: int | None = None
) -> RecordView:
    """Say of one record that nothing has to be changed. Raises as `change` does."""
    record = _own_record(session, actor, ref, record_id, version)
    if record.is_retired:
        raise RecordRetired
    return _same_again(session, actor, record, Change.CHECKED, draft.note)


def retire(
    session: Session, actor: Actor, ref: str, record_id: str, draft: NoteDraft, version: int | None = None
) -> RecordView:
    """Say that something is no longer there; its history stays. Raises as `change` does."""
    record = _own_record(session, actor, ref, record_id, version)
    if record.is_retired:
        raise RecordRetired
    record.is_retired = True
    return _same_again(session, actor, record, Change.RETIRED, draft.note)


def restore(
    session: Session, actor: Actor, ref: str, record_id: str, draft: NoteDraft, version: int | None = None
) -> RecordView:
    """Take back a retirement. Raises RecordNotRetired, and as `change` does."""
    record = _own_record(session, actor, ref, record_id, version)
    if not record.is_retired:
        raise RecordNotRetired
    record.is_retired = False
    return _same_again(session, actor, record, Change.RESTORED, draft.note)


def check_all(session: Session, actor: Actor, ref: str, draft: NoteDraft) -> CheckView:
    """Say of the whole inventory that nothing has to be changed; counts for the yearly duty.

    Both statements name the locked records: on PostgreSQL each sees what others committed since, and a record that
    came in between would be given a version without its revision.

    Raises MemberNotFound, NotYourRecords, InvalidRecord (a note that holds a secret).
    """
    member = own_member(session, actor, ref)
    check_note(draft.note)
    live = InventoryRecord.member_id == member.id, InventoryRecord.is_retired.is_(False)
    records = session.scalars(
        select(InventoryRecord.id).where(*live).order_by(InventoryRecord.id).with_for_update(of=InventoryRecord)
    ).all()
    session.execute(
        insert(InventoryRevision).from_select(
            ["record_id", "number", "change", "fields", "is_withheld", "note", "made_by", "made_at"],
            select(
                InventoryRevision.record_id,
                InventoryRevision.number + 1,
                literal(Change.CHECKED.value),
                InventoryRevision.fields,
                InventoryRevision.is_withheld,
                literal(draft.note),
                literal(keeper(actor)),
                literal(clock.now(session), InventoryRevision.made_at.type),
            )
            .join(InventoryRecord, InventoryRecord.id == InventoryRevision.record_id)
            .where(InventoryRecord.id.in_(records), InventoryRevision.number == InventoryRecord.version),
        )
    )
    session.execute(
        update(InventoryRecord)
        .where(InventoryRecord.id.in_(records))
        .values(version=InventoryRecord.version + 1, checked_at=clock.now(session), checked_by=keeper(actor))
        .execution_options(synchronize_session=False)
    )
    audit.record(session, actor, "inventory.all_checked", f"inventory:{member.id}", records=len(records))
    return CheckView(member=member.id, records=len(records), checked_at=clock.now(session), checked_by=keeper(actor))


def room_of(session: Session, member: Member) -> int:
    """Return how many more records a member may keep."""
    kept = select(func.count()).where(InventoryRecord.member_id == member.id)
    return MOST_RECORDS - (session.scalar(kept) or 0)


def own_member(session: Session, actor: Actor, ref: str) -> Member:
    """Return the actor's own member. Raises NotYourRecords for another that it sees, else MemberNotFound."""
    if not is_own(actor, ref) or not actor.may(permissions.KEEP_RECORDS):
        member_of(session, actor, ref)
        raise NotYourRecords
    assert actor.member is not None
    return session.get_one(Member, actor.member)


def keeper(actor: Actor) -> str:
    """Return who it is: a named person, or a program that a named person answers for; never a role."""
    assert actor.mark is not None
    return actor.mark


def _own_record(
    session: Session, actor: Actor, ref: str, record_id: str, version: int | None = None
) -> InventoryRecord:
    own_member(session, actor, ref)
    record = queries.record_of(session, own_records_visible_to(actor), record_id)
    check_version(record.version, version)
    return record


def _same_again(
    session: Session, actor: Actor, record: InventoryRecord, what: Change, note: str | None
) -> RecordView:
    check_note(note)
    return _revised(session, actor, record, what, queries.newest(session, record).fields, note)


def _revised(
    session: Session, actor: Actor, record: InventoryRecord, what: Change, fields: Mapping[str, Any], note: str | None
) -> RecordView:
    """Write the next revision, and bring in step what follows the record."""
    record.version += 1
    record.checked_at = clock.now(session)
    record.checked_by = keeper(actor)
    row = InventoryRevision(
        record=record,
        number=record.version,
        change=what.value,
        fields=dict(fields),
        is_withheld=record.is_withheld,
        note=note,
        made_by=keeper(actor),
        made_at=clock.now(session),
    )
    session.add(row)
    session.flush()
    facets.index(session, record, fields)
    if record.kind == RecordKind.EQUIPMENT:
        lending.keep_in_step(session, actor, record, fields)
    audit.record(session, actor, f"inventory.record_{what.value}", f"inventory-record:{record.id}", number=row.number)
    session.flush()
    return queries.record_view(row, Reading(record.member, Disclosure.OWNER, own_records_visible_to(actor)))
