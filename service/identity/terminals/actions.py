"""A terminal that several people use in turn: who may come back to it by a short number, and the change of person."""

import hmac
import secrets
from itertools import pairwise

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from foundation import audit, clock
from foundation.actor import Actor
from foundation.database.statements import insert_or_skip
from foundation.ids import new_id
from foundation.problems import StepUpNeeded
from foundation.sealing import digest
from service.identity.models import Method, PersonSession, Terminal, TerminalPerson
from service.identity.people import Claimed, claimed_by_id
from service.identity.sessions import actions as sessions
from service.identity.sessions.actions import Proof
from service.identity.sessions.schemas import SignedInView
from service.identity.terminals.errors import EASY_PIN, NotShared, PinRefused
from service.identity.terminals.queries import TERMINAL, terminal_of
from service.identity.terminals.schemas import Switch

PIN = "terminal-pin"
MOST_WRONG = 5
"""Wrong numbers after which only a full sign-in opens the terminal to that person again."""
FEWEST_DIGITS = 3


def settle(session: Session, person: Claimed, token: str | None, *, is_shared: bool) -> tuple[str | None, str | None]:
    """Return the terminal at which a person fully signs in, and its token where it is new.

    A browser that was named shared once stays so for everybody who signs in there.
    """
    known = terminal_of(session, token) if token else None
    fresh = None
    if known is None:
        if not is_shared:
            return None, None
        known, fresh = _register(session, person)
    row = {"terminal_id": known, "person_id": person.person, "signed_on": clock.today(session), "pin_failures": 0}
    if not insert_or_skip(session, TerminalPerson, row):
        # Another day, another number: one that somebody saw yesterday opens nothing today.
        row_today = session.get_one(TerminalPerson, (known, person.person))
        if row_today.signed_on != clock.today(session):
            row_today.pin_digest = None
        row_today.signed_on, row_today.pin_failures = clock.today(session), 0
    return known, fresh


def set_pin(session: Session, actor: Actor, pin: str) -> None:
    """Keep a short number for the caller on the terminal of this session, for today. Raises NotShared, PinRefused."""
    if actor.is_pin:
        raise StepUpNeeded
    if _is_easy(pin):
        raise PinRefused(EASY_PIN)
    terminal = session.scalar(select(PersonSession.terminal_id).where(PersonSession.id == actor.session))
    if terminal is None:
        raise NotShared
    assert actor.person is not None
    session.execute(
        update(TerminalPerson)
        .where(TerminalPerson.terminal_id == terminal, TerminalPerson.person_id == actor.person)
        .values(pin_digest=_digest(session, terminal, actor.person, pin), pin_failures=0)
    )
    audit.record(session, actor, "identity.pin_set", f"terminal:{terminal}")


def switch(session: Session, wanted: Switch) -> SignedInView | None:
    """Let another person take over; None where the number is wrong, or no longer counts.

    It counts on the day of the full sign-in (in Japan), until it was wrong five times.
    """
    terminal = terminal_of(session, wanted.terminal)
    row = session.scalar(
        select(TerminalPerson)
        .where(
            TerminalPerson.terminal_id == terminal,
            TerminalPerson.person_id == wanted.person,
            TerminalPerson.signed_on == clock.today(session),
        )
        .with_for_update()
    )
    claimed = claimed_by_id(session, wanted.person)
    if terminal is None or row is None or row.pin_digest is None or claimed is None:
        return None
    if row.pin_failures >= MOST_WRONG:
        return None
    if not hmac.compare_digest(row.pin_digest, _digest(session, terminal, claimed.person, wanted.pin)):
        _count_wrong(session, claimed, row)
        return None
    row.pin_failures = 0
    return sessions.begin(session, Proof(claimed.person, claimed.name, claimed.member, Method.PIN, 1, terminal))


def _register(session: Session, person: Claimed) -> tuple[str, str]:
    text = secrets.token_urlsafe(32)
    row = Terminal(
        id=new_id(), digest=digest(session, TERMINAL, text), made_by=person.person, made_at=clock.now(session)
    )
    session.add(row)
    session.flush()
    actor = Actor(person.person, person.name, person.member)
    audit.record(session, actor, "identity.terminal_shared", f"terminal:{row.id}")
    return row.id, text


def _count_wrong(session: Session, claimed: Claimed, row: TerminalPerson) -> None:
    row.pin_failures += 1
    if row.pin_failures >= MOST_WRONG:
        row.pin_digest = None
    subject = Actor(None, "", claimed.member)
    audit.record(session, subject, "identity.pin_refused", f"terminal:{row.terminal_id}", person=claimed.person)
    session.flush()


def _digest(session: Session, terminal: str, person: str, pin: str) -> bytes:
    return digest(session, PIN, f"{terminal}|{person}|{pin}")


def _is_easy(pin: str) -> bool:
    steps = {int(later) - int(sooner) for sooner, later in pairwise(pin)}
    return len(set(pin)) < FEWEST_DIGITS or steps in ({1}, {-1})
