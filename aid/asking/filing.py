"""From a message that was understood to a request: in which incident and group, and how far it goes at first."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements import callers as agreements
from agreements.callers import Caller
from aid.asking import waiting
from aid.incidents import queries as incidents
from aid.models import AidRequest
from aid.requests import actions, queries
from aid.requests.schemas import RequestDraft, RequestView
from foundation.actor import Actor, Membership


def incident_for(session: Session, claimed: Caller) -> str | None:
    """Return the one open incident whose footprint names the member, else the one open incident; None if unsure."""
    hit = incidents.opened(session, claimed.municipality) if claimed.municipality else []
    found = hit or incidents.opened(session)
    return found[0].id if len(found) == 1 else None


def group_for(session: Session, claimed: Caller, incident: str) -> str | None:
    """Return the member's one group, else the one of its groups that asks for aid in the incident; None if unsure."""
    groups = agreements.groups_asking(session, claimed.member)
    if len(groups) > 1:
        asking = select(AidRequest.group_id).where(
            AidRequest.incident_id == incident, AidRequest.group_id.in_(groups)
        )
        groups = list(session.scalars(asking.distinct()))
    return groups[0] if len(groups) == 1 else None


def file(session: Session, claimed: Caller, draft: RequestDraft, *, is_verified: bool) -> RequestView:
    """File a request for the member; an unverified one is told to those who can verify it, and to nobody else."""
    request = actions.file(session, actor_for(claimed, draft.group), draft, is_verified=is_verified)
    if not is_verified:
        waiting.tell(session, queries.request_locked(session, request.id))
    return request


def actor_for(claimed: Caller, group: str) -> Actor:
    """Return who acts by a message: the member, by whose number it is; no permission beyond the request itself."""
    part = Membership(group, claimed.member, claimed.municipality, "member", frozenset(), frozenset())
    return Actor(claimed.person, "", claimed.member, claimed.municipality, memberships=(part,))
