"""Noting a reminder for a person's next digest, taking it back, and mailing what has gathered."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from agreements.models import Person
from agreements.queries import person_addressees
from foundation import clock, timers
from foundation.database.statements import insert_or_skip
from foundation.ids import new_id
from notifications.actions import raise_alert
from notifications.alerts import LOW, by_mail
from readiness.digests.models import DigestItem
from readiness.digests.timing import next_digest
from readiness.digests.wording import DIGEST


def note(
    session: Session, people: Iterable[str], kind: str, subject: str, facts: Mapping[str, Any], expires_at: datetime
) -> None:
    """Have people reminded in their next digest; once for a kind and subject, and not after `expires_at`.

    What would be past by then goes out the next morning.
    """
    now = clock.now(session)
    rows = session.execute(select(Person.id, Person.member_id).where(Person.id.in_(list(people)), Person.is_active))
    for person, member in rows.all():
        row = {
            "id": new_id(),
            "person_id": person,
            "member_id": member,
            "kind": kind,
            "subject": subject,
            "facts": dict(facts),
            "noted_at": now,
            "expires_at": expires_at,
        }
        if insert_or_skip(session, DigestItem, row):
            at = next_digest(now, _last_mailed(session, person))
            if at < expires_at:
                timers.schedule_once(session, DIGEST, person, at)
            else:
                timers.reschedule(session, DIGEST, person, next_digest(now, None))


def drop(session: Session, kind: str, subject: str, *, person: str | None = None, member: str | None = None) -> None:
    """Take back what is done meanwhile, for one person or for all of a member."""
    of = DigestItem.person_id == person if person else DigestItem.member_id == member
    session.execute(
        delete(DigestItem)
        .where(of, DigestItem.kind == kind, DigestItem.subject == subject, DigestItem.mailed_at.is_(None))
        .execution_options(synchronize_session=False)
    )


def mail(session: Session, person: str) -> None:
    """Mail all that waits for a person in one (called by a timer); what is past its time is left out."""
    now = clock.now(session)
    waiting = select(DigestItem).where(DigestItem.person_id == person, DigestItem.mailed_at.is_(None))
    items = session.scalars(waiting.order_by(DigestItem.kind, DigestItem.id).with_for_update()).all()
    told = [each for each in items if each.expires_at > now]
    to = [each for each in by_mail(person_addressees(session, [person])) if each.person]
    for each in items:
        if each not in told or not to:
            session.delete(each)
        else:
            each.mailed_at = now
    session.flush()
    if told and to:
        facts = {"items": [{"kind": each.kind, **each.facts} for each in told]}
        raise_alert(session, kind=DIGEST, topic=new_id(), facts=facts, addressees=to[:1], priority=LOW)


def _last_mailed(session: Session, person: str) -> datetime | None:
    return session.scalar(select(func.max(DigestItem.mailed_at)).where(DigestItem.person_id == person))
