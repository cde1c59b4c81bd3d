"""What is asked of a provider over the network; never inside a transaction."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog

from foundation.egress import Egress
from service.identity.oidc.errors import ProviderDown, ProviderRefused
from service.identity.oidc.parties import Client, Discovered

SECONDS, STEP = 10.0, 5.0
"""For a whole call, and for each step of it."""
MOST = 262_144
"""Bytes of an answer."""
WELL_KNOWN = "/.well-known/openid-configuration"
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
KEPT = (*ENDPOINTS, "userinfo_endpoint", "authorization_response_iss_parameter_supported")
METHODS = ("client_secret_basic", "client_secret_post")
KEY_TYPES = ("RSA", "EC", "OKP")
MOST_KEYS = 50
REFUSALS = (
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
)
"""Of RFC 6749 5.2; any other words of a provider stay out of the log."""
SCOPE = "openid email"
log = structlog.get_logger()


async def discover(egress: Egress, issuer: str) -> Discovered:
    """Return what a provider says of itself. Raises ProviderDown."""
    async with _asking(egress, issuer) as http:
        told = await _json(http, issuer.rstrip("/") + WELL_KNOWN)
        if told.get("issuer") != issuer or not all(_is_usable(egress, told.get(each)) for each in ENDPOINTS):
            log.warning("provider_metadata_refused", issuer=issuer)
            raise ProviderDown
        metadata = {name: told[name] for name in KEPT if name in told}
        if not _is_usable(egress, metadata.get("userinfo_endpoint")):
            metadata.pop("userinfo_endpoint", None)
        listed = told.get("token_endpoint_auth_methods_supported")
        offered = listed if isinstance(listed, list) else []
        metadata["method"] = next((each for each in METHODS if each in offered), METHODS[0])
        return Discovered(metadata, _public_keys(await _json(http, metadata["jwks_uri"])))


async def keys_of(egress: Egress, issuer: str, metadata: dict[str, Any]) -> dict[str, Any]:
    """Return a provider's present keys. Raises ProviderDown."""
    async with _asking(egress, issuer) as http:
        return _public_keys(await _json(http, metadata["jwks_uri"]))


def authorization_url(client: Client, metadata: dict[str, Any], **more: str) -> str:
    """Return where to send the browser: code flow with PKCE (S256); `more` is state, nonce, verifier and wishes."""
    from authlib.integrations.httpx_client import AsyncOAuth2Client  # noqa: PLC0415 — a third of a second to load

    asking = AsyncOAuth2Client(
        client.client_id, redirect_uri=client.redirect_uri, scope=SCOPE, code_challenge_method="S256"
    )
    url, _ = asking.create_authorization_url(metadata["authorization_endpoint"], **more)
    return str(url)


async def exchange(
    egress: Egress, client: Client, metadata: dict[str, Any], code: str, verifier: str
) -> dict[str, Any]:
    """Return the tokens that a code is worth. Raises ProviderDown, ProviderRefused."""
    from authlib.common.errors import AuthlibBaseError  # noqa: PLC0415 — see authorization_url

    async with _asking(egress, client.issuer, client, metadata["method"]) as http:
        try:
            tokens = await http.fetch_token(
                metadata["token_endpoint"], grant_type="authorization_code", code=code, code_verifier=verifier
            )
        except AuthlibBaseError as error:
            log.warning(
                "provider_refused", issuer=client.issuer, error=error.error if error.error in REFUSALS else "other"
            )
            raise ProviderRefused from None
        if str(tokens.get("token_type", "")).lower() != "bearer" or not isinstance(tokens.get("id_token"), str):
            raise ProviderRefused
        return dict(tokens)


async def userinfo(egress: Egress, issuer: str, metadata: dict[str, Any], access_token: object) -> dict[str, Any]:
    """Return what else a provider tells of a person; nothing where it has no such page."""
    if "userinfo_endpoint" not in metadata or not isinstance(access_token, str):
        return {}
    async with _asking(egress, issuer) as http:
        headers = {"Authorization": f"Bearer {access_token}"}
        return await _json(http, metadata["userinfo_endpoint"], headers=headers)


@asynccontextmanager
async def _asking(
    egress: Egress, issuer: str, client: Client | None = None, method: str | None = None
) -> AsyncIterator[Any]:
    """Open a client that goes where it may, and say in our words what goes wrong."""
    from authlib.integrations.httpx_client import AsyncOAuth2Client  # noqa: PLC0415 — see authorization_url
    from httpx2 import HTTPError, InvalidURL  # noqa: PLC0415 — comes with the above

    from foundation.outward import GuardedTransport  # noqa: PLC0415 — as above

    http = AsyncOAuth2Client(
        client.client_id if client else None,
        client.secret if client else None,
        token_endpoint_auth_method=method,
        redirect_uri=client.redirect_uri if client else None,
        transport=GuardedTransport(egress, most=MOST),
        timeout=STEP,
        trust_env=False,
        follow_redirects=False,
    )
    try:
        async with asyncio.timeout(SECONDS), http:
            yield http
    except (HTTPError, InvalidURL, TimeoutError, ValueError, RecursionError) as error:
        log.warning("provider_down", issuer=issuer, error=type(error).__name__)
        raise ProviderDown from None


async def _json(http: Any, url: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    answer = await http.request(
        "GET", url, withhold_token=True, headers={"Accept": "application/json", **(headers or {})}
    )
    if answer.status_code != 200:  # noqa: PLR2004 — a redirect is no answer either
        raise ValueError("not answered")
    found = answer.json()
    if not isinstance(found, dict):
        raise ValueError("no object")  # noqa: TRY004 — what the caller takes for a provider out of order
    return found


def _is_usable(egress: Egress, url: object) -> bool:
    return isinstance(url, str) and egress.allows(url)


def _public_keys(told: dict[str, Any]) -> dict[str, Any]:
    """Keep the keys that sign; a shared secret is no public key, whatever the list says."""
    keys = told.get("keys")
    kept = [
        each
        for each in (keys if isinstance(keys, list) else [])
        if isinstance(each, dict) and each.get("kty") in KEY_TYPES and each.get("use", "sig") == "sig"
    ]
    if not kept:
        raise ValueError("no keys")
    return {"keys": kept[:MOST_KEYS]}
