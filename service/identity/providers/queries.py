"""Reading identity providers."""

from sqlalchemy import ColumnElement, false, func, select, true
from sqlalchemy.orm import Session

from agreements import queries as agreements
from foundation.actor import Actor
from service import permissions
from service.identity.providers.errors import ProviderNotFound
from service.identity.providers.models import DirectoryLink, IdentityProvider, ProviderDomain
from service.identity.providers.schemas import ProvidersView, ProviderView

CALLBACK = "/signin/oidc/callback"


def providers_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The providers of the actor's own member; all of them for an operator."""
    if actor.is_operator:
        return true()
    if actor.member is None or not actor.may(permissions.KEEP_PROVIDERS):
        return false()
    return IdentityProvider.member_id == actor.member


def provider_of(session: Session, actor: Actor, provider: str, *, for_update: bool = False) -> IdentityProvider:
    """Return a provider that the actor keeps. Raises ProviderNotFound."""
    statement = select(IdentityProvider).where(IdentityProvider.id == provider, providers_visible_to(actor))
    found = session.scalar(statement.with_for_update() if for_update else statement)
    if found is None:
        raise ProviderNotFound
    return found


def list_providers(session: Session, actor: Actor, member: str, base_url: str) -> ProvidersView:
    """Return a member's providers."""
    wanted = agreements.member_of(session, actor, member)
    rows = session.scalars(
        select(IdentityProvider)
        .where(IdentityProvider.member_id == wanted.id, providers_visible_to(actor))
        .order_by(IdentityProvider.id)
    )
    return ProvidersView(items=[provider_view(session, row, base_url) for row in rows])


def provider_view(session: Session, row: IdentityProvider, base_url: str) -> ProviderView:
    counted = select(func.count()).where(DirectoryLink.member_id == row.member_id, DirectoryLink.issuer == row.issuer)
    return ProviderView(
        id=row.id,
        member=row.member_id,
        issuer=row.issuer,
        client_id=row.client_id,
        domains=domains_of(session, row.id),
        two_factor_acr=row.two_factor_acr,
        two_factor_amr=row.two_factor_amr,
        is_enabled=row.is_enabled,
        redirect_uri=redirect_uri(base_url, row.id),
        links=session.scalar(counted) or 0,
        discovered_at=row.discovered_at,
        failed_at=row.failed_at,
    )


def domains_of(session: Session, provider: str) -> list[str]:
    """Return the mail domains that lead to a provider."""
    found = select(ProviderDomain.domain).where(ProviderDomain.provider_id == provider)
    return list(session.scalars(found.order_by(ProviderDomain.domain)))


def redirect_uri(base_url: str, provider: str) -> str:
    """Return the page to which a provider sends people back: one of its own, so that none speaks for another.

    With one page for all, a provider could send somebody on to another and be handed that one's code (RFC 9700 4.4).
    """
    return f"{base_url.rstrip('/')}{CALLBACK}/{provider}"
