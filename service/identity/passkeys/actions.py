"""Registering passkeys and signing in by them."""

import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
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
from service.identity.passkeys.ceremonies import Key, Site
from service.identity.passkeys.errors import PasskeyExists, PasskeyNotFound
from service.identity.passkeys.schemas import OptionsView, PasskeyDraft, PasskeySignIn
from service.identity.people import claimed_by_id
from service.identity.schemas import PasskeySummary
from service.identity.sessions import actions as sessions
from service.identity.sessions.actions import Proof
from service.identity.sessions.schemas import SignedInView
from service.identity.terminals import actions as terminals

LASTS = timedelta(minutes=5)
BYTES = 32


def offer_registration(session: Session, actor: Actor, site: Site, account: str) -> OptionsView:
    """Ask the caller's device for a new key."""
    require_step_up(session, actor)
    assert actor.person is not None
    row = _challenge(session, actor.person)
    known = list(session.scalars(select(Passkey.credential_id).where(Passkey.person_id == actor.person)))
    options = ceremonies.creation_options(site, row.challenge, actor.person, account, known)
    return OptionsView(challenge=row.id, options=options)


def register(session: Session, actor: Actor, site: Site, draft: PasskeyDraft) -> PasskeySummary | None:
    """Keep the key that the device made; None where its answer does not hold (the challenge is gone all the same).

    Raises PasskeyExists.
    """
    require_step_up(session, actor)
    assert actor.person is not None
    challenge = _pop(session, draft.challenge, actor.person)
    key = ceremonies.created(site, challenge, draft.credential) if challenge else None
    if key is None:
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


def offer_sign_in(session: Session, site: Site) -> OptionsView:
    """Ask whatever device is there to sign in."""
    row = _challenge(session, None)
    return OptionsView(challenge=row.id, options=ceremonies.request_options(site, row.challenge))


def sign_in(session: Session, site: Site, shown: PasskeySignIn, address: str | None) -> SignedInView | None:
    """Open a session for the key's person; None where the answer does not hold, and the challenge is used up."""
    challenge = _pop(session, shown.challenge, None)
    row = _named(session, shown.credential)
    if challenge is None or row is None:
        return None
    key = Key(row.credential_id, row.public_key, row.sign_count)
    count = ceremonies.sign_count_after(site, challenge, shown.credential, key)
    claimed = claimed_by_id(session, row.person_id)
    if count is None or claimed is None:
        return None
    limits.settle(session, claimed.person, address, [limits.counter_of_codes(session, claimed.person)])
    row.sign_count, row.used_at = count, clock.now(session)
    terminal, token = terminals.settle(session, claimed, shown.terminal, is_shared=shown.shared)
    # Held and unlocked: the device has checked its user, so two factors were shown.
    return sessions.begin(
        session, Proof(claimed.person, claimed.name, claimed.member, Method.PASSKEY, TWO_FACTORS, terminal, token)
    )


def _named(session: Session, credential: dict[str, Any]) -> Passkey | None:
    wanted = ceremonies.credential_id_of(credential)
    return session.scalar(select(Passkey).where(Passkey.credential_id == wanted).with_for_update())


def _challenge(session: Session, person: str | None) -> Challenge:
    now = clock.now(session)
    session.execute(delete(Challenge).where(Challenge.ends_at <= now))
    row = Challenge(id=new_id(), person_id=person, challenge=secrets.token_bytes(BYTES), ends_at=now + LASTS)
    session.add(row)
    session.flush()
    return row


def _pop(session: Session, row: str, person: str | None) -> bytes | None:
    """Take a challenge away, so that its answer counts once, and return it if it is still in time."""
    return session.scalar(
        delete(Challenge)
        .where(
            Challenge.id == row,
            Challenge.person_id.is_not_distinct_from(person),
            Challenge.ends_at > clock.now(session),
        )
        .returning(Challenge.challenge)
    )
