"""Judging what somebody shows, and opening their session."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from agreements.addresses import search_digest
from agreements.models import ChannelKind
from foundation import audit
from foundation.actor import ANONYMOUS, Actor
from service.identity import notices
from service.identity.codes.actions import plain, take_code
from service.identity.limits import actions as limits
from service.identity.limits.actions import Counter
from service.identity.limits.delays import CODE
from service.identity.models import Method
from service.identity.passwords.actions import take_totp
from service.identity.passwords.totp import DIGITS
from service.identity.people import Claimed, claimed_by_email
from service.identity.sessions import actions as sessions
from service.identity.sessions.actions import Proof
from service.identity.sessions.queries import own_session
from service.identity.sessions.schemas import SignedInView
from service.identity.terminals import actions as terminals
from service.identity.terminals.queries import known_terminal


@dataclass(frozen=True, slots=True)
class Attempt:
    """サインインの試み: who is meant, from where, and what is shown beside the password, where there is one."""

    email: str
    address: str | None
    has_password: bool
    code: str | None
    terminal: str | None
    is_shared: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """下調べ: what a password is compared with, and for how long nothing is looked at."""

    claimed: Claimed | None
    seconds: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """断り: nothing is said but for how long to wait; the failure is counted, so it must be committed."""

    seconds: int = 0


def prepare(session: Session, attempt: Attempt) -> Prepared:
    """Look up what the slow comparison needs; it runs between this and `sign_in`, outside both."""
    claimed = claimed_by_email(session, attempt.email)
    return Prepared(claimed, limits.seconds_to_wait(session, _counters(session, attempt, claimed)))


def sign_in(
    session: Session, attempt: Attempt, prepared: Prepared, is_password_right: bool | None
) -> SignedInView | Refusal:
    """Open a session for whoever showed what is right; None: no password was shown.

    Does the same for an address that nobody has, so that nobody learns which there are.
    """
    claimed = claimed_by_email(session, attempt.email)
    counters = _counters(session, attempt, claimed)
    if seconds := limits.lock(session, counters):
        return Refusal(seconds)
    # Whoever changed the password meanwhile did not mean this attempt.
    is_same = claimed == prepared.claimed
    factors = _factors(session, claimed, attempt, is_password_right) if is_same else []
    if claimed is None or not factors:
        is_code_wrong = bool(is_same and is_password_right)
        return _refuse(session, claimed, attempt, counters, is_code_wrong=is_code_wrong)
    limits.settle(session, claimed.person, attempt.address, counters)
    terminal, token = terminals.settle(session, claimed, attempt.terminal, is_shared=attempt.is_shared)
    return sessions.begin(
        session, Proof(claimed.person, claimed.name, claimed.member, factors[0], len(factors), terminal, token)
    )


def step_up(session: Session, actor: Actor, code: str) -> SignedInView | Refusal:
    """Raise the caller's session to two factors by a code; wrong ones count with those of signing in.

    A session that began with a code alone is not raised by another: two of a kind are one factor. Nor does a printed
    code count that was made after the session began: whoever holds the session may have made it there.
    """
    assert actor.person is not None
    counters = [limits.counter_of_codes(session, actor.person)]
    if seconds := limits.lock(session, counters):
        return Refusal(seconds)
    own = own_session(session, actor)
    is_of_a_kind = actor.is_pin or (own is not None and own.method == Method.CODE)
    begun_at = own.made_at if own else None
    if is_of_a_kind or not is_code_taken(session, actor.person, code, until=begun_at):
        if limits.count_failure(session, counters):
            notices.tell(session, actor.person, "codes-guessed")
        audit.record(session, actor, "identity.step_up_refused", f"person:{actor.person}")
        return Refusal()
    limits.forget(session, counters)
    return sessions.renew(session, actor, Method.CODE)


def is_code_taken(session: Session, person: str, code: str, *, until: datetime | None = None) -> bool:
    """Take a code of whichever kind it is: six digits are the app's, the rest is printed (`until` then)."""
    typed = plain(code)
    if typed.isascii() and typed.isdigit() and len(typed) == DIGITS:
        return take_totp(session, person, typed)
    return take_code(session, person, typed, until=until)


def _is_printed_code_taken(session: Session, person: str, code: str) -> bool:
    return take_code(session, person, plain(code))


def _factors(
    session: Session, claimed: Claimed | None, attempt: Attempt, is_password_right: bool | None
) -> list[Method]:
    """Return what was shown, all of it right; nothing where any of it is wrong."""
    if claimed is None or is_password_right is False:
        return []
    found = [Method.PASSWORD] if is_password_right else []
    if attempt.code is not None:
        # Six digits are too few to be the only thing that anybody has to guess.
        is_right = is_code_taken if found else _is_printed_code_taken
        if not is_right(session, claimed.person, attempt.code):
            return []
        found.append(Method.CODE)
    return found


def _refuse(
    session: Session, claimed: Claimed | None, attempt: Attempt, counters: Sequence[Counter], *, is_code_wrong: bool
) -> Refusal:
    """Count a failure. What counts codes counts only those after a right password: nobody else slows them down."""
    counted = [each for each in counters if is_code_wrong or each.rule != CODE]
    has_to_be_told = limits.count_failure(session, counted)
    person = claimed.person if claimed else None
    place = limits.place_digest(session, attempt.address).hex()[:16]
    chain = claimed.member if claimed else None
    audit.record(session, ANONYMOUS, "identity.sign_in_refused", f"person:{person}", chain=chain, place=place)
    if has_to_be_told and person is not None:
        notices.tell(session, person, "codes-guessed" if is_code_wrong else "guessed")
    return Refusal()


def _counters(session: Session, attempt: Attempt, claimed: Claimed | None) -> tuple[Counter, ...]:
    if not attempt.has_password:
        # Nobody guesses 49 bits: only the place is slowed, so that no stranger keeps out who has nothing but paper.
        return (limits.counter_of_place(session, attempt.address),)
    person = claimed.person if claimed else None
    account = person or search_digest(session, ChannelKind.EMAIL, attempt.email.strip()).hex()
    terminal = known_terminal(session, attempt.terminal, person) if person else None
    counters = limits.counters_of(session, account, person, attempt.address, terminal)
    # A right password without a code forgets none of the wrong codes: it is what their guesser knows.
    return counters if attempt.code is None else (*counters, limits.counter_of_codes(session, account))
