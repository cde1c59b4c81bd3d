"""From a session's token to its person; which sessions count."""

from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from foundation import clock
from foundation.actor import Actor
from foundation.sealing import digest
from service.identity.models import Method, PersonSession
from service.identity.queries import actor_of_person
from service.identity.sessions.lifetimes import IDLE, IDLE_SHARED, PARALLEL, SEEN_EVERY
from service.identity.sessions.schemas import SessionsView, SessionView, Warned

PURPOSE = "session-token"
MARK = "s."
"""What a session's token begins with; an API token never holds a full stop."""


@dataclass(frozen=True, slots=True)
class Caller:
    """呼び出した人: the actor behind a session, and whether the session should note that it is in use."""

    actor: Actor
    is_to_be_touched: bool


def own_session(session: Session, actor: Actor) -> PersonSession | None:
    """Return the session of this call; None for an API token."""
    return session.get(PersonSession, actor.session) if actor.session else None


def caller_of(session: Session, text: str) -> Caller | None:
    """Return who holds a session's token, or None where it has ended, or its person left or works for another."""
    row = session.scalar(
        select(PersonSession).where(PersonSession.digest == digest(session, PURPOSE, text), _is_live(session))
    )
    actor = actor_of_person(session, row.person_id, row.assurance) if row else None
    if row is None or actor is None or actor.member != row.member_id:
        return None
    known = replace(actor, session=row.id, is_pin=row.method == Method.PIN)
    return Caller(known, clock.now(session) - row.seen_at >= SEEN_EVERY)


def list_sessions(session: Session, actor: Actor) -> SessionsView:
    """Return the caller's own sessions that count."""
    rows = session.scalars(
        select(PersonSession)
        .where(PersonSession.person_id == actor.person, _is_live(session))
        .order_by(PersonSession.made_at.desc(), PersonSession.id.desc())
    )
    items = [_view(actor, row) for row in rows]
    return SessionsView(items=items, warnings=warnings(len(items) - 1))


def count_live(session: Session, person: str) -> int:
    """Return how many sessions of a person count now."""
    counted = select(func.count()).where(PersonSession.person_id == person, _is_live(session))
    return session.scalar(counted) or 0


def warnings(others: int) -> list[Warned]:
    """Return what somebody should know who is signed in elsewhere as well."""
    if others < PARALLEL:
        return []
    text = f"ほかに{others}か所でサインイン中です。覚えがないときは「サインインの管理」で終わらせてください。"
    return [Warned(code="sessions-in-parallel", facts={"others": others}, text=text)]


def _is_live(session: Session) -> ColumnElement[bool]:
    now = clock.now(session)
    return and_(
        PersonSession.ended_at.is_(None),
        PersonSession.ends_at > now,
        or_(
            and_(PersonSession.terminal_id.is_(None), PersonSession.seen_at > now - IDLE),
            PersonSession.seen_at > now - IDLE_SHARED,
        ),
    )


def _view(actor: Actor, row: PersonSession) -> SessionView:
    return SessionView(
        id=row.id,
        method=Method(row.method),
        assurance=row.assurance,
        made_at=row.made_at,
        seen_at=row.seen_at,
        ends_at=row.ends_at,
        is_shared=row.terminal_id is not None,
        is_this=row.id == actor.session,
    )
