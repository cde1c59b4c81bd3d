"""Which terminal a browser is, and who may take over there."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.models import Member, Person
from foundation import clock
from foundation.sealing import digest
from service.identity.models import Terminal, TerminalPerson
from service.identity.terminals.errors import TerminalUnknown
from service.identity.terminals.schemas import TerminalPeopleView, TerminalPersonView

TERMINAL = "terminal-token"


def terminal_of(session: Session, token: str) -> str | None:
    """Return the terminal of a token."""
    return session.scalar(select(Terminal.id).where(Terminal.digest == digest(session, TERMINAL, token)))


def known_terminal(session: Session, token: str | None, person: str) -> str | None:
    """Return the terminal of this token if the person has ever fully signed in there."""
    terminal = terminal_of(session, token) if token else None
    found = select(TerminalPerson.terminal_id).where(
        TerminalPerson.terminal_id == terminal, TerminalPerson.person_id == person
    )
    return session.scalar(found) if terminal else None


def people_at(session: Session, token: str) -> TerminalPeopleView:
    """Return who fully signed in at a terminal today. Raises TerminalUnknown."""
    terminal = terminal_of(session, token)
    if terminal is None:
        raise TerminalUnknown
    rows = session.execute(
        select(Person.id, Person.name, Member.municipality, TerminalPerson.pin_digest)
        .join(TerminalPerson, TerminalPerson.person_id == Person.id)
        .join(Member, Member.id == Person.member_id)
        .where(
            TerminalPerson.terminal_id == terminal,
            TerminalPerson.signed_on == clock.today(session),
            Person.is_active,
        )
        .order_by(Person.name, Person.id)
    )
    return TerminalPeopleView(
        items=[
            TerminalPersonView(person=person, name=name, municipality=code, has_pin=pin is not None)
            for person, name, code, pin in rows
        ]
    )
