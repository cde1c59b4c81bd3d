"""How somebody was signed in ends with their being disabled, in the same transaction."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from agreements.events import PersonDisabled
from foundation import clock
from service.identity.actions import revoke_tokens_of
from service.identity.models import Invitation
from service.identity.sessions.actions import end_all


def person_disabled(session: Session, event: PersonDisabled) -> None:
    """End a person's sessions, short numbers, tokens and open invitations: enabled again, they sign in anew."""
    end_all(session, event.by, event.person)
    revoke_tokens_of(session, event.by, event.person, chain=event.member)
    end_invitations(session, event.person)


def end_invitations(session: Session, person: str) -> None:
    """End a person's open invitations."""
    session.execute(
        update(Invitation)
        .where(Invitation.person_id == person, Invitation.used_at.is_(None))
        .values(ends_at=clock.now(session))
        .execution_options(synchronize_session=False)
    )
