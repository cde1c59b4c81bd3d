"""Registering passkeys and signing in by them."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, select
from sqlalchemy.orm import Session

from foundation import audit, clock
from foundation.actor import TWO_FACTORS, Actor
from foundation.database.statements import insert_or_skip
from foundation.ids import new_id
from service.identity import notices
from service.identity.factors import require_step_up
from service.identity.limits import actions as limits
from service.identity.models import Challenge, Method, Passkey
from service.identity.passkeys import ceremonies
from service.identity.passkeys.ceremonies import Key
from service.identity.passkeys.errors import PasskeyExists, PasskeyNotFound
from service.identity.passkeys.schemas import PasskeyDraft, PasskeySignIn
from service.identity.people import claimed_by_id
from service.identity.schemas import PasskeySummary
from service.identity.sessions import actions as sessions
from service.identity.sessions.actions import Proof
from service.identity.sessions.schemas import SignedInView
from service.identity.terminals import actions as terminals

LASTS = timedelta(minutes=5)
BYTES = 32


@dataclass(frozen=True, slots=True)
class Offered:
    """差し出したチャレンジ: what a device is to sign, and the keys of the person that it must not make again."""

    id: str
    challenge: bytes
    known: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Presented:
    """示されたパスキー: the challenge that was asked and the key that answers, as they stood when they were read."""

    challenge: bytes
    passkey: str
    key: Key


def offer_registration(session: Session, actor: Actor) -> Offered:
    """Make a challenge by which the caller's device registers a new key."""
    require_step_up(session, actor)
    assert actor.person is not None
    row = _challenge(session, actor.person)
    known = session.scalars(select(Passkey.credential_id).where(Passkey.person_id == actor.person))
    return Offered(row.id, row.challenge, tuple(known))


def asked(session: Session, actor: Actor, draft: PasskeyDraft) -> bytes | None:
    """Return the caller's challenge that a device has answered, while it stands; it is judged outside."""
    require_step_up(session, actor)
    return session.scalar(select(Challenge.challenge).where(_stands(session, draft.challenge, actor.person)))


def register(session: Session, actor: Actor, draft: PasskeyDraft, key: Key | None) -> PasskeySummary | None:
    """Keep the key that the device made; None where its answer does not hold (the challenge is gone all the same).

    The answer was judged before; that its challenge is still unused is judged here. Raises PasskeyExists.
    """
    require_step_up(session, actor)
    assert actor.person is not None
    challenge = _pop(session, draft.challenge, actor.person)
    if challenge is None or key is None:
        return None
    now = clock.now(session)
    row = {
        "id": new_id(),
        "person_id": actor.person,
        "credential_id": key.credential_id,
        "public_key": key.public_key,
        "sign_count": key.sign_count,
        "name": draft.name,
        "made_at": now,
    }
    if not insert_or_skip(session, Passkey, row):
        raise PasskeyExists
    audit.record(session, actor, "identity.passkey_added", f"passkey:{row['id']}")
    notices.tell(session, actor.person, "passkey-added")
    return PasskeySummary(id=str(row["id"]), name=draft.name, made_at=now, used_at=None)


def remove(session: Session, actor: Actor, passkey: str) -> None:
    """Forget one of the caller's passkeys. Raises PasskeyNotFound."""
    gone = session.scalars(
        delete(Passkey).where(Passkey.id == passkey, Passkey.person_id == actor.person).returning(Passkey.id)
    ).all()
    if not gone:
        raise PasskeyNotFound
    assert actor.person is not None
    audit.record(session, actor, "identity.passkey_removed", f"passkey:{passkey}")
    notices.tell(session, actor.person, "passkey-removed")


def offer_sign_in(session: Session) -> Offered:
    """Make a challenge by which whatever device is there signs in."""
    row = _challenge(session, None)
    return Offered(row.id, row.challenge)


def presented(session: Session, shown: PasskeySignIn) -> Presented | None:
    """Return what a device's answer is judged by; None where challenge or key are not there."""
    challenge = session.scalar(select(Challenge.challenge).where(_stands(session, shown.challenge, None)))
    wanted = ceremonies.credential_id_of(shown.credential)
    row = session.scalar(select(Passkey).where(Passkey.credential_id == wanted))
    if challenge is None or row is None:
        return None
    return Presented(challenge, row.id, Key(row.credential_id, row.public_key, row.sign_count))


def sign_in(
    session: Session, shown: PasskeySignIn, found: Presented | None, count: int | None, address: str | None
) -> SignedInView | None:
    """Open a session for the key's person; None where the answer does not hold, and the challenge is used up.

    The answer was judged before (`count`: the device's new count); that its challenge is still unused and the key as
    it was is judged here: of two answers at once, one counts.
    """
    challenge = _pop(session, shown.challenge, None)
    row = _unchanged(session, found) if found else None
    claimed = claimed_by_id(session, row.person_id) if row else None
    if challenge is None or row is None or claimed is None or count is None:
        return None
    limits.settle(session, claimed.person, address, [limits.counter_of_codes(session, claimed.person)])
    row.sign_count, row.used_at = count, clock.now(session)
    terminal, token = terminals.settle(session, claimed, shown.terminal, is_shared=shown.shared)
    # Held and unlocked: the device has checked its user, so two factors were shown.
    return sessions.begin(
        session, Proof(claimed.person, claimed.name, claimed.member, Method.PASSKEY, TWO_FACTORS, terminal, token)
    )


def _unchanged(session: Session, found: Presented) -> Passkey | None:
    """Lock and return the key by which an answer was judged, if nobody has used or removed it since."""
    statement = select(Passkey).where(Passkey.id == found.passkey, Passkey.sign_count == found.key.sign_count)
    return session.scalar(statement.with_for_update().execution_options(populate_existing=True))


def _challenge(session: Session, person: str | None) -> Challenge:
    now = clock.now(session)
    session.execute(delete(Challenge).where(Challenge.ends_at <= now))
    row = Challenge(id=new_id(), person_id=person, challenge=secrets.token_bytes(BYTES), ends_at=now + LASTS)
    session.add(row)
    session.flush()
    return row


def _pop(session: Session, row: str, person: str | None) -> bytes | None:
    """Take a challenge away, so that its answer counts once, and return it if it is still in time."""
    return session.scalar(delete(Challenge).where(_stands(session, row, person)).returning(Challenge.challenge))


def _stands(session: Session, row: str, person: str | None) -> ColumnElement[bool]:
    """Tell whether a challenge was made for a person (None: for whoever signs in) and is still in time."""
    return and_(
        Challenge.id == row,
        Challenge.person_id.is_not_distinct_from(person),
        Challenge.ends_at > clock.now(session),
    )
