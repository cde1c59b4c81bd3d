"""How an emergency access is shown."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements import queries as agreements
from agreements.models import Person
from aid import permissions
from aid.emergency_access.lifecycle import AccessState, Ending, Opening, standing
from aid.emergency_access.models import EmergencyAccess
from aid.emergency_access.schemas import AccessView
from foundation import clock
from foundation.actor import Actor


def shown(session: Session, actor: Actor, row: EmergencyAccess) -> AccessView:
    """Show an access."""
    return shown_all(session, actor, [row])[0]


def shown_all(session: Session, actor: Actor, rows: Sequence[EmergencyAccess]) -> list[AccessView]:
    """Show accesses with the names of those concerned."""
    members = agreements.name_of_members(session, {each for row in rows for each in (row.owner_id, row.member_id)})
    found = session.execute(select(Person.id, Person.name).where(Person.id.in_({row.person_id for row in rows})))
    people = {person.id: person.name for person in found}
    return [_view(session, actor, row, {key: name for key, (_, name) in members.items()} | people) for row in rows]


def _view(session: Session, actor: Actor, row: EmergencyAccess, names: dict[str, str]) -> AccessView:
    now = clock.now(session)
    state = standing(AccessState(row.state), row.until_at, now)
    is_late = row.review_due_at is not None and row.reviewed_at is None and row.review_due_at <= now
    return AccessView(
        id=row.id,
        group=row.group_id,
        incident=row.incident_id,
        commitment=row.commitment_id,
        owner=row.owner_id,
        owner_name=names[row.owner_id],
        member=row.member_id,
        member_name=names[row.member_id],
        person=row.person_id,
        person_name=names[row.person_id],
        reason=row.reason,
        undertaking=row.undertaking,
        minutes=row.minutes,
        state=state,
        state_name=state.label,
        asked_at=row.asked_at,
        opens_at=row.opens_at,
        opening=Opening(row.opening) if row.opening else None,
        confirmed_by_member=row.confirmed_by_member,
        opened_at=row.opened_at,
        until_at=row.until_at,
        ending=Ending(row.ending) if row.ending else None,
        ended_at=row.ended_at,
        review_due_at=row.review_due_at,
        is_overdue=is_late,
        reviewed_at=row.reviewed_at,
        review_note=row.review_note if may_review(actor, row) else None,
    )


def may_review(actor: Actor, row: EmergencyAccess) -> bool:
    """Tell whether the actor looks at what was read: for the owner or as a coordinator, never for who has read."""
    if actor.acts_for(row.member_id):
        return False
    return actor.acts_for(row.owner_id) or actor.may(permissions.COORDINATE, group=row.group_id)
