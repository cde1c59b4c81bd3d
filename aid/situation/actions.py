"""Reporting how a member stands."""

from typing import Any

from sqlalchemy.orm import Session

from agreements import actions as agreements
from agreements import queries as members
from agreements.models import Member
from agreements.schemas import Seat
from agreements.visibility import groups_in_force, groups_that_bind
from aid import marks, permissions
from aid.chronology import actions as chronology
from aid.incidents.queries import open_incident_named
from aid.lifecycle import Lane
from aid.models import SituationReport
from aid.situation import queries
from aid.situation.errors import NotYoursToReport
from aid.situation.schemas import SituationDraft, SituationView
from foundation import audit, clock
from foundation.actor import Actor
from foundation.ids import new_id
from foundation.problems import FieldError, Invalid


def report(session: Session, actor: Actor, incident_id: str, draft: SituationDraft) -> SituationView:
    """Keep how a member stands now, and where it works; the newest report overrides the footprint.

    Raises IncidentNotFound, IncidentClosed, MemberNotFound, NotYoursToReport, Invalid.
    """
    open_incident_named(session, incident_id)
    member = members.member_of(session, actor, draft.municipality)
    groups = _groups_to_tell(session, actor, member)
    last = queries.latest_of(session, actor, incident_id, member.id)
    made = _made(session, actor, incident_id, member, draft, last)
    if draft.seat is not None:
        _move(session, actor, member, draft.seat)
    _record(session, actor, made)
    _enter(session, actor, made, {} if last is None else last.marks, groups)
    session.flush()
    return queries.view(made, member)


def _groups_to_tell(session: Session, actor: Actor, member: Member) -> list[str]:
    """All groups that bind the member where it reports itself; a proxy tells those in force that bind both.

    Raises NotYoursToReport.
    """
    groups = groups_that_bind(member.id)
    is_own = any(
        permissions.REPORT_SITUATION in each.permissions and each.member == member.id for each in actor.memberships
    )
    if not is_own:
        shared = groups_in_force(actor, permissions.REPORT_SITUATION)
        groups = groups.where(groups.selected_columns.group_id.in_(shared))
    found = list(session.scalars(groups.order_by(groups.selected_columns.group_id)))
    if not (is_own or found):
        raise NotYoursToReport
    return found


def _made(
    session: Session,
    actor: Actor,
    incident_id: str,
    member: Member,
    draft: SituationDraft,
    last: SituationReport | None,
) -> SituationReport:
    now = clock.now(session)
    before = {} if last is None else last.marks
    made = SituationReport(
        id=new_id(),
        incident_id=incident_id,
        member_id=member.id,
        is_able_to_help=draft.can_help,
        marks=marks.merged(before, draft.marks.given(), now),
        note=draft.note,
        reported_by=actor.person,
        reported_by_member=actor.member,
        reported_at=now,
    )
    session.add(made)
    return made


def _move(session: Session, actor: Actor, member: Member, seat: Seat) -> None:
    try:
        agreements.move_seat(session, actor, member.id, seat)
    except Invalid as refusal:
        raise Invalid(
            *(FieldError(f"/seat{each.pointer}", each.code, each.ja, each.en) for each in refusal.errors)
        ) from None


def _record(session: Session, actor: Actor, made: SituationReport) -> None:
    """A proxy's report stands in both members' records."""
    audit.record(
        session,
        actor,
        "aid.report_situation",
        f"incident:{made.incident_id}",
        chain=made.member_id,
        member=made.member_id,
        is_proxy=made.member_id != actor.member,
    )


def _enter(session: Session, actor: Actor, made: SituationReport, before: dict[str, Any], groups: list[str]) -> None:
    """One entry in the record of each group that is told."""
    facts = {"can_help": made.is_able_to_help, "marks": marks.changes(before, made.marks)}
    for group in groups:
        chronology.enter(
            session,
            actor,
            incident=made.incident_id,
            code="situation.reported",
            facts=facts,
            lane=Lane.NOTES,
            group=group,
            member=made.member_id,
            while_open=True,
        )
