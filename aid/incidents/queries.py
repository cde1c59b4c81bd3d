"""Reading incidents: what happened, where, and who can still help."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from agreements import directory
from agreements.models import Contact, Group, GroupMember, Member, Person
from agreements.visibility import WITHOUT_VOTE, consents, groups_in_force, members_bound_by, members_visible_to
from aid import permissions
from aid.incidents.errors import IncidentClosed, IncidentNotFound
from aid.incidents.schemas import AffectedView, IncidentQuery, IncidentView
from aid.lifecycle import IncidentStatus, RequestStatus
from aid.models import AffectedArea, AidRequest, Incident, SituationReport
from aid.ranking.geography import Position
from aid.ranking.partners import Footprint, Hit
from aid.severity import IncidentKind, Severity
from foundation.actor import Actor, Permission
from foundation.mode import Mode
from foundation.paging import Page, page

FINISHED = (RequestStatus.CLOSED.value, RequestStatus.CANCELLED.value)


@dataclass(frozen=True, slots=True)
class Impact:
    """被害の全体像: the footprint, and what the members themselves said last.

    `severities` by municipality code; `unable` and `able` hold the ids of the members whose latest
    situation report says so.
    """

    footprint: Footprint
    severities: dict[str, Severity]
    unable: frozenset[str]
    able: frozenset[str]

    def severity_of(self, member: str, municipality: str | None) -> Severity | None:
        """How badly a member counts as hit: not at all where it says itself that it can help."""
        if member in self.able or municipality is None:
            return None
        return self.severities.get(municipality)

    def is_hit(self, member: str, municipality: str | None) -> bool:
        """Tell whether a member counts as one that needs help itself."""
        severity = self.severity_of(member, municipality)
        return severity is not None and severity.is_hit


def footprint(session: Session, incident_id: str, group: str | None = None) -> Impact:
    """What ranking must know of an incident, in three reads. Raises IncidentNotFound.

    For a group, only what its own members said counts: a proxy's word stays in the groups that it shares.
    """
    incident = incident_named(session, incident_id)
    severities = severities_of(session, incident_id)
    reported = _abilities(session, incident_id, group)
    return Impact(
        Footprint(IncidentKind(incident.kind), _hits(severities)),
        severities,
        frozenset(member for member, is_able in reported.items() if not is_able),
        frozenset(member for member, is_able in reported.items() if is_able),
    )


def incident_named(session: Session, incident_id: str) -> Incident:
    """One incident: a public fact, so everyone signed in may see it. Raises IncidentNotFound."""
    incident = session.get(Incident, incident_id)
    if incident is None:
        raise IncidentNotFound
    return incident


def open_incident_named(session: Session, incident_id: str) -> Incident:
    """An incident in which things may still happen. Raises IncidentNotFound, IncidentClosed."""
    incident = incident_named(session, incident_id)
    if incident.status != IncidentStatus.OPEN:
        raise IncidentClosed
    return incident


def opened(session: Session, municipality: str | None = None) -> list[Incident]:
    """The open incidents, or those of them whose footprint names a municipality."""
    statement = select(Incident).where(Incident.status == IncidentStatus.OPEN).order_by(Incident.id)
    if municipality is not None:
        hit = select(AffectedArea.incident_id).where(AffectedArea.municipality == municipality)
        statement = statement.where(Incident.id.in_(hit))
    return list(session.scalars(statement))


def locked(session: Session, incident_id: str) -> Incident:
    """One incident, its row kept from others' changes until the commit. Raises IncidentNotFound.

    What only points to it goes on: a request filed meanwhile would wait here, and this for the request.
    """
    incident = session.get(Incident, incident_id, with_for_update={"key_share": True}, populate_existing=True)
    if incident is None:
        raise IncidentNotFound
    return incident


def severities_of(session: Session, incident_id: str) -> dict[str, Severity]:
    """The footprint by municipality code."""
    session.flush()
    # Rows without the ORM around them: half a nation may be hit, and every ranking reads this.
    rows = session.connection().execute(_SEVERITIES, {"incident": incident_id})
    return {municipality: Severity(severity) for municipality, severity in rows}


_SEVERITIES = (
    select(AffectedArea.municipality, AffectedArea.severity)
    .where(AffectedArea.incident_id == bindparam("incident"))
    .order_by(AffectedArea.municipality)
)


def unfinished_requests(session: Session, incident_id: str, *which: ColumnElement[bool]) -> int:
    """How many requests of an incident are neither closed nor cancelled."""
    statement = (
        select(func.count())
        .select_from(AidRequest)
        .where(AidRequest.incident_id == incident_id, AidRequest.status.not_in(FINISHED), *which)
    )
    return session.scalars(statement).one()


def requests_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The requests of the actor's groups; whoever takes part without a vote closes no incident."""
    return AidRequest.group_id.in_(
        [
            each.group
            for each in actor.memberships
            if permissions.VIEW_AID in each.permissions and each.kind not in WITHOUT_VOTE
        ]
    )


def is_concern_of(session: Session, actor: Actor, incident: Incident, permission: Permission) -> bool:
    """Tell whether an incident is the matter of a group in force where the actor holds a permission.

    It is where the group has a request in it, or a contact of the group opened it.
    """
    groups = groups_in_force(actor, permission)
    concerned = or_(
        exists().where(AidRequest.incident_id == incident.id, AidRequest.group_id.in_(groups)),
        exists().where(Contact.person_id == incident.opened_by, Contact.group_id.in_(groups)),
    )
    return session.scalars(select(concerned)).one()


def is_opened_by_member_of(session: Session, actor: Actor, incident: Incident) -> bool:
    """Tell whether the actor or a colleague opened the incident."""
    opener = select(Person.id).where(Person.id == incident.opened_by, Person.member_id == actor.member)
    return session.scalar(opener) is not None


def listing(session: Session, actor: Actor, query: IncidentQuery, mode: Mode) -> Page[IncidentView]:
    """All incidents in the order in which they were opened."""
    statement = select(Incident)
    if query.status is not None:
        statement = statement.where(Incident.status == query.status.value)
    shown = page(session, statement, Incident.id, query.cursor, lambda incident: _view(incident, mode, []))
    areas = _areas(session, actor, [each.id for each in shown.items])
    items = [each.model_copy(update={"affected": areas[each.id]}) for each in shown.items]
    return Page(items=items, next=shown.next)


def detail(session: Session, actor: Actor, incident_id: str, mode: Mode) -> IncidentView:
    """One incident with its footprint. Raises IncidentNotFound."""
    return view(session, actor, incident_named(session, incident_id), mode)


def view(session: Session, actor: Actor, incident: Incident, mode: Mode) -> IncidentView:
    """An incident as it is shown: a public fact, but who takes part in agreements is seen by those beside alone."""
    return _view(incident, mode, _areas(session, actor, [incident.id])[incident.id])


def _view(incident: Incident, mode: Mode, affected: list[AffectedView]) -> IncidentView:
    return IncidentView(
        id=incident.id,
        name=incident.name,
        kind=IncidentKind(incident.kind),
        occurred_at=incident.occurred_at,
        status=IncidentStatus(incident.status),
        mode=mode,
        affected=affected,
        opened_at=incident.opened_at,
        closed_at=incident.closed_at,
        last_event=incident.last_event,
        version=incident.version,
    )


def _areas(session: Session, actor: Actor, incidents: Sequence[str]) -> defaultdict[str, list[AffectedView]]:
    rows = session.execute(
        select(AffectedArea, Member.id)
        .outerjoin(Member, and_(Member.municipality == AffectedArea.municipality, members_visible_to(actor)))
        .where(AffectedArea.incident_id.in_(incidents))
        .order_by(AffectedArea.municipality)
    )
    areas = defaultdict[str, list[AffectedView]](list)
    for area, member in rows:
        areas[area.incident_id].append(_area_view(area, member))
    return areas


def _area_view(area: AffectedArea, member: str | None) -> AffectedView:
    place = directory.find(area.municipality)
    return AffectedView(
        municipality=area.municipality,
        member=member,
        name=place.name if place else area.municipality,
        prefecture=place.prefecture if place else "",
        severity=Severity(area.severity),
        source=area.source,
    )


def is_said_in(groups: Select[str]) -> ColumnElement[bool]:
    """Reports of members bound by one of these groups: by the member itself, or by another one bound by the same."""
    is_own = SituationReport.reported_by_member == SituationReport.member_id
    member, proxy = aliased(GroupMember), aliased(GroupMember)
    is_shared = exists().where(
        member.group_id.in_(groups),
        member.member_id == SituationReport.member_id,
        consents(member),
        proxy.group_id == member.group_id,
        proxy.member_id == SituationReport.reported_by_member,
        consents(proxy),
    )
    return or_(and_(is_own, SituationReport.member_id.in_(members_bound_by(groups))), is_shared)


def _hits(severities: dict[str, Severity]) -> tuple[Hit, ...]:
    places = ((_office(code), severity) for code, severity in severities.items())
    return tuple([Hit(place, severity) for place, severity in places if place])


@lru_cache(maxsize=4096)
def _office(code: str) -> Position | None:
    """Where a municipality's office is; the directory is shipped with the program, so this is never stale."""
    place = directory.find(code)
    return Position(place.latitude, place.longitude) if place else None


def latest_reports(incident_id: str, *which: ColumnElement[bool]) -> Select[str]:
    """Ids of the newest situation report of each member (among some)."""
    newest_first = (SituationReport.reported_at.desc(), SituationReport.id.desc())
    place = func.row_number().over(partition_by=SituationReport.member_id, order_by=newest_first)
    ranked = (
        select(SituationReport.id, place.label("place"))
        .where(SituationReport.incident_id == incident_id, *which)
        .subquery()
    )
    return select(ranked.c.id).where(ranked.c.place == 1)


def _abilities(session: Session, incident_id: str, group: str | None) -> dict[str, bool]:
    """By member id, whether its latest report says that it can help."""
    rows = session.execute(
        _latest_abilities(in_one_group=group is not None), {"incident": incident_id, "group": group}
    )
    return {row.member_id: row.is_able_to_help for row in rows}


@cache
def _latest_abilities(*, in_one_group: bool) -> Select[*tuple[Any, ...]]:
    """Built once: every ranking asks this, and putting it together costs more than running it."""
    which = [is_said_in(select(Group.id).where(Group.id == bindparam("group")))] if in_one_group else []
    incident: Any = bindparam("incident")
    return select(SituationReport.member_id, SituationReport.is_able_to_help).where(
        SituationReport.id.in_(latest_reports(incident, *which))
    )
