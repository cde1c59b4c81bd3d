"""Reading the record: each reading is itself recorded, in the same transaction."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, false, func, or_, select
from sqlalchemy.orm import Session

from agreements import queries as agreements
from agreements.models import Person
from foundation import audit
from foundation.actor import Actor
from foundation.audit import SERVICE, Audit
from foundation.paging import PAGE, Page
from service.record.schemas import AuditExportQuery, AuditQuery, AuditView, DoerView, RecordFilter

COLUMNS = Audit.__table__.c
OPERATOR = "operator"
OPERATOR_NAME = "運用者"


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Limit the record to that of the actor's own member; an operator sees the service's own and no member's."""
    if actor.is_operator:
        return Audit.chain == SERVICE
    return Audit.chain == actor.member if actor.member else false()


def read(session: Session, actor: Actor, query: AuditQuery) -> Page[AuditView]:
    """Return a page of the record, newest first. A protected read."""
    statement = _matching(actor, query).order_by(Audit.sequence.desc()).limit(PAGE + 1)
    if query.cursor is not None:
        statement = statement.where(Audit.sequence < int(query.cursor))
    rows = session.execute(statement).all()
    audit.record(session, actor, "audit.read", _subject(actor), filter=query.said())
    shown = rows[:PAGE]
    return Page(items=views(session, actor, shown), next=str(shown[-1].sequence) if len(rows) > PAGE else None)


def begin_export(session: Session, actor: Actor, query: AuditExportQuery) -> int:
    """Keep that the actor takes the record away, and return up to which row: the rows so far never change."""
    last = session.scalar(select(func.max(Audit.sequence)).where(visible_to(actor))) or 0
    audit.record(session, actor, "audit.exported", _subject(actor), filter=query.said(), until_sequence=last)
    return last


def export_page(
    session: Session, actor: Actor, query: AuditExportQuery, after: int, last: int, size: int
) -> Sequence[Row[Any]]:
    """Return the next rows of an export, oldest first."""
    within = _matching(actor, query).where(Audit.sequence > after, Audit.sequence <= last)
    return session.execute(within.order_by(Audit.sequence).limit(size)).all()


def views(session: Session, actor: Actor, rows: Iterable[Row[Any]]) -> list[AuditView]:
    """Return rows as their readers see them."""
    kept = list(rows)
    own = {row.actor for row in kept if row.actor_member == actor.member and row.actor is not None}
    people = {
        each.id: each.name for each in session.execute(select(Person.id, Person.name).where(Person.id.in_(own)))
    }
    members = agreements.name_of_members(session, {row.actor_member for row in kept if row.actor_member})
    return [
        AuditView(
            sequence=row.sequence,
            at=row.at,
            act=row.act,
            actor=_doer(row, people, members),
            subject=row.subject,
            facts=row.facts,
            hash=row.hash.hex(),
        )
        for row in kept
    ]


def _doer(row: Row[Any], people: dict[str, str], members: dict[str, tuple[str | None, str]]) -> DoerView:
    if row.actor_member is None:
        return DoerView(person=None, name=OPERATOR_NAME if row.actor == OPERATOR else None, member=None)
    if row.actor in people:
        return DoerView(person=row.actor, name=people[row.actor], member=row.actor_member)
    named = members.get(row.actor_member)
    return DoerView(person=None, name=named[1] if named else None, member=row.actor_member)


def _matching(actor: Actor, query: RecordFilter) -> Select[Any]:
    statement = select(*COLUMNS).where(visible_to(actor))
    if query.act is not None:
        statement = statement.where(Audit.act.startswith(query.act, autoescape=True))
    if query.subject is not None:
        statement = statement.where(Audit.subject == query.subject)
    if query.actor is not None:
        # Another member's person is shown without its id, so it can't be asked for either
        is_told = or_(Audit.actor_member == actor.member, Audit.actor == OPERATOR)
        statement = statement.where(Audit.actor == query.actor, is_told)
    if query.number is not None:
        statement = statement.where(audit.numbered(query.number))
    if query.since is not None:
        statement = statement.where(Audit.at >= query.since)
    if query.until is not None:
        statement = statement.where(Audit.at < query.until)
    return statement


def _subject(actor: Actor) -> str:
    return f"audit:{SERVICE if actor.is_operator else actor.member}"
