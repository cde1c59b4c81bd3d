"""Reading emergency accesses: all contacts of a group see what was opened in it."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from agreements.visibility import groups_in_force
from aid import permissions
from aid.emergency_access import views
from aid.emergency_access.errors import AccessNotFound
from aid.emergency_access.lifecycle import LIVE, AccessState
from aid.emergency_access.models import EmergencyAccess
from aid.emergency_access.schemas import AccessQuery, AccessView
from aid.models import Incident
from foundation import clock
from foundation.actor import Actor
from foundation.paging import PAGE, Page


def accesses_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The accesses in the groups that bind the actor's member, and all by its people or to its own inventory."""
    if actor.member is None or not actor.may(permissions.SEE_ACCESS):
        return false()
    return or_(
        EmergencyAccess.group_id.in_(groups_in_force(actor, permissions.SEE_ACCESS)),
        EmergencyAccess.owner_id == actor.member,
        EmergencyAccess.member_id == actor.member,
    )


def access_named(session: Session, actor: Actor, access: str) -> EmergencyAccess:
    """Return an access. Raises AccessNotFound where there is none, or none for this actor."""
    found = session.scalar(select(EmergencyAccess).where(EmergencyAccess.id == access, accesses_visible_to(actor)))
    if found is None:
        raise AccessNotFound
    return found


def access_locked(session: Session, access: str) -> EmergencyAccess:
    """Return an access whose row stays locked to the commit, and its incident's before it."""
    _lock_incidents(session, EmergencyAccess.id == access)
    return session.get_one(EmergencyAccess, access, with_for_update=True, populate_existing=True)


def live_locked(session: Session, which: ColumnElement[bool]) -> Sequence[EmergencyAccess]:
    """Return live accesses whose rows stay locked to the commit, and their incidents' before them."""
    is_live = and_(which, EmergencyAccess.state.in_(LIVE))
    _lock_incidents(session, is_live)
    statement = select(EmergencyAccess).where(is_live).order_by(EmergencyAccess.id).with_for_update()
    return session.scalars(statement.execution_options(populate_existing=True)).all()


def lock_incident(session: Session, incident: str) -> None:
    """Keep an incident as it is to the commit."""
    session.execute(select(Incident.id).where(Incident.id == incident).with_for_update(key_share=True))


def _lock_incidents(session: Session, which: ColumnElement[bool]) -> None:
    """Whoever closes an incident holds it before its accesses, so every other act on an access does so too."""
    concerned = Incident.id.in_(select(EmergencyAccess.incident_id).where(which))
    session.execute(select(Incident.id).where(concerned).order_by(Incident.id).with_for_update(key_share=True))


def listed(session: Session, actor: Actor, query: AccessQuery) -> Page[AccessView]:
    """Return a page of the accesses that the actor may see, in the order in which they were asked for."""
    statement = select(EmergencyAccess).where(accesses_visible_to(actor))
    now = clock.now(session)
    is_over = and_(EmergencyAccess.state == AccessState.OPEN.value, EmergencyAccess.until_at <= now)
    is_running = and_(EmergencyAccess.state == AccessState.OPEN.value, EmergencyAccess.until_at > now)
    is_live = or_(EmergencyAccess.state == AccessState.ASKED.value, is_running)
    is_to_review = or_(EmergencyAccess.state == AccessState.ENDED.value, is_over)
    for wanted, which in ((query.is_live, is_live), (query.is_to_review, is_to_review)):
        if wanted is not None:
            statement = statement.where(which if wanted else ~which)
    if query.cursor is not None:
        statement = statement.where(EmergencyAccess.id > query.cursor)
    rows = session.scalars(statement.order_by(EmergencyAccess.id).limit(PAGE + 1)).all()
    return Page(
        items=views.shown_all(session, actor, rows[:PAGE]), next=rows[PAGE - 1].id if len(rows) > PAGE else None
    )


def read(session: Session, actor: Actor, access: str) -> AccessView:
    """Return one access as the actor sees it. Raises AccessNotFound."""
    return views.shown(session, actor, access_named(session, actor, access))
