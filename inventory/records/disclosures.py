"""Who looked: what the owner's people are shown of the readings of their inventory, and told once a month."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session

from agreements.models import Member, Person
from agreements.queries import mail_contacts
from foundation import clock, timers
from foundation.actor import Actor
from foundation.audit import Audit, numbered
from foundation.clock import JAPAN
from foundation.ids import new_id
from foundation.paging import PAGE
from foundation.problems import NotFound
from foundation.timers import Timer
from inventory import permissions
from inventory.records.fields import Disclosure
from inventory.records.reading import DIGEST, DISCLOSED, is_own, next_digest
from inventory.records.schemas import DisclosedView, DisclosuresQuery, DisclosuresView, DisclosureView, Purpose
from notifications.actions import raise_alert
from notifications.alerts import LOW

NAMED = 20
"""How many readers a digest names; the whole record stands in the product."""


def disclosures_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The readings by others of the actor's own member's inventory, from that member's chain."""
    return _of_member(actor.member) if actor.member else false()


def list_disclosures(session: Session, actor: Actor, ref: str, wanted: DisclosuresQuery) -> DisclosuresView:
    """Return who looked, the newest first. Raises NotFound for another member's."""
    if not is_own(actor, ref) or not actor.may(permissions.SHARE):
        raise NotFound
    statement = select(Audit).where(disclosures_visible_to(actor))
    if wanted.cursor is not None:
        # Not by id: two of one millisecond have no order among them, and a page could leave one out
        statement = statement.where(Audit.sequence < _sequence(wanted.cursor))
    if wanted.number is not None:
        statement = statement.where(numbered(wanted.number))
    if wanted.since is not None:
        statement = statement.where(Audit.at >= _midnight(wanted.since))
    if wanted.until is not None:
        statement = statement.where(Audit.at < _midnight(wanted.until + timedelta(days=1)))
    rows = session.scalars(statement.order_by(Audit.sequence.desc()).limit(PAGE + 1)).all()
    return DisclosuresView(
        items=list(_views(session, rows[:PAGE])), next=str(rows[PAGE - 1].sequence) if len(rows) > PAGE else None
    )


def _sequence(cursor: str) -> int:
    """Return up to which row of the chain a page goes; what is no cursor of ours shows nothing."""
    return int(cursor) if cursor.isdecimal() and len(cursor) < 19 else 0  # noqa: PLR2004 — fits a big integer


def tell_owner(session: Session, member: str) -> None:
    """Mail the owner's contacts who looked in each month not told yet (by a timer), and see to the next digest.

    The months are counted from the timer that goes off, not from now: a worker that was away over the end of a month
    tells of that month, too.
    """
    this_month = _first_of(clock.now(session).astimezone(JAPAN).date())
    month = _before(_first_of(_due_at(session, member).astimezone(JAPAN).date()))
    rows = session.scalars(
        select(Audit).where(_of_member(member), Audit.at >= _midnight(month)).order_by(Audit.id)
    ).all()
    to = mail_contacts(session, member)
    while month < this_month:
        following = _after(month)
        read = [row for row in rows if _midnight(month) <= row.at < _midnight(following)]
        if read and to:
            raise_alert(
                session, kind=DIGEST, topic=new_id(), facts=_digest(session, month, read), addressees=to, priority=LOW
            )
        month = following
    if any(row.at >= _midnight(this_month) for row in rows):
        timers.reschedule(session, DIGEST, member, next_digest(clock.now(session)))


def _due_at(session: Session, member: str) -> datetime:
    """Return when the timer was due that goes off now: the newest one of the member's that is done."""
    due_at = session.scalar(
        select(func.max(Timer.due_at)).where(
            Timer.kind == DIGEST, Timer.subject == member, Timer.state == "done", Timer.due_at <= clock.now(session)
        )
    )
    return due_at or clock.now(session)


def _digest(session: Session, month: date, rows: list[Audit]) -> dict[str, Any]:
    readers = {(row.actor, row.actor_member) for row in rows}
    return {
        "month": f"{month:%Y-%m}",
        "readings": len(rows),
        "under_nda": sum(row.facts["level"] == Disclosure.NDA.value for row in rows),
        "in_emergency": sum(row.facts["purpose"] == Purpose.EMERGENCY.value for row in rows),
        "readers": _readers(session, rows),
        "others": max(0, len(readers) - NAMED),
    }


def _first_of(day: date) -> date:
    return day.replace(day=1)


def _before(first: date) -> date:
    return _first_of(first - timedelta(days=1))


def _after(first: date) -> date:
    return _first_of(first + timedelta(days=32))


def _of_member(member: str) -> ColumnElement[bool]:
    return and_(
        Audit.chain == member,
        Audit.act == DISCLOSED,
        or_(Audit.actor_member.is_(None), Audit.actor_member != member),
    )


def _views(session: Session, rows: Iterable[Audit]) -> Iterator[DisclosureView]:
    rows = list(rows)
    people, members = _named(session, rows)
    for row in rows:
        name, (code, member_name) = people[row.actor], members[row.actor_member]
        facts = row.facts
        yield DisclosureView(
            id=row.id,
            at=row.at,
            person=row.actor,
            name=name,
            member=row.actor_member,
            municipality=code,
            member_name=member_name,
            attachment=facts.get("attachment"),
            disclosed=[DisclosedView.model_validate(each) for each in facts["disclosed"]],
            number=facts.get("number"),
            access=facts.get("access"),
            **{key: facts[key] for key in ("group", "level", "nda", "purpose", "incident", "reason", "way")},
        )


def _named(session: Session, rows: list[Audit]) -> tuple[dict[Any, str], dict[Any, tuple[str | None, str]]]:
    """Return the names of who looked and of their members: the owner is told those, whatever else it sees."""
    people = session.execute(select(Person.id, Person.name).where(Person.id.in_({row.actor for row in rows})))
    members = session.execute(
        select(Member.id, Member.municipality, Member.name).where(Member.id.in_({row.actor_member for row in rows}))
    )
    return {each.id: each.name for each in people}, {each.id: (each.municipality, each.name) for each in members}


def _readers(session: Session, rows: list[Audit]) -> list[dict[str, Any]]:
    """Return, by reader, how often they looked and what for; the most frequent first."""
    people, members = _named(session, rows)
    counted = Counter((row.actor, row.actor_member) for row in rows)
    return [
        {
            "name": people[person],
            "member": members[member][1],
            "readings": readings,
            "purposes": sorted({str(row.facts["purpose"]) for row in rows if row.actor == person}),
        }
        for (person, member), readings in counted.most_common(NAMED)
    ]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), JAPAN)
