"""Who looked: what the owner's people are shown of the readings of their inventory, and told once a month."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from agreements.models import Member, Person
from agreements.queries import addressees
from agreements.visibility import groups_that_bind
from foundation import clock, timers
from foundation.actor import Actor
from foundation.audit import Audit
from foundation.clock import JAPAN
from foundation.ids import new_id
from foundation.paging import PAGE
from foundation.problems import NotFound
from inventory import permissions
from inventory.records.reading import DIGEST, DISCLOSED, is_own, next_digest
from inventory.records.schemas import DisclosedView, DisclosuresQuery, DisclosuresView, DisclosureView
from notifications.actions import Addressee, raise_alert
from notifications.gateways.base import Channel

LOW = 4
"""Priority of peacetime mail: whatever a disaster needs goes out first."""
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
        statement = statement.where(Audit.id < wanted.cursor)
    if wanted.since is not None:
        statement = statement.where(Audit.at >= _midnight(wanted.since))
    if wanted.until is not None:
        statement = statement.where(Audit.at < _midnight(wanted.until + timedelta(days=1)))
    rows = session.scalars(statement.order_by(Audit.id.desc()).limit(PAGE + 1)).all()
    return DisclosuresView(
        items=list(_views(session, rows[:PAGE])), next=rows[PAGE - 1].id if len(rows) > PAGE else None
    )


def tell_owner(session: Session, member: str) -> None:
    """Mail the owner's contacts who looked in the month before (called by a timer), and see to the next digest."""
    now = clock.now(session)
    first = now.astimezone(JAPAN).date().replace(day=1)
    begun = (first - timedelta(days=1)).replace(day=1)
    rows = session.scalars(
        select(Audit).where(_of_member(member), Audit.at >= _midnight(begun)).order_by(Audit.id)
    ).all()
    last_month = [row for row in rows if row.at < _midnight(first)]
    to = mail_contacts(session, member)
    if last_month and to:
        facts = {"month": f"{begun:%Y-%m}", "readings": len(last_month), "readers": _readers(session, last_month)}
        raise_alert(session, kind=DIGEST, topic=new_id(), facts=facts, addressees=to, priority=LOW)
    if len(rows) > len(last_month):
        timers.reschedule(session, DIGEST, member, next_digest(now))


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
            disclosed=[DisclosedView.model_validate(each) for each in facts["disclosed"]],
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


def mail_contacts(session: Session, member: str) -> list[Addressee]:
    """Return the mail addresses of a member's contacts in all groups that bind it, each once."""
    found: dict[str, Addressee] = {}
    for group in session.scalars(groups_that_bind(member)).all():
        for each in addressees(session, group, [member]).get(member, []):
            if each.channel is Channel.EMAIL:
                found.setdefault(each.address, each)
    return list(found.values())


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), JAPAN)
