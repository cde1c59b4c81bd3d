"""Identity providers over the API."""

from agreements.errors import MemberNotFound
from foundation.actor import TWO_FACTORS
from foundation.calls import Call
from foundation.operations import operation
from service import permissions
from service.identity.providers import actions, queries
from service.identity.providers.egress import egress_of
from service.identity.providers.errors import (
    ISSUER,
    DomainsAreOperators,
    DomainTaken,
    IssuerRefused,
    LinkNotFound,
    OtherMembersProvider,
    ProviderExists,
    ProviderNotFound,
)
from service.identity.providers.schemas import ProviderChange, ProviderDraft, ProvidersView, ProviderView


@operation(
    "GET",
    "/members/{code}/identity-providers",
    permission=permissions.KEEP_PROVIDERS,
    returns=ProvidersView,
    problems=[MemberNotFound],
)
async def list_identity_providers(call: Call, code: str) -> ProvidersView:
    """団体の認証基盤の一覧 (where a member's people sign in)."""
    base_url = call.state.settings.base_url
    return await call.database.read(queries.list_providers, call.actor, code, base_url)


@operation(
    "POST",
    "/members/{code}/identity-providers",
    permission=permissions.KEEP_PROVIDERS,
    body=ProviderDraft,
    returns=ProviderView,
    status=201,
    assurance=TWO_FACTORS,
    problems=[
        MemberNotFound,
        OtherMembersProvider,
        DomainsAreOperators,
        IssuerRefused,
        ProviderExists,
        DomainTaken,
    ],
)
async def register_identity_provider(call: Call, code: str, draft: ProviderDraft) -> ProviderView:
    """団体の認証基盤を登録する (register a member's OpenID Connect provider)."""
    if not egress_of(call.state).allows(draft.issuer):
        raise IssuerRefused(ISSUER)
    return await call.database.write(actions.register, call.actor, code, draft, call.state.settings.base_url)


@operation(
    "PATCH",
    "/identity-providers/{provider}",
    permission=permissions.KEEP_PROVIDERS,
    body=ProviderChange,
    returns=ProviderView,
    assurance=TWO_FACTORS,
    problems=[ProviderNotFound, DomainsAreOperators, DomainTaken],
)
async def change_identity_provider(call: Call, provider: str, change: ProviderChange) -> ProviderView:
    """認証基盤の登録を変更する (change a provider, or switch it off)."""
    base_url = call.state.settings.base_url
    return await call.database.write(actions.change, call.actor, provider, change, base_url)


@operation(
    "DELETE",
    "/identity-providers/{provider}",
    permission=permissions.KEEP_PROVIDERS,
    status=204,
    assurance=TWO_FACTORS,
    problems=[ProviderNotFound],
)
async def remove_identity_provider(call: Call, provider: str) -> None:
    """認証基盤の登録を削除する (forget a provider, and whom it knew)."""
    await call.database.write(actions.remove, call.actor, provider)


@operation(
    "DELETE",
    "/identity-providers/{provider}/links/{person}",
    permission=permissions.KEEP_PROVIDERS,
    status=204,
    assurance=TWO_FACTORS,
    problems=[ProviderNotFound, LinkNotFound],
)
async def unlink_person(call: Call, provider: str, person: str) -> None:
    """担当者と認証基盤の対応を外す (forget which account a person has at a provider)."""
    await call.database.write(actions.unlink, call.actor, provider, person)
