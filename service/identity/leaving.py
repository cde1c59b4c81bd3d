"""How somebody was signed in ends with their being disabled or moving on, in the same transaction."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from agreements import queries as agreements
from agreements.events import MailChanged, PersonDisabled
from agreements.models import Person, PersonRole, Role
from foundation import clock
from foundation.ids import new_id
from notifications.actions import raise_alert
from notifications.alerts import by_mail
from service.identity.actions import revoke_tokens_of
from service.identity.models import Invitation
from service.identity.notices import PRIORITY
from service.identity.scim import actions as directory_tokens
from service.identity.sessions.actions import end_all
from service.identity.wording import NOTICE


def person_disabled(session: Session, event: PersonDisabled) -> None:
    """End a person's sessions, short numbers, tokens and open invitations: enabled again, they sign in anew."""
    end_all(session, event.by, event.person)
    revoke_tokens_of(session, event.by, event.person, chain=event.member)
    end_invitations(session, event.person)
    if directory_tokens.end_of(session, event.by, event.person, event.member):
        _tell_who_stays(session, event)


def _tell_who_stays(session: Session, event: PersonDisabled) -> None:
    """Ask the member's other administrators, or where there are none its contacts, for another token."""
    administrators = select(PersonRole.person_id).join(Person, Person.id == PersonRole.person_id)
    is_theirs = (Person.member_id == event.member) & (Person.id != event.person) & Person.is_active
    people = session.scalars(administrators.where(is_theirs, PersonRole.role == Role.ADMINISTRATOR.value)).all()
    to = by_mail(agreements.person_addressees(session, people)) or agreements.mail_contacts(session, event.member)
    if to:
        raise_alert(
            session, kind=NOTICE, topic=new_id(), facts={"what": "directory-token"}, addressees=to, priority=PRIORITY
        )


def mail_changed(session: Session, event: MailChanged) -> None:
    """Tell somebody at their former address that another one counts from now on, and end the links sent there."""
    end_invitations(session, event.person)
    former = list(event.former)
    raise_alert(session, kind=NOTICE, topic=new_id(), facts={"what": "mail"}, addressees=former, priority=PRIORITY)


def end_invitations(session: Session, person: str) -> None:
    """End a person's open invitations."""
    session.execute(
        update(Invitation)
        .where(Invitation.person_id == person, Invitation.used_at.is_(None))
        .values(ends_at=clock.now(session))
        .execution_options(synchronize_session=False)
    )
