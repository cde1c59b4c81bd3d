"""Registering where a member's people sign in."""

from collections.abc import Iterable

from sqlalchemy import delete
from sqlalchemy.orm import Session

from agreements import queries as agreements
from foundation import audit, clock
from foundation.actor import Actor
from foundation.database.statements import insert_or_skip
from foundation.ids import new_id
from foundation.sealing import seal, unseal
from service.identity.providers.errors import (
    DomainsAreOperators,
    DomainTaken,
    LinkNotFound,
    OtherMembersProvider,
    ProviderExists,
)
from service.identity.providers.models import DirectoryLink, IdentityProvider, OidcAttempt, ProviderDomain
from service.identity.providers.queries import domains_of, provider_of, provider_view
from service.identity.providers.schemas import ProviderChange, ProviderDraft, ProviderView

SECRET = "identity_providers.secret"  # noqa: S105 — a place, no credential


def register(session: Session, actor: Actor, member: str, draft: ProviderDraft, base_url: str) -> ProviderView:
    """Keep a member's provider. Raises OtherMembersProvider, DomainsAreOperators, ProviderExists, DomainTaken."""
    owner = agreements.member_of(session, actor, member).id
    if not (actor.is_operator or actor.acts_for(owner)):
        raise OtherMembersProvider
    row = {
        "id": new_id(),
        "member_id": owner,
        "issuer": draft.issuer,
        "client_id": draft.client_id,
        "two_factor_acr": draft.two_factor_acr,
        "two_factor_amr": draft.two_factor_amr,
        "is_enabled": True,
        "made_by": actor.person or "operator",
        "made_at": clock.now(session),
    }
    row["secret_sealed"] = seal(session, owner, SECRET, str(row["id"]), draft.client_secret)
    if not insert_or_skip(session, IdentityProvider, row):
        raise ProviderExists
    made = session.get_one(IdentityProvider, str(row["id"]))
    if draft.domains:
        _assign(session, actor, made, draft.domains)
    _record(session, actor, made, "identity.provider_registered", issuer=made.issuer, domains=sorted(draft.domains))
    return provider_view(session, made, base_url)


def change(session: Session, actor: Actor, provider: str, wanted: ProviderChange, base_url: str) -> ProviderView:
    """Change a provider. Raises ProviderNotFound, DomainsAreOperators, DomainTaken."""
    row = provider_of(session, actor, provider, for_update=True)
    given = wanted.model_dump(exclude_none=True, exclude={"client_secret", "domains"})
    for name, value in given.items():
        setattr(row, name, value)
    if wanted.client_secret is not None:
        row.secret_sealed = seal(session, row.member_id, SECRET, row.id, wanted.client_secret)
    if wanted.domains is not None and set(wanted.domains) != set(domains_of(session, row.id)):
        _assign(session, actor, row, wanted.domains)
    fields = sorted(wanted.model_dump(exclude_none=True))
    _record(session, actor, row, "identity.provider_changed", fields=fields, is_enabled=row.is_enabled)
    return provider_view(session, row, base_url)


def remove(session: Session, actor: Actor, provider: str) -> None:
    """Forget a provider and whom it knew. Raises ProviderNotFound."""
    row = provider_of(session, actor, provider, for_update=True)
    of_it = DirectoryLink.member_id == row.member_id, DirectoryLink.issuer == row.issuer
    session.execute(delete(OidcAttempt).where(OidcAttempt.provider_id == row.id))
    session.execute(delete(ProviderDomain).where(ProviderDomain.provider_id == row.id))
    session.execute(delete(DirectoryLink).where(*of_it))
    _record(session, actor, row, "identity.provider_removed", issuer=row.issuer)
    session.delete(row)


def unlink(session: Session, actor: Actor, provider: str, person: str) -> None:
    """Forget which account a person has there: the next one with their mail address is.

    Raises LinkNotFound.
    """
    row = provider_of(session, actor, provider)
    gone = session.scalars(
        delete(DirectoryLink)
        .where(
            DirectoryLink.member_id == row.member_id,
            DirectoryLink.issuer == row.issuer,
            DirectoryLink.person_id == person,
        )
        .returning(DirectoryLink.id)
    ).all()
    if not gone:
        raise LinkNotFound
    _record(session, actor, row, "identity.directory_unlinked", person=person)


def secret_of(session: Session, row: IdentityProvider) -> str:
    """Open a provider's client secret."""
    return unseal(session, row.member_id, SECRET, row.id, row.secret_sealed)


def _assign(session: Session, actor: Actor, row: IdentityProvider, domains: Iterable[str]) -> None:
    if not actor.is_operator:
        raise DomainsAreOperators
    session.execute(delete(ProviderDomain).where(ProviderDomain.provider_id == row.id))
    wanted = [{"domain": each, "provider_id": row.id} for each in sorted(set(domains))]
    if wanted and len(insert_or_skip(session, ProviderDomain, *wanted)) < len(wanted):
        raise DomainTaken


def _record(session: Session, actor: Actor, row: IdentityProvider, act: str, **facts: object) -> None:
    audit.record(session, actor, act, f"provider:{row.id}", chain=row.member_id, **facts)
