"""Reading another member's inventory by an emergency access (緊急閲覧) instead of an NDA."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from agreements.errors import MemberNotFound
from agreements.events import IncidentNamed
from agreements.models import Member
from foundation import clock
from foundation.actor import TWO_FACTORS, Actor
from foundation.events import emit
from foundation.problems import StepUpNeeded
from inventory.errors import EmergencyAccessOver
from inventory.events import CommitmentNamed, Committed
from inventory.grants.models import ReadingGrant
from inventory.grants.queries import is_allowed
from inventory.records.visibility import grants_open_to, grants_visible_to


def grant_for(session: Session, actor: Actor, ref: str, access: str) -> tuple[Member, ReadingGrant]:
    """Return whose inventory the actor reads by an emergency access, judged at this call.

    Raises MemberNotFound where it is not the actor's own access to that member, StepUpNeeded, EmergencyAccessOver.
    """
    found = session.execute(
        select(Member, ReadingGrant)
        .join(ReadingGrant, ReadingGrant.owner_id == Member.id)
        .where(ReadingGrant.id == access, grants_visible_to(actor), or_(Member.municipality == ref, Member.id == ref))
    ).one_or_none()
    if found is None:
        raise MemberNotFound
    if actor.assurance < TWO_FACTORS:
        raise StepUpNeeded
    owner, grant = found
    if not _holds(session, actor, grant):
        raise EmergencyAccessOver
    return owner, grant


def _holds(session: Session, actor: Actor, grant: ReadingGrant) -> bool:
    """Ask everything anew: the grant's time, who reads, the owner's word, the terms, the incident and the aid."""
    is_open = select(ReadingGrant.id).where(ReadingGrant.id == grant.id, grants_open_to(actor, clock.now(session)))
    if session.scalar(is_open) is None or not is_allowed(session, grant.owner_id, grant.group_id):
        return False
    if not emit(session, IncidentNamed(grant.incident_id, must_be_open=True)):
        return False
    wanted = Committed(grant.member_id, grant.owner_id, grant.incident_id, grant.group_id)
    return bool(emit(session, CommitmentNamed(grant.commitment_id)) == wanted)
