"""Handing out and taking back credentials."""

import secrets
from datetime import timedelta

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session

from agreements import queries as agreements
from foundation import audit, clock
from foundation.actor import SYSTEM, TWO_FACTORS, Actor
from foundation.ids import new_id
from foundation.problems import NotFound
from foundation.sealing import digest
from service.identity.models import ApiToken

PURPOSE = "api-token"
DAYS = 30


class PersonUnknown(NotFound):
    """No active person has this mail address."""

    ja = "このメールアドレスの担当者は登録されていません。アドレスを確かめるか、先に担当者を登録してください。"
    en = "Nobody with this mail address is registered. Check the address, or register the person first."


def issue_token(session: Session, email: str, *, assurance: int = 1, days: int = DAYS) -> str:
    """Make a token for the person with this mail address and return its text, which is shown this once."""
    person = agreements.person_by_email(session, email)
    if person is None:
        raise PersonUnknown
    return _issue(session, person.id, person.member_id, assurance, days)


def issue_operator_token(session: Session, *, days: int = DAYS) -> str:
    """Make a token for the operator of the service, who belongs to no member."""
    return _issue(session, None, None, TWO_FACTORS, days)


def revoke_tokens(session: Session, email: str) -> int:
    """End all tokens of the person with this mail address at once; return how many there were."""
    person = agreements.person_by_email(session, email)
    if person is None:
        raise PersonUnknown
    return _revoke(session, SYSTEM, person.member_id, ApiToken.person_id == person.id)


def revoke_token(session: Session, actor: Actor, text: str) -> None:
    """End the token that somebody signs out of."""
    _revoke(session, actor, actor.member, ApiToken.digest == digest(session, PURPOSE, text))


def revoke_tokens_of(session: Session, actor: Actor, person: str, *, chain: str | None = None) -> None:
    """End a person's tokens, of whom the actor is one or answers for them; `chain` is their member if another."""
    _revoke(session, actor, chain or actor.member, ApiToken.person_id == person)


def _revoke(session: Session, actor: Actor, chain: str | None, which: ColumnElement[bool]) -> int:
    statement = update(ApiToken).where(which, ApiToken.revoked_at.is_(None)).values(revoked_at=clock.now(session))
    revoked = session.scalars(statement.returning(ApiToken.id)).all()
    for token in revoked:
        audit.record(session, actor, "identity.token_revoked", f"token:{token}", chain=chain)
    return len(revoked)


def _issue(session: Session, person: str | None, member: str | None, assurance: int, days: int) -> str:
    text = secrets.token_urlsafe(32)
    token = ApiToken(
        id=new_id(),
        digest=digest(session, PURPOSE, text),
        person_id=person,
        is_operator=person is None,
        assurance=assurance,
        made_at=clock.now(session),
        expires_at=clock.now(session) + timedelta(days=days),
    )
    session.add(token)
    audit.record(session, SYSTEM, "identity.token_issued", f"token:{token.id}", chain=member, person=person)
    return text
