"""Opening, amending and closing incidents."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from aid import permissions
from aid.chronology import actions as chronology
from aid.emergency_access import ending as accesses
from aid.incidents import footprints, queries
from aid.incidents.errors import IncidentClosed, NotYoursToAmend, OthersStillAsking, RequestsStillOpen
from aid.incidents.schemas import AffectedDraft, ClosureDraft, FootprintChange, IncidentDraft, IncidentView
from aid.lifecycle import IncidentAct, IncidentStatus, Lane, incident_after
from aid.models import AffectedArea, Incident
from aid.severity import IncidentKind
from foundation import audit, clock
from foundation.actor import Actor, Permission
from foundation.calls import check_version
from foundation.ids import new_id
from foundation.mode import Mode
from foundation.problems import FieldError, Invalid

AHEAD = timedelta(days=1)
"""A warned-of storm may be opened a day early; further ahead it is a slip of the date."""


def open_incident(session: Session, actor: Actor, draft: IncidentDraft, mode: Mode) -> IncidentView:
    """Open an incident with its first footprint. Raises Invalid."""
    _check_instant(session, draft)
    footprints.check(draft.kind, draft.affected)
    incident = Incident(
        id=new_id(),
        name=draft.name,
        kind=draft.kind.value,
        status=IncidentStatus.OPEN.value,
        occurred_at=draft.occurred_at,
        opened_by=actor.person,
        opened_at=clock.now(session),
    )
    session.add(incident)
    session.flush()
    _lay(session, incident, draft.affected)
    audit.record(session, actor, "aid.open_incident", f"incident:{incident.id}")
    facts = {"name": draft.name, "kind": draft.kind.value, "count": len(draft.affected)}
    _enter(session, actor, incident, "incident.opened", facts)
    return queries.view(session, actor, incident, mode)


def amend_footprint(
    session: Session, actor: Actor, incident_id: str, change: FootprintChange, mode: Mode, if_match: int | None = None
) -> IncidentView:
    """Replace or extend the footprint. Raises IncidentNotFound, NotYoursToAmend, IncidentClosed, Stale, Invalid."""
    incident = queries.locked(session, incident_id)
    _check_concern(session, actor, incident, permissions.COORDINATE)
    check_version(incident.version, if_match)
    _check_open(incident)
    footprints.check(IncidentKind(incident.kind), change.affected)
    statement = delete(AffectedArea).where(AffectedArea.incident_id == incident_id)
    if change.extend:
        statement = statement.where(AffectedArea.municipality.in_([each.municipality for each in change.affected]))
    session.execute(statement)
    _lay(session, incident, change.affected)
    incident.version += 1
    audit.record(session, actor, "aid.amend_footprint", f"incident:{incident.id}", extend=change.extend)
    facts = {"count": len(queries.severities_of(session, incident_id)), "extend": change.extend}
    _enter(session, actor, incident, "incident.amended", facts)
    return queries.view(session, actor, incident, mode)


def close(
    session: Session, actor: Actor, incident_id: str, draft: ClosureDraft, mode: Mode, if_match: int | None = None
) -> IncidentView:
    """End the response to an incident; cancels nothing.

    Raises IncidentNotFound, NotYoursToAmend, IncidentClosed, Stale, RequestsStillOpen, OthersStillAsking.
    """
    incident = queries.locked(session, incident_id)
    _check_concern(session, actor, incident, permissions.CLOSE_INCIDENT)
    check_version(incident.version, if_match)
    _check_open(incident)
    _check_finished(session, actor, incident_id)
    incident.status = incident_after(IncidentStatus(incident.status), IncidentAct.CLOSE).value
    incident.closed_at = clock.now(session)
    incident.version += 1
    audit.record(session, actor, "aid.close_incident", f"incident:{incident.id}")
    accesses.end_of_incident(session, actor, incident.id)
    _enter(session, actor, incident, "incident.closed", {"reason": draft.reason})
    return queries.view(session, actor, incident, mode)


def _check_instant(session: Session, draft: IncidentDraft) -> None:
    if draft.occurred_at > clock.now(session) + AHEAD:
        raise Invalid(
            FieldError(
                "/occurred_at",
                "in-the-future",
                "発生日時が先の日付になっています。今日か過去の日時を入力してください。",
                "This lies in the future; give the instant at which it happened.",
            )
        )


def _check_open(incident: Incident) -> None:
    if incident.status != IncidentStatus.OPEN:
        raise IncidentClosed


def _check_finished(session: Session, actor: Actor, incident_id: str) -> None:
    """It waits for every request, but says how many only of those that the actor sees."""
    if count := queries.unfinished_requests(session, incident_id, queries.requests_visible_to(actor)):
        raise RequestsStillOpen(count=count)
    if queries.unfinished_requests(session, incident_id):
        raise OthersStillAsking


def _check_concern(session: Session, actor: Actor, incident: Incident, permission: Permission) -> None:
    """A coordinator of just any group has no say: the incident must be a matter of the group."""
    is_ours = actor.is_operator or queries.is_opened_by_member_of(session, actor, incident)
    if not (is_ours or queries.is_concern_of(session, actor, incident, permission)):
        raise NotYoursToAmend


def _lay(session: Session, incident: Incident, areas: Sequence[AffectedDraft]) -> None:
    session.add_all(
        AffectedArea(
            incident_id=incident.id, municipality=each.municipality, severity=each.severity.value, source="manual"
        )
        for each in areas
    )


def _enter(session: Session, actor: Actor, incident: Incident, code: str, facts: dict[str, Any]) -> None:
    chronology.enter(session, actor, incident=incident.id, code=code, facts=facts, lane=Lane.NOTES)
    session.flush()
    session.refresh(incident, ["last_event"])
