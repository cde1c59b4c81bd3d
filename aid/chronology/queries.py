"""Reading the chronology, by those who may."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, and_, false, not_, or_, select, tuple_
from sqlalchemy.orm import Session

from agreements import queries as agreements
from agreements.models import Person
from agreements.visibility import WITHOUT_VOTE
from aid import permissions
from aid.chronology.schemas import ChronologyQuery, EntryView
from aid.chronology.wording import render
from aid.errors import IncidentNotFound
from aid.lifecycle import Lane
from aid.models import AidRequest, Ask, ChronologyEntry, Incident, IncidentEvent, Offer
from foundation.actor import Actor, Membership
from foundation.paging import PAGE, Page
from foundation.problems import Language

Recorded = type[ChronologyEntry] | type[IncidentEvent]
AUTOMATIC = {Language.JA: "自動", Language.EN: "automatic"}
OPERATOR = {Language.JA: "運用者", Language.EN: "operator"}


def visible_to(actor: Actor, table: Recorded) -> ColumnElement[bool]:
    """Entries (or events) that the actor may see: public ones, and those of the actor's groups.

    What one partner offers, and whether messages reach it, is shown to that partner, the requester and coordinators.
    """
    mine = [_of_group(each, table) for each in actor.memberships if each.permissions]
    return or_(table.group_id.is_(None), *mine)


def _of_group(membership: Membership, table: Recorded) -> ColumnElement[bool]:
    in_group = table.group_id == membership.group
    if permissions.COORDINATE in membership.permissions:
        return in_group
    if membership.kind in WITHOUT_VOTE:
        return and_(in_group, _was_asked(membership, table), _concerns(membership, table))
    code = table.code if table is ChronologyEntry else IncidentEvent.kind
    is_private = or_(code.like("offer.%"), code.like("delivery.%"))
    return and_(in_group, or_(code.is_(None), not_(is_private), _concerns(membership, table)))


def _was_asked(membership: Membership, table: Recorded) -> ColumnElement[bool]:
    asked = select(Ask.request_id).where(Ask.member_id == membership.member)
    offered = select(Offer.request_id).where(Offer.member_id == membership.member)
    return or_(table.request_id.in_(asked), table.request_id.in_(offered))


def _concerns(membership: Membership, table: Recorded) -> ColumnElement[bool]:
    """What is about the member itself, about its own request, or about the requester."""
    requester = select(AidRequest.requester_id).where(AidRequest.id == table.request_id).scalar_subquery()
    return or_(
        table.member_id.is_(None),
        table.member_id == membership.member,
        table.member_id == requester,
        requester == membership.member,
    )


def listing(
    session: Session, actor: Actor, incident_id: str, query: ChronologyQuery, language: Language
) -> Page[EntryView]:
    """One page of an incident's record in the order of what happened, the newest last. Raises IncidentNotFound."""
    require_incident(session, incident_id)
    statement = _wanted(actor, incident_id, query)
    order = (ChronologyEntry.at, ChronologyEntry.number)
    if query.latest:
        newest = session.scalars(statement.order_by(*(each.desc() for each in order)).limit(PAGE)).all()
        return Page(items=views(session, actor, newest[::-1], language), next=None)
    if query.cursor is not None:
        statement = statement.where(_behind(session, incident_id, query.cursor))
    rows = session.scalars(statement.order_by(*order).limit(PAGE + 1)).all()
    shown = rows[:PAGE]
    return Page(items=views(session, actor, shown, language), next=shown[-1].id if len(rows) > PAGE else None)


def require_incident(session: Session, incident_id: str) -> None:
    """Raise IncidentNotFound unless there is such an incident."""
    if session.get(Incident, incident_id) is None:
        raise IncidentNotFound


def _wanted(actor: Actor, incident_id: str, query: ChronologyQuery) -> Select[ChronologyEntry]:
    statement = select(ChronologyEntry).where(
        ChronologyEntry.incident_id == incident_id, visible_to(actor, ChronologyEntry)
    )
    if query.lane is not None:
        statement = statement.where(ChronologyEntry.lane == query.lane.value)
    if query.request is not None:
        statement = statement.where(ChronologyEntry.request_id == query.request)
    return statement


def _behind(session: Session, incident_id: str, cursor: str) -> ColumnElement[bool]:
    """Entries behind the one that the cursor names: what happened later, or at once but was recorded later."""
    last = session.get(ChronologyEntry, cursor)
    if last is None or last.incident_id != incident_id:
        return false()
    return tuple_(ChronologyEntry.at, ChronologyEntry.number) > (last.at, last.number)


def views(session: Session, actor: Actor, entries: Sequence[ChronologyEntry], language: Language) -> list[EntryView]:
    """Entries as they are shown, the names read together."""
    ids = {each for entry in entries for each in (entry.member_id, entry.by_member) if each is not None}
    members = agreements.name_of_members(session, sorted(ids))
    people = _people(session, actor, entries)
    return [_view(entry, members, people, language) for entry in entries]


def _people(session: Session, actor: Actor, entries: Sequence[ChronologyEntry]) -> dict[str, str]:
    """Names of the people who acted, by id, as far as the actor may see them."""
    acted = {entry.by for entry in entries if entry.by is not None}
    rows = session.execute(
        select(Person.id, Person.name).where(Person.id.in_(acted), agreements.people_visible_to(actor))
    )
    return {row.id: row.name for row in rows}


def _view(
    entry: ChronologyEntry,
    members: dict[str, tuple[str | None, str]],
    people: dict[str, str],
    language: Language,
) -> EntryView:
    municipality, name = members.get(entry.member_id or "", (None, None))
    return EntryView(
        id=entry.id,
        number=entry.number,
        at=entry.at,
        lane=Lane(entry.lane),
        text=entry.text or render(entry.code or "", entry.facts, name, language),
        code=entry.code,
        facts=entry.facts,
        by=_who(entry, members, language),
        by_person=people.get(entry.by or ""),
        automatic=entry.code is not None,
        group=entry.group_id,
        request=entry.request_id,
        member=entry.member_id,
        municipality=municipality,
    )


def _who(entry: ChronologyEntry, members: dict[str, tuple[str | None, str]], language: Language) -> str:
    if entry.by_member in members:
        return members[entry.by_member][1]
    if entry.code is None or entry.by is not None:
        return OPERATOR[language]
    return AUTOMATIC[language]
