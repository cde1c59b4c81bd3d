"""Writing the record of an incident, and telling those who listen to its events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Insert, Integer, bindparam, insert, select, update
from sqlalchemy.orm import Session

from aid import permissions
from aid.chronology import queries
from aid.chronology.errors import NotInThisGroup
from aid.chronology.schemas import EntryDraft, EntryView
from aid.errors import IncidentClosed
from aid.lifecycle import IncidentStatus, Lane
from aid.models import AidRequest, ChronologyEntry, Incident, IncidentEvent
from foundation import audit, clock
from foundation.actor import Actor
from foundation.database.base import UtcDateTime
from foundation.database.statements import dialect_of, hand_over, handed_over, insert_rows, table_of
from foundation.ids import new_id
from foundation.problems import FieldError, Invalid, Language

WRITTEN = "chronology.written"
"""Kind of the event of an entry that a person wrote; its text is read from the chronology."""
SKEW = timedelta(minutes=10)
"""How far a device's clock may run ahead."""


@dataclass(frozen=True, slots=True)
class Entry:
    """記録事項: an automatic entry of an incident: what somebody did, and whose matter it is."""

    actor: Actor
    code: str
    facts: dict[str, Any]
    lane: Lane
    group: str | None = None
    request: str | None = None
    member: str | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """できごと: what somebody did, as a code of `wording.py` with its facts."""

    actor: Actor
    code: str
    facts: dict[str, Any]


def enter(
    session: Session,
    actor: Actor,
    *,
    incident: str,
    code: str,
    facts: dict[str, Any],
    lane: Lane,
    group: str | None = None,
    request: str | None = None,
    member: str | None = None,
    while_open: bool = False,
) -> None:
    """Add one automatic entry and its event."""
    enter_all(
        session,
        [Act(actor, code, facts)],
        incident=incident,
        lane=lane,
        group=group,
        request=request,
        member=member,
        while_open=while_open,
    )


def enter_all(
    session: Session,
    acts: Sequence[Act],
    *,
    incident: str,
    lane: Lane,
    group: str | None = None,
    request: str | None = None,
    member: str | None = None,
    while_open: bool = False,
) -> None:
    """Add automatic entries on one matter, each with its event.

    Call it last in an action: from here to the commit the incident's other entries wait.
    An entry of a request belongs to the request's group; one without request and group is public.
    With `while_open` raises IncidentClosed where the incident was closed meanwhile.
    """
    group = group or group_of(session, request)
    entries = [Entry(act.actor, act.code, act.facts, lane, group, request, member) for act in acts]
    enter_each(session, incident, entries, while_open=while_open)


def enter_each(session: Session, incident: str, entries: Sequence[Entry], *, while_open: bool = False) -> None:
    """Do so for several matters of an incident, each entry with its own group."""
    news = [News(each.code, each.facts, each.group, each.request, each.member) for each in entries]
    first = announce_all(session, incident=incident, news=news, while_open=while_open)
    rows = [
        {
            "id": new_id(),
            "incident_id": incident,
            "number": first + position,
            "group_id": each.group,
            "request_id": each.request,
            "member_id": each.member,
            "at": clock.now(session),
            "lane": each.lane.value,
            "code": each.code,
            "facts": each.facts,
            "by": each.actor.person,
            "by_member": each.actor.member,
        }
        for position, each in enumerate(entries)
    ]
    insert_rows(session, ChronologyEntry, *rows)


def write(session: Session, actor: Actor, incident_id: str, draft: EntryDraft, language: Language) -> EntryView:
    """Add an entry that a person wrote; also after the closure, for the record is completed later.

    Raises IncidentNotFound, NotInThisGroup, Invalid.
    """
    queries.require_incident(session, incident_id)
    group = _group_to_write_in(actor, draft)
    at = draft.at or clock.now(session)
    _check_past(session, at)
    audit.record(session, actor, "aid.write_chronology", f"incident:{incident_id}", group=group)
    number = announce(
        session,
        incident=incident_id,
        kind=WRITTEN,
        facts={"lane": draft.lane.value},
        group=group,
        member=actor.member,
    )
    entry = ChronologyEntry(
        id=new_id(),
        incident_id=incident_id,
        number=number,
        group_id=group,
        member_id=actor.member,
        at=at,
        lane=draft.lane.value,
        facts={},
        text=draft.text,
        by=actor.person,
        by_member=actor.member,
    )
    session.add(entry)
    session.flush()
    return queries.views(session, actor, [entry], language)[0]


def announce(
    session: Session,
    *,
    incident: str,
    kind: str,
    facts: dict[str, Any],
    group: str | None = None,
    request: str | None = None,
    member: str | None = None,
) -> int:
    """Add an event and return its number."""
    news = News(kind, facts, group or group_of(session, request), request, member)
    return announce_all(session, incident=incident, news=[news])


@dataclass(frozen=True, slots=True)
class News:
    """知らせ: what one event says, and whom it concerns."""

    kind: str
    facts: dict[str, Any]
    group: str | None
    request: str | None
    member: str | None


def announce_all(session: Session, *, incident: str, news: Sequence[News], while_open: bool = False) -> int:
    """Add events and return the first one's number; deliveries that changed have no entries beside them.

    The incident's row is locked from here to the commit, so numbers become visible in their order.
    """
    session.flush()
    last, status = session.execute(_NUMBER, {"the_incident": incident, "count": len(news)}).one()
    if while_open and status != IncidentStatus.OPEN:
        raise IncidentClosed
    first = int(last) - len(news) + 1
    at = clock.now(session)
    rows = [
        {
            "incident_id": incident,
            "number": first + position,
            "request_id": each.request,
            "member_id": each.member,
            "group_id": each.group,
            "kind": each.kind,
            "facts": each.facts,
        }
        for position, each in enumerate(news)
    ]
    session.execute(_announcing(dialect_of(session)), {**hand_over(rows, is_escaped=True), "at": at})
    return first


@cache
def _announcing(dialect: str) -> Insert:
    columns = {each.name: each.type for each in table_of(IncidentEvent).c if each.name != "at"}
    given = handed_over(dialect, **columns)
    rows = select(*given.c, bindparam("at", type_=UtcDateTime))
    return insert(table_of(IncidentEvent)).from_select([*given.c.keys(), "at"], rows)


_INCIDENTS = table_of(Incident).c
_NUMBER = (
    update(table_of(Incident))
    .where(_INCIDENTS.id == bindparam("the_incident"))
    .values(last_event=_INCIDENTS.last_event + bindparam("count", type_=Integer))
    .returning(_INCIDENTS.last_event, _INCIDENTS.status)
)


def _group_to_write_in(actor: Actor, draft: EntryDraft) -> str:
    """The group named, or the only one there is: an entry never becomes public by an omission."""
    groups = [each.group for each in actor.memberships if each.permissions & {permissions.WRITE_CHRONOLOGY}]
    if draft.group is not None:
        if draft.group not in groups:
            raise NotInThisGroup
        return draft.group
    if not groups:
        raise NotInThisGroup
    if len(groups) > 1:
        raise Invalid(
            FieldError(
                "/group",
                "group-needed",
                "複数の協定グループに参加しています。どのグループの記録かを選んでください。",
                "You take part in several groups; say whose record this is.",
            )
        )
    return groups[0]


def _check_past(session: Session, at: datetime) -> None:
    if at > clock.now(session) + SKEW:
        raise Invalid(
            FieldError(
                "/at",
                "in-the-future",
                "日時が先になっています。起きた日時を入力してください。",
                "This lies in the future; give the instant at which it happened.",
            )
        )


def group_of(session: Session, request: str | None) -> str | None:
    """The group whose matter a request is."""
    if request is None:
        return None
    return session.scalars(select(AidRequest.group_id).where(AidRequest.id == request)).one()
