"""Which directory stands behind a token, and which tokens a member has."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, false, select
from sqlalchemy.orm import Session

from foundation import clock
from foundation.actor import Actor
from foundation.sealing import digest
from foundation.sealing.erasing import erased_owners
from service import permissions
from service.identity.scim.models import DirectoryToken
from service.identity.scim.schemas import DirectoryTokensView, DirectoryTokenView

PURPOSE = "directory-token"
NOTED_EVERY = timedelta(minutes=1)
"""How exactly it is kept when a token was last used."""


@dataclass(frozen=True, slots=True)
class Directory:
    """構成団体のディレクトリ: whose token it is, and whether its use should be noted."""

    token: str
    member: str
    is_to_be_noted: bool


def directory_tokens_visible_to(session: Session, actor: Actor) -> ColumnElement[bool]:
    """The tokens of the actor's own member that count."""
    if actor.member is None or not actor.may(permissions.KEEP_DIRECTORY):
        return false()
    return and_(DirectoryToken.member_id == actor.member, counts(session))


def list_tokens(session: Session, actor: Actor) -> DirectoryTokensView:
    """Return the tokens of the actor's own member, without their text."""
    rows = session.scalars(
        select(DirectoryToken).where(directory_tokens_visible_to(session, actor)).order_by(DirectoryToken.id)
    )
    return DirectoryTokensView(items=[token_view(row) for row in rows])


def directory_behind(session: Session, text: str) -> Directory | None:
    """Return whose directory shows a token, or None where it is unknown, ended or past its time.

    A member whose keys were erased has no people to keep any more, and its directory is told so.
    """
    row = session.scalar(
        select(DirectoryToken).where(
            DirectoryToken.digest == digest(session, PURPOSE, text),
            DirectoryToken.member_id.not_in(erased_owners()),
            counts(session),
        )
    )
    if row is None:
        return None
    is_stale = row.used_at is None or clock.now(session) - row.used_at >= NOTED_EVERY
    return Directory(row.id, row.member_id, is_stale)


def token_view(row: DirectoryToken) -> DirectoryTokenView:
    return DirectoryTokenView(
        id=row.id,
        member=row.member_id,
        made_by=row.made_by,
        made_at=row.made_at,
        ends_at=row.ends_at,
        used_at=row.used_at,
    )


def counts(session: Session) -> ColumnElement[bool]:
    """The tokens that open the door now."""
    return and_(DirectoryToken.ended_at.is_(None), DirectoryToken.ends_at > clock.now(session))
