"""Reading how the members stand, as they said last."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from agreements import queries as agreements
from agreements.models import Member
from agreements.visibility import groups_binding
from aid import permissions
from aid.incidents.queries import incident_named, is_said_in, latest_reports
from aid.marks import NOTHING, Kept, Mark, Subject
from aid.models import SituationReport
from aid.situation.schemas import MarkView, SituationView
from foundation.actor import Actor
from foundation.paging import PAGE, Page, PageQuery


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Reports of the actor's own member, and those that members bound by its groups made there."""
    return or_(
        SituationReport.member_id.in_({each.member for each in actor.memberships}),
        is_said_in(groups_binding(actor, permissions.VIEW_AID)),
    )


def listing(session: Session, actor: Actor, incident_id: str, query: PageQuery) -> Page[SituationView]:
    """The latest report of each member that the actor sees. Raises IncidentNotFound."""
    incident_named(session, incident_id)
    seen = _latest(incident_id, visible_to(actor))
    if query.cursor is not None:
        seen = seen.where(SituationReport.id > query.cursor)
    statement = seen.join(Member, Member.id == SituationReport.member_id).add_columns(Member)
    rows = session.execute(statement.order_by(SituationReport.id).limit(PAGE + 1)).all()
    items = [view(report, member) for report, member in rows[:PAGE]]
    return Page(items=items, next=items[-1].id if len(rows) > PAGE else None)


def latest_of(session: Session, actor: Actor, incident_id: str, member: str) -> SituationReport | None:
    """A member's latest report in an incident that the actor sees."""
    return session.scalar(_latest(incident_id, visible_to(actor)).where(SituationReport.member_id == member))


def _latest(incident_id: str, which: ColumnElement[bool]) -> Select[SituationReport]:
    """What the actor does not see must not hide an earlier report that it does."""
    return select(SituationReport).where(SituationReport.id.in_(latest_reports(incident_id, which)))


def view(report: SituationReport, member: Member) -> SituationView:
    """A report as it is shown."""
    return SituationView(
        id=report.id,
        incident=report.incident_id,
        municipality=member.municipality,
        member=member.id,
        name=member.name,
        can_help=report.is_able_to_help,
        marks={subject: _mark(report.marks.get(subject.value, NOTHING)) for subject in Subject},
        seat=agreements.seat_view(member),
        note=report.note,
        reported_at=report.reported_at,
        reported_by=report.reported_by_member,
        is_proxy=report.reported_by_member != report.member_id,
    )


def _mark(kept: Kept) -> MarkView:
    mark = Mark(kept["mark"])
    since = kept["since"]
    return MarkView(mark=mark, label=mark.label, changed_at=datetime.fromisoformat(since) if since else None)
