"""Setting passwords, registering an authenticator app, taking its codes."""

from dataclasses import dataclass

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from foundation import audit, clock
from foundation.actor import Actor
from foundation.database.statements import insert_or_skip
from foundation.ids import new_id
from foundation.sealing import seal, unseal
from service.identity import notices
from service.identity.actions import revoke_tokens_of
from service.identity.factors import require_step_up
from service.identity.limits import actions as limits
from service.identity.limits.errors import TooManyGuesses
from service.identity.models import Ending, Method, Password, TotpSecret
from service.identity.passwords import totp
from service.identity.passwords.errors import CodeWrong, CurrentWrong, NoTotp, TotpExists
from service.identity.passwords.schemas import TotpView
from service.identity.people import claimed_by_id, words_of
from service.identity.sessions import actions as sessions
from service.identity.sessions.schemas import SignedInView

PLACE = "totp_secrets.secret"
ISSUER = "Yuimaru"


@dataclass(frozen=True, slots=True)
class Present:
    """いまのパスワード: what a change is judged by, read before the slow hashing."""

    hash: str | None
    words: tuple[str, ...]
    seconds: int


def present_of(session: Session, actor: Actor) -> Present:
    """Return what a change of the caller's password is judged by, and for how long none is. Raises StepUpNeeded."""
    require_step_up(session, actor)
    claimed = claimed_by_id(session, actor.person)
    assert claimed is not None
    seconds = limits.seconds_to_wait(session, [limits.counter_of_current(session, claimed.person)])
    return Present(claimed.hash, tuple(words_of(session, claimed.person)), seconds)


def change_password(
    session: Session, actor: Actor, present: Present, fresh: str, *, is_current_right: bool
) -> TooManyGuesses | CurrentWrong | None:
    """Set the caller's password; their other sessions end. Raises CurrentWrong where it changed meanwhile.

    A refusal is returned, since what it counts must be committed: whoever finds a session open must not guess there
    either, nor by many guesses at once.
    """
    require_step_up(session, actor)
    assert actor.person is not None
    counters = [limits.counter_of_current(session, actor.person)]
    if seconds := limits.lock(session, counters):
        return TooManyGuesses(seconds=seconds)
    if not is_current_right:
        if limits.count_failure(session, counters):
            notices.tell(session, actor.person, "guessed")
        audit.record(session, actor, "identity.password_refused", f"person:{actor.person}")
        return CurrentWrong()
    limits.forget(session, counters)
    claimed = claimed_by_id(session, actor.person)
    if claimed is None or claimed.hash != present.hash:
        raise CurrentWrong
    set_password(session, actor, actor.person, fresh)
    sessions.end_others(session, actor, Ending.CREDENTIALS)
    return None


def set_password(session: Session, actor: Actor, person: str, fresh: str) -> None:
    """Keep the hash of a person's new password, and tell them. Their API tokens end: a loss may be the reason."""
    row = {"person_id": person, "hash": fresh, "set_at": clock.now(session)}
    if not insert_or_skip(session, Password, row):
        session.execute(update(Password).where(Password.person_id == person).values(row))
    audit.record(session, actor, "identity.password_set", f"person:{person}")
    revoke_tokens_of(session, actor, person)
    notices.tell(session, person, "password")


def begin_totp(session: Session, actor: Actor, account: str) -> TotpView:
    """Make a secret for an authenticator app; it counts once a code confirms it. Raises TotpExists."""
    require_step_up(session, actor)
    assert actor.person is not None
    assert actor.member is not None
    session.execute(delete(TotpSecret).where(TotpSecret.person_id == actor.person, TotpSecret.confirmed_at.is_(None)))
    row, secret = new_id(), totp.fresh_secret()
    values = {
        "id": row,
        "person_id": actor.person,
        "member_id": actor.member,
        "secret_sealed": seal(session, actor.member, PLACE, row, secret),
        "made_at": clock.now(session),
    }
    if not insert_or_skip(session, TotpSecret, values):
        raise TotpExists
    audit.record(session, actor, "identity.totp_begun", f"person:{actor.person}")
    return TotpView(secret=secret, link=totp.link(secret, account, ISSUER))


def confirm_totp(session: Session, actor: Actor, code: str) -> SignedInView:
    """Register the app by its first code; the session counts as two factors from now on.

    Raises NoTotp, CodeWrong.
    """
    require_step_up(session, actor)
    assert actor.person is not None
    row = session.scalar(
        select(TotpSecret).where(TotpSecret.person_id == actor.person, TotpSecret.confirmed_at.is_(None))
    )
    if row is None:
        raise NoTotp
    if not _is_taken(session, row, code):
        raise CodeWrong
    row.confirmed_at = clock.now(session)
    audit.record(session, actor, "identity.totp_added", f"person:{actor.person}")
    notices.tell(session, actor.person, "totp-added")
    return sessions.renew(session, actor, Method.CODE)


def remove_totp(session: Session, actor: Actor) -> None:
    """Forget the caller's authenticator app. Raises NoTotp."""
    assert actor.person is not None
    if not forget_totp(session, actor.person):
        raise NoTotp
    audit.record(session, actor, "identity.totp_removed", f"person:{actor.person}")
    notices.tell(session, actor.person, "totp-removed")


def forget_totp(session: Session, person: str) -> bool:
    """Delete a person's secret; False where there is none."""
    gone = session.scalars(delete(TotpSecret).where(TotpSecret.person_id == person).returning(TotpSecret.id))
    return bool(gone.all())


def take_totp(session: Session, person: str, code: str) -> bool:
    """Take a code of a person's app; one that was taken before, or an older one, counts no more."""
    row = session.scalar(
        select(TotpSecret).where(TotpSecret.person_id == person, TotpSecret.confirmed_at.is_not(None))
    )
    return row is not None and _is_taken(session, row, code)


def _is_taken(session: Session, row: TotpSecret, code: str) -> bool:
    secret = unseal(session, row.member_id, PLACE, row.id, row.secret_sealed)
    step = totp.step_of(secret, code, clock.now(session))
    if step is None:
        return False
    # The database judges: two sign-ins at once with the same code are one.
    taken = session.scalars(
        update(TotpSecret)
        .where(TotpSecret.id == row.id, or_(TotpSecret.last_step.is_(None), TotpSecret.last_step < step))
        .values(last_step=step)
        .returning(TotpSecret.id)
    )
    return bool(taken.all())
