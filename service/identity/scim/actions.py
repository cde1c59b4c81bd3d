"""The token of a member's directory: made and ended by the member's administrator, shown once."""

import secrets
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from foundation import audit, clock
from foundation.actor import Actor
from foundation.ids import new_id
from foundation.sealing import digest
from service.identity.scim.errors import DirectoryTokenNotFound, TooManyDirectoryTokens
from service.identity.scim.models import DirectoryToken
from service.identity.scim.queries import PURPOSE, counts, directory_tokens_visible_to, token_view
from service.identity.scim.schemas import DirectoryTokenIssuedView

LASTS = timedelta(days=365)
MOST = 2
"""At a time: the one in use, and its successor while the directory changes over."""


def issue(session: Session, actor: Actor) -> DirectoryTokenIssuedView:
    """Make a token for the directory of the actor's member. Raises TooManyDirectoryTokens."""
    assert actor.member is not None
    assert actor.person is not None
    now = clock.now(session)
    live = directory_tokens_visible_to(session, actor)
    if (session.scalar(select(func.count()).select_from(DirectoryToken).where(live)) or 0) >= MOST:
        raise TooManyDirectoryTokens
    text = secrets.token_urlsafe(32)
    row = DirectoryToken(
        id=new_id(),
        member_id=actor.member,
        digest=digest(session, PURPOSE, text),
        made_by=actor.person,
        made_at=now,
        ends_at=now + LASTS,
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, "identity.directory_token_issued", f"directory-token:{row.id}")
    return DirectoryTokenIssuedView(token=text, **token_view(row).model_dump())


def end(session: Session, actor: Actor, token: str) -> None:
    """End a token at once. Raises DirectoryTokenNotFound."""
    ended = session.execute(
        update(DirectoryToken)
        .where(DirectoryToken.id == token, directory_tokens_visible_to(session, actor))
        .values(ended_at=clock.now(session))
        .returning(DirectoryToken.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if ended is None:
        raise DirectoryTokenNotFound
    audit.record(session, actor, "identity.directory_token_ended", f"directory-token:{token}")


def end_of(session: Session, actor: Actor, person: str, member: str) -> int:
    """End the tokens that somebody made who has left: they know the text, and it lets people in. Return how many."""
    ended = session.scalars(
        update(DirectoryToken)
        .where(DirectoryToken.made_by == person, counts(session))
        .values(ended_at=clock.now(session))
        .returning(DirectoryToken.id)
        .execution_options(synchronize_session=False)
    ).all()
    for token in ended:
        audit.record(
            session, actor, "identity.directory_token_ended", f"directory-token:{token}", chain=member, maker=person
        )
    return len(ended)


def note_use(session: Session, token: str) -> None:
    """Keep when a token was last used, to the minute; no act of anybody's, so nothing is recorded."""
    session.execute(
        update(DirectoryToken)
        .where(DirectoryToken.id == token)
        .values(used_at=clock.now(session))
        .execution_options(synchronize_session=False)
    )
