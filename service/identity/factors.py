"""What a person can sign in with, and when changing it needs a second factor."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from foundation.actor import TWO_FACTORS, Actor
from foundation.problems import StepUpNeeded
from service.identity.models import Method, Passkey, Password, PrintedCode, TotpSecret
from service.identity.schemas import FactorsView, PasskeySummary
from service.identity.sessions.queries import own_session


def factors_of(session: Session, actor: Actor) -> FactorsView:
    """Return what the caller can sign in with."""
    person = actor.person
    keys = session.scalars(select(Passkey).where(Passkey.person_id == person).order_by(Passkey.id))
    left = select(func.count()).where(PrintedCode.person_id == person, _is_unused())
    return FactorsView(
        has_password=session.scalar(select(exists().where(Password.person_id == person))) or False,
        has_totp=session.scalar(
            select(exists().where(TotpSecret.person_id == person, TotpSecret.confirmed_at.is_not(None)))
        )
        or False,
        codes_left=session.scalar(left) or 0,
        passkeys=[
            PasskeySummary(id=each.id, name=each.name, made_at=each.made_at, used_at=each.used_at) for each in keys
        ],
    )


def require_step_up(session: Session, actor: Actor) -> None:
    """Raise StepUpNeeded unless the caller may change how they sign in.

    That takes a session: an API token makes no factor that would outlive it.
    """
    if actor.session is None:
        raise StepUpNeeded
    require_vouching(session, actor)


def require_vouching(session: Session, actor: Actor) -> None:
    """Raise StepUpNeeded unless the caller has shown enough to let somebody in, also by an API token.

    Whoever has a second factor must have shown two; a short number or a printed code alone never suffices, nor does
    the last code, after which no second factor is left. In the session of an invitation only what was there before it
    counts, so that a first sign-in can set up everything in one go.
    """
    if actor.is_pin:
        raise StepUpNeeded
    if actor.assurance >= TWO_FACTORS:
        return
    own = own_session(session, actor)
    if own is not None and own.method == Method.CODE:
        raise StepUpNeeded
    invited_at = own.made_at if own is not None and own.method == Method.INVITATION else None
    if _has_second(session, actor.person, invited_at):
        raise StepUpNeeded


def _has_second(session: Session, person: str | None, before: datetime | None) -> bool:
    def made(at: InstrumentedAttribute[datetime]) -> ColumnElement[bool]:
        return true() if before is None else at <= before

    statement = select(
        or_(
            exists().where(
                TotpSecret.person_id == person, TotpSecret.confirmed_at.is_not(None), made(TotpSecret.made_at)
            ),
            exists().where(Passkey.person_id == person, made(Passkey.made_at)),
            exists().where(PrintedCode.person_id == person, _is_unused(), made(PrintedCode.made_at)),
        )
    )
    return bool(session.scalar(statement))


def _is_unused() -> ColumnElement[bool]:
    return and_(PrintedCode.used_at.is_(None), PrintedCode.voided_at.is_(None))
