"""Beginning and ending sessions: a new token at each sign-in, the old one dead at once."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session

from foundation import audit, clock
from foundation.actor import TWO_FACTORS, Actor
from foundation.ids import new_id
from foundation.problems import NotFound
from foundation.sealing import digest
from service.identity import notices
from service.identity.models import Ending, Method, PersonSession, TerminalPerson
from service.identity.sessions import queries
from service.identity.sessions.lifetimes import LONGEST, PARALLEL
from service.identity.sessions.queries import MARK, PURPOSE
from service.identity.sessions.schemas import SignedInView


class SessionNotFound(NotFound):
    """The session is not one of the caller's, or has ended."""

    ja = "このサインインはすでに終わっています。一覧を読み直してください。"
    en = "There is no such session, or it has ended. Please read the list again."


@dataclass(frozen=True, slots=True)
class Proof:
    """本人確認の結果: who has shown what, and at which shared terminal (None: at their own device)."""

    person: str
    name: str
    member: str
    method: Method
    assurance: int
    terminal: str | None = None
    terminal_token: str | None = None

    @property
    def actor(self) -> Actor:
        """The person as the record names them."""
        return Actor(self.person, self.name, self.member, assurance=self.assurance)


def begin(session: Session, proof: Proof, *, ends_at: datetime | None = None) -> SignedInView:
    """Begin a session and return its token, which is shown this once.

    On a shared terminal whoever was signed in there before is signed out. Who is signed in at many other places is
    told by mail as well, for it may be somebody else; not by each turn at a terminal, nor where a session goes on.
    """
    if proof.terminal is not None:
        _end(session, proof.actor, Ending.SWITCHED, PersonSession.terminal_id == proof.terminal)
    others = queries.count_live(session, proof.person)
    if others >= PARALLEL and ends_at is None and proof.method is not Method.PIN:
        notices.tell(session, proof.person, "sessions-in-parallel")
    text = MARK + secrets.token_urlsafe(32)
    now = clock.now(session)
    row = PersonSession(
        id=new_id(),
        digest=digest(session, PURPOSE, text),
        person_id=proof.person,
        member_id=proof.member,
        assurance=proof.assurance,
        method=proof.method.value,
        terminal_id=proof.terminal,
        made_at=now,
        seen_at=now,
        ends_at=ends_at or now + LONGEST,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        proof.actor,
        "identity.signed_in",
        f"session:{row.id}",
        method=row.method,
        assurance=row.assurance,
        terminal=row.terminal_id,
    )
    return SignedInView(
        token=text,
        assurance=row.assurance,
        ends_at=row.ends_at,
        person=proof.person,
        name=proof.name,
        terminal=proof.terminal_token,
        warnings=queries.warnings(others),
    )


def renew(session: Session, actor: Actor, method: Method) -> SignedInView:
    """Replace the caller's session by one of two factors, now that the second was shown; it lasts no longer."""
    assert actor.person is not None
    assert actor.member is not None
    proof = Proof(actor.person, actor.name, actor.member, method, TWO_FACTORS)
    former = queries.own_session(session, actor)
    if former is None:
        return begin(session, proof)
    _end(session, actor, Ending.RENEWED, PersonSession.id == former.id)
    return begin(session, replace(proof, terminal=former.terminal_id), ends_at=former.ends_at)


def touch(session: Session, row: str) -> None:
    """Note that a session is in use; no act of anybody's, so nothing is recorded."""
    session.execute(
        update(PersonSession)
        .where(PersonSession.id == row, PersonSession.ended_at.is_(None))
        .values(seen_at=clock.now(session))
    )


def sign_out(session: Session, actor: Actor) -> None:
    """End the session of this call."""
    _end(session, actor, Ending.SIGNED_OUT, PersonSession.id == actor.session)


def end_one(session: Session, actor: Actor, row: str) -> None:
    """End one of the caller's sessions. Raises SessionNotFound."""
    if not _end(session, actor, Ending.ENDED, (PersonSession.id == row) & (PersonSession.person_id == actor.person)):
        raise SessionNotFound


def end_all(session: Session, actor: Actor, person: str) -> None:
    """End all sessions of somebody who was disabled, and the short numbers that would open others."""
    _forget_pins(session, person)
    _end(session, actor, Ending.DISABLED, PersonSession.person_id == person)


def end_others(session: Session, actor: Actor, why: Ending = Ending.ENDED) -> None:
    """End all sessions of the caller but the one of this call, and the short numbers that would open others."""
    _forget_pins(session, actor.person)
    others = PersonSession.person_id == actor.person
    _end(session, actor, why, others & (PersonSession.id != actor.session) if actor.session else others)


def _forget_pins(session: Session, person: str | None) -> None:
    session.execute(
        update(TerminalPerson)
        .where(TerminalPerson.person_id == person)
        .values(pin_digest=None)
        .execution_options(synchronize_session=False)
    )


def _end(session: Session, actor: Actor, why: Ending, which: ColumnElement[bool]) -> int:
    ended = session.execute(
        update(PersonSession)
        .where(which, PersonSession.ended_at.is_(None))
        .values(ended_at=clock.now(session), ended_why=why.value)
        .returning(PersonSession.id, PersonSession.member_id)
        .execution_options(synchronize_session=False)
    ).all()
    for row, member in ended:
        audit.record(session, actor, "identity.session_ended", f"session:{row}", chain=member, why=why.value)
    return len(ended)
