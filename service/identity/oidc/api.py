"""Signing in through a member's identity provider, over the API: the browser sees its pages and never a token."""

import asyncio
from datetime import timedelta
from typing import Any
from weakref import WeakValueDictionary

import structlog

from foundation.calls import Call
from foundation.operations import operation
from foundation.problems import StepUpNeeded
from service.identity.limits.errors import TooManyGuesses
from service.identity.oidc import actions, calls, queries, tokens
from service.identity.oidc.actions import Attempt, Coming
from service.identity.oidc.errors import AttemptGone, NoProvider, PersonUnlinked, ProviderDown, ProviderRefused
from service.identity.oidc.queries import Provider
from service.identity.oidc.schemas import OidcBeginning, OidcRedirect, OidcReturn, ProviderChoices
from service.identity.oidc.tokens import Expected, Identity, KeyUnknownError, TokenRefusedError
from service.identity.providers.egress import egress_of
from service.identity.sessions.schemas import SignedInView
from service.identity.sign_in.api import peer_of

FRESH = timedelta(minutes=1)
"""For which what a provider said of itself is taken without asking: that it answers is known as well."""
SHUNNED = timedelta(seconds=15)
"""After no answer nobody else waits for one."""
ASKING: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
"""By provider, for as long as somebody asks it or waits."""
log = structlog.get_logger()


@operation("GET", "/sign-in/oidc", permission=None, returns=ProviderChoices)
async def list_sign_in_providers(call: Call) -> ProviderChoices:
    """所属団体の認証で入れる団体の一覧 (members whose people sign in through their own provider)."""
    return await call.database.read(queries.choices)


@operation(
    "POST",
    "/sign-in/oidc",
    permission=None,
    body=OidcBeginning,
    returns=OidcRedirect,
    status=201,
    keeps_answer=False,
    problems=[NoProvider, ProviderDown, TooManyGuesses],
)
async def begin_oidc_sign_in(call: Call, beginning: OidcBeginning) -> OidcRedirect:
    """所属団体の認証でのサインインを始める (begin to sign in through the member's own provider)."""
    await _require_patience(call)
    base_url = call.state.settings.base_url
    meant = await call.database.read(queries.provider_meant, beginning.provider, beginning.email, base_url)
    provider = await _awake(call, meant)
    begun = await call.database.write(actions.begin, provider, is_shared=beginning.shared)
    assert provider.metadata is not None
    wishes = {"acr_values": " ".join(provider.two_factor_acr)} if provider.two_factor_acr else {}
    url = calls.authorization_url(
        provider.client,
        provider.metadata,
        state=begun.state,
        nonce=begun.nonce,
        code_verifier=begun.verifier,
        max_age=str(int(tokens.LONGEST.total_seconds())),
        **wishes,
    )
    return OidcRedirect(url=url, browser=begun.browser, name=provider.name, host=provider.host, ends_at=begun.ends_at)


@operation(
    "POST",
    "/sign-in/oidc/return",
    permission=None,
    body=OidcReturn,
    returns=SignedInView,
    status=201,
    keeps_answer=False,
    problems=[AttemptGone, ProviderDown, ProviderRefused, PersonUnlinked, StepUpNeeded, TooManyGuesses],
)
async def finish_oidc_sign_in(call: Call, back: OidcReturn) -> SignedInView:
    """所属団体の認証から戻ってサインインする (come back from the provider, and sign in)."""
    await _require_patience(call)
    base_url, peer = call.state.settings.base_url, peer_of(call)
    attempt = await call.database.write(actions.take, back.provider, back.state, back.browser, base_url)
    if attempt is None:
        raise AttemptGone
    try:
        identity = await _identify(call, attempt, back)
    except (TokenRefusedError, ProviderRefused) as error:
        log.warning("oidc_refused", provider=attempt.provider.id, why=str(error))
        await call.database.write(actions.refuse, attempt.provider, str(error), peer)
        raise ProviderRefused from None
    came = Coming(peer, back.terminal, await call.state.gate(call.request))
    signed_in = await call.database.write(actions.sign_in, attempt, identity, came)
    if signed_in is None:
        raise PersonUnlinked
    call.state.wake()
    return signed_in


async def _require_patience(call: Call) -> None:
    if seconds := await call.database.read(actions.seconds_to_wait, peer_of(call)):
        raise TooManyGuesses(seconds=seconds)


async def _awake(call: Call, provider: Provider) -> Provider:
    """Return the provider as it says it is now. Raises ProviderDown, also for who comes right after.

    Of all who begin at once, one asks it, and the others take what that one was told.
    """
    if _is_fresh(provider):
        return provider
    async with ASKING.setdefault(provider.id, asyncio.Lock()):
        return await _refreshed(call, await _reread(call, provider))


async def _refreshed(call: Call, provider: Provider) -> Provider:
    if _is_fresh(provider):
        return provider
    if provider.failed_at is not None and provider.now - provider.failed_at < SHUNNED:
        raise ProviderDown
    try:
        found = await calls.discover(egress_of(call.state), provider.client.issuer)
    except ProviderDown:
        await call.database.write(actions.note_failure, provider.id)
        raise
    await call.database.write(actions.keep_discovery, provider.id, found)
    return await _reread(call, provider)


async def _reread(call: Call, provider: Provider) -> Provider:
    return await call.database.read(queries.provider_meant, provider.id, None, call.state.settings.base_url)


def _is_fresh(provider: Provider) -> bool:
    return provider.discovered_at is not None and provider.now - provider.discovered_at < FRESH


async def _identify(call: Call, attempt: Attempt, back: OidcReturn) -> Identity:
    """Turn what came back into somebody. Raises TokenRefusedError, ProviderRefused, ProviderDown."""
    provider, egress = attempt.provider, egress_of(call.state)
    metadata = provider.metadata or {}
    is_iss_due = back.iss is not None or metadata.get("authorization_response_iss_parameter_supported") is True
    if is_iss_due and back.iss != provider.client.issuer:
        raise TokenRefusedError("another issuer")
    if back.error is not None or back.code is None:
        raise TokenRefusedError("no code")
    found = await calls.exchange(egress, provider.client, metadata, back.code, attempt.verifier)
    claims = await _judge(call, attempt, found["id_token"], found.get("access_token"))
    told = None
    if "email" not in claims and not await call.database.read(queries.is_linked, provider, claims["sub"]):
        told = await calls.userinfo(egress, provider.client.issuer, metadata, found.get("access_token"))
    return tokens.identity_of(
        claims, list(provider.two_factor_acr), list(provider.two_factor_amr), provider.now, told
    )


async def _judge(call: Call, attempt: Attempt, id_token: str, access_token: str | None) -> dict[str, Any]:
    """Return a token's claims; where no kept key signed it, the provider is asked for new ones, once."""
    provider = attempt.provider
    expected = Expected(provider.client.issuer, provider.client.client_id, attempt.nonce, access_token, provider.now)
    try:
        return tokens.judge(id_token, provider.jwks or {"keys": []}, expected)
    except KeyUnknownError:
        jwks = await calls.keys_of(egress_of(call.state), provider.client.issuer, provider.metadata or {})
    claims = tokens.judge(id_token, jwks, expected)
    await call.database.write(actions.keep_keys, provider.id, jwks)
    return claims
