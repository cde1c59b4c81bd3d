"""The way to a member's provider and back: one attempt for one browser, and whom it lets in."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from foundation import audit, clock
from foundation.actor import ANONYMOUS, Actor
from foundation.database.statements import insert_or_skip
from foundation.ids import new_id
from foundation.sealing import digest, seal, unseal
from service.identity import notices
from service.identity.factors import require_step_up
from service.identity.limits import actions as limits
from service.identity.models import Method
from service.identity.oidc.parties import Discovered
from service.identity.oidc.queries import Provider, link_of, provider_by_id
from service.identity.oidc.tokens import Identity
from service.identity.people import Claimed, claimed_by_email, claimed_by_id
from service.identity.providers.models import DirectoryLink, IdentityProvider, OidcAttempt
from service.identity.sessions import actions as sessions
from service.identity.sessions.actions import Proof
from service.identity.sessions.schemas import SignedInView
from service.identity.terminals import actions as terminals

STATE, BROWSER, VERIFIER = "oidc-state", "oidc-browser", "oidc_attempts.verifier"
LASTS = timedelta(minutes=10)
BYTES, VERIFIER_BYTES = 32, 64


@dataclass(frozen=True, slots=True)
class Begun:
    """始めた手続き: what goes to the provider by the browser, and what the browser keeps."""

    state: str
    nonce: str
    verifier: str
    browser: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """戻ってきた手続き: what was begun in this browser, now used up."""

    provider: Provider
    nonce: str
    verifier: str
    is_shared: bool


@dataclass(frozen=True, slots=True)
class Coming:
    """戻ってきたブラウザー: where it sits, the shared terminal that it is, and who is signed in there already."""

    address: str | None
    terminal: str | None
    actor: Actor | None


def seconds_to_wait(session: Session, address: str | None) -> int:
    """Return for how long no provider's answer is looked at from a place."""
    return limits.seconds_to_wait(session, [limits.counter_of_answers(session, address)])


def keep_discovery(session: Session, provider: str, found: Discovered) -> None:
    """Keep what a provider says of itself."""
    now = clock.now(session)
    session.execute(
        update(IdentityProvider)
        .where(IdentityProvider.id == provider)
        .values(discovered=found.metadata, discovered_at=now, jwks=found.jwks, jwks_at=now, failed_at=None)
    )


def keep_keys(session: Session, provider: str, jwks: dict[str, Any]) -> None:
    """Keep a provider's new keys."""
    session.execute(
        update(IdentityProvider).where(IdentityProvider.id == provider).values(jwks=jwks, jwks_at=clock.now(session))
    )


def note_failure(session: Session, provider: str) -> None:
    """Note that a provider did not answer, so that not everybody waits for it in turn."""
    session.execute(
        update(IdentityProvider).where(IdentityProvider.id == provider).values(failed_at=clock.now(session))
    )


def begin(session: Session, provider: Provider, *, is_shared: bool) -> Begun:
    """Begin an attempt; those that nobody came back from are swept away."""
    now = clock.now(session)
    session.execute(delete(OidcAttempt).where(OidcAttempt.ends_at <= now))
    begun = Begun(
        secrets.token_urlsafe(BYTES),
        secrets.token_urlsafe(BYTES),
        secrets.token_urlsafe(VERIFIER_BYTES),
        secrets.token_urlsafe(BYTES),
        now + LASTS,
    )
    row = new_id()
    session.add(
        OidcAttempt(
            id=row,
            provider_id=provider.id,
            state=digest(session, STATE, begun.state),
            browser=digest(session, BROWSER, begun.browser),
            nonce=begun.nonce,
            verifier_sealed=seal(session, provider.member, VERIFIER, row, begun.verifier),
            is_shared=is_shared,
            ends_at=begun.ends_at,
        )
    )
    return begun


def take(session: Session, provider_id: str, state: str, browser: str, base_url: str) -> Attempt | None:
    """Use an attempt up, whoever brings it back; None where it is gone, began elsewhere or is another provider's.

    Nothing is counted: coming late is no guess, and nobody guesses a state.
    """
    row = session.execute(
        delete(OidcAttempt)
        .where(OidcAttempt.state == digest(session, STATE, state))
        .returning(
            OidcAttempt.id,
            OidcAttempt.provider_id,
            OidcAttempt.browser,
            OidcAttempt.nonce,
            OidcAttempt.verifier_sealed,
            OidcAttempt.is_shared,
            OidcAttempt.ends_at,
        )
        .execution_options(synchronize_session=False)
    ).one_or_none()
    is_here = row is not None and hmac.compare_digest(row.browser, digest(session, BROWSER, browser))
    provider = provider_by_id(session, row.provider_id, base_url) if row else None
    if row is None or provider is None or not is_here or row.ends_at <= clock.now(session):
        return None
    if provider.id != provider_id:
        _record_refusal(session, provider, "another provider's way back")
        return None
    verifier = unseal(session, provider.member, VERIFIER, row.id, row.verifier_sealed)
    return Attempt(provider, row.nonce, verifier, row.is_shared)


def refuse(session: Session, provider: Provider, why: str, address: str | None) -> None:
    """Count and record an answer that does not hold."""
    counters = [limits.counter_of_answers(session, address)]
    limits.lock(session, counters)
    limits.count_failure(session, counters)
    _record_refusal(session, provider, why)


def sign_in(session: Session, attempt: Attempt, identity: Identity, came: Coming) -> SignedInView | None:
    """Open a session for whom the provider has named; None where that is nobody of its member.

    Raises StepUpNeeded where who is signed in may not change how they sign in.
    """
    provider, address = attempt.provider, came.address
    claimed = _known(session, provider, identity) or _linked(session, provider, identity, came.actor)
    if claimed is None:
        _record_refusal(session, provider, "unlinked")
        return None
    limits.settle(session, claimed.person, address)
    at, token = terminals.settle(session, claimed, came.terminal, is_shared=attempt.is_shared)
    return sessions.begin(
        session,
        Proof(claimed.person, claimed.name, claimed.member, Method.OIDC, _assurance(provider, identity), at, token),
    )


def _known(session: Session, provider: Provider, identity: Identity) -> Claimed | None:
    """Return who is linked, if they are still the member's."""
    link = link_of(session, provider, identity.subject)
    claimed = claimed_by_id(session, link.person_id) if link else None
    if link is None or claimed is None or claimed.member != provider.member:
        return None
    link.used_at = clock.now(session)
    return claimed


def _assurance(provider: Provider, identity: Identity) -> int:
    """Believe two factors only of a provider to which the operator gave a domain: else one person alone named it."""
    return identity.assurance if provider.domains else 1


def _linked(session: Session, provider: Provider, identity: Identity, actor: Actor | None) -> Claimed | None:
    """Link a subject that comes for the first time to the member's own person with its verified mail address.

    That takes the operator's word that the provider speaks for the address' domain, or the person's own open session.
    Never to another member's person, nor to one who has another account there: an address may have changed hands.
    """
    claimed = claimed_by_email(session, identity.email) if identity.email else None
    if claimed is None or claimed.member != provider.member:
        return None
    if (identity.email or "").strip().lower().rpartition("@")[2] not in provider.domains:
        if actor is None or actor.person != claimed.person:
            return None
        require_step_up(session, actor)
    _forget_former(session, provider, identity, claimed)
    now = clock.now(session)
    row = {
        "id": new_id(),
        "member_id": provider.member,
        "issuer": provider.client.issuer,
        "subject": identity.subject,
        "person_id": claimed.person,
        "made_at": now,
        "used_at": now,
    }
    if not insert_or_skip(session, DirectoryLink, row):
        return None
    proof = _proof(provider, identity, claimed)
    audit.record(
        session,
        proof.actor,
        "identity.directory_linked",
        f"person:{claimed.person}",
        provider=provider.id,
        issuer=provider.client.issuer,
    )
    notices.tell(session, claimed.person, "directory-linked")
    return claimed


def _forget_former(session: Session, provider: Provider, identity: Identity, claimed: Claimed) -> None:
    """Take the subject from who is the member's no longer: they were let go, and entered again as somebody new."""
    former = link_of(session, provider, identity.subject)
    if former is None or former.person_id == claimed.person:
        return
    session.execute(delete(DirectoryLink).where(DirectoryLink.id == former.id))
    audit.record(
        session,
        _proof(provider, identity, claimed).actor,
        "identity.directory_unlinked",
        f"provider:{provider.id}",
        chain=provider.member,
        person=former.person_id,
    )


def _proof(provider: Provider, identity: Identity, claimed: Claimed) -> Proof:
    return Proof(claimed.person, claimed.name, claimed.member, Method.OIDC, _assurance(provider, identity))


def _record_refusal(session: Session, provider: Provider, why: str) -> None:
    audit.record(
        session, ANONYMOUS, "identity.oidc_refused", f"provider:{provider.id}", chain=provider.member, why=why
    )
