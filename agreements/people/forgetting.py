"""Forgetting the telephone numbers of people who have left, as the rule of the house says: 90 days after (異動)."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from agreements.models import Channel, ChannelKind, Person
from foundation import audit, clock
from foundation.actor import SYSTEM
from notifications import outbox

KEPT = timedelta(days=90)
"""After leaving: until then a successor may still have to call."""
PERSONAL = (ChannelKind.SMS, ChannelKind.MOBILE)
"""Mail addresses are the office's, and tell who once signed in."""
AT_ONCE = 20
"""People in one transaction."""


def forget_numbers(session: Session) -> int:
    """Delete the numbers of some who have left, also from what was sent to them; return of how many."""
    _note_who_left(session)
    has_number = select(Channel.id).where(Channel.person_id == Person.id, Channel.kind.in_(PERSONAL)).exists()
    # Who left by their directory's word has no channel any more, but what was sent to them still names the number
    was_sent_to = Person.id.in_(outbox.people_with_numbers())
    statement = (
        select(Person.id, Person.member_id)
        .where(~Person.is_active, Person.left_at < clock.now(session) - KEPT, or_(has_number, was_sent_to))
        .order_by(Person.id)
        .limit(AT_ONCE)
    )
    gone = session.execute(statement).all()
    for person, member in gone:
        numbers = session.scalars(
            delete(Channel)
            .where(Channel.person_id == person, Channel.kind.in_(PERSONAL))
            .returning(Channel.id)
            .execution_options(synchronize_session=False)
        ).all()
        sent = outbox.forget_numbers(session, person)
        audit.record(
            session,
            SYSTEM,
            "agreements.numbers_forgotten",
            f"person:{person}",
            chain=member,
            channels=len(numbers),
            deliveries=sent,
        )
    return len(gone)


def _note_who_left(session: Session) -> None:
    """Begin to count where somebody is no longer active, however that came about; end where they are again."""
    _set(session, clock.now(session), ~Person.is_active, Person.left_at.is_(None))
    _set(session, None, Person.is_active.is_(True), Person.left_at.is_not(None))


def _set(session: Session, left_at: datetime | None, *which: ColumnElement[bool]) -> None:
    statement = update(Person).where(*which).values(left_at=left_at)
    session.execute(statement.execution_options(synchronize_session=False))
