"""Which provider is meant, and who somebody is there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from agreements.models import Member
from foundation import clock
from foundation.sealing.erasing import erased_owners
from service.identity.oidc.errors import NoProvider
from service.identity.oidc.parties import Client
from service.identity.oidc.schemas import ProviderChoice, ProviderChoices
from service.identity.providers.actions import secret_of
from service.identity.providers.models import DirectoryLink, IdentityProvider, ProviderDomain
from service.identity.providers.queries import domains_of, redirect_uri


@dataclass(frozen=True, slots=True)
class Provider:
    """認証基盤の控え: one provider as a sign-in needs it, apart from any transaction."""

    id: str
    member: str
    name: str
    client: Client
    two_factor_acr: tuple[str, ...]
    two_factor_amr: tuple[str, ...]
    domains: frozenset[str]
    metadata: dict[str, Any] | None
    jwks: dict[str, Any] | None
    discovered_at: datetime | None
    failed_at: datetime | None
    now: datetime

    @property
    def host(self) -> str:
        """Where its pages are, for people to see before they type a password there."""
        page = (self.metadata or {}).get("authorization_endpoint", self.client.issuer)
        return urlsplit(str(page)).netloc


def choices(session: Session) -> ProviderChoices:
    """Return the members whose people may sign in through a provider."""
    rows = session.execute(
        select(IdentityProvider.id, Member.name, IdentityProvider.issuer)
        .join(Member, Member.id == IdentityProvider.member_id)
        .where(_is_in_use())
        .order_by(Member.name, IdentityProvider.id)
    )
    return ProviderChoices(
        items=[ProviderChoice(id=row.id, name=row.name, host=urlsplit(row.issuer).netloc) for row in rows]
    )


def provider_meant(session: Session, provider: str | None, email: str | None, base_url: str) -> Provider:
    """Return the provider that was chosen, or that of an address' domain. Raises NoProvider.

    The address itself is not looked up: nobody learns whether it is known here.
    """
    wanted = provider
    if wanted is None:
        domain = (email or "").strip().lower().rpartition("@")[2]
        wanted = session.scalar(select(ProviderDomain.provider_id).where(ProviderDomain.domain == domain))
    found = provider_by_id(session, wanted, base_url)
    if found is None:
        raise NoProvider
    return found


def provider_by_id(session: Session, provider: str | None, base_url: str) -> Provider | None:
    """Return a provider in use."""
    row = session.scalar(select(IdentityProvider).where(IdentityProvider.id == provider, _is_in_use()))
    if row is None:
        return None
    return Provider(
        row.id,
        row.member_id,
        session.get_one(Member, row.member_id).name,
        Client(row.issuer, row.client_id, secret_of(session, row), redirect_uri(base_url, row.id)),
        tuple(row.two_factor_acr),
        tuple(row.two_factor_amr),
        frozenset(domains_of(session, row.id)),
        row.discovered,
        row.jwks,
        row.discovered_at,
        row.failed_at,
        clock.now(session),
    )


def _is_in_use() -> ColumnElement[bool]:
    """Whose member's keys were erased has no secret any more to show itself with."""
    return and_(IdentityProvider.is_enabled, IdentityProvider.member_id.not_in(erased_owners()))


def is_linked(session: Session, provider: Provider, subject: str) -> bool:
    """Tell whether an issuer's subject is known as somebody of the member."""
    return link_of(session, provider, subject) is not None


def link_of(session: Session, provider: Provider, subject: str) -> DirectoryLink | None:
    """Return whom an issuer's subject is; the same subject of another issuer, or at another member, is nobody's."""
    return session.scalar(
        select(DirectoryLink).where(
            DirectoryLink.member_id == provider.member,
            DirectoryLink.issuer == provider.client.issuer,
            DirectoryLink.subject == subject,
        )
    )
