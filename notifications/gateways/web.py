"""What the gateways that speak HTTP share: the client, and what its failures mean."""

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from notifications.gateways.base import LONGEST_SEND, LONGEST_WAIT, Outcome, Verdict

# httpx writes every address it calls to its log, and Kannel's hold password, number and text.
logging.getLogger("httpx").setLevel(logging.WARNING)

# A lost packet is sent again after 1 s and 3 s; who is not there by then is not there, and another one may be
_CONNECT = 3.0
# Shorter than servers keep a connection open (uvicorn and Apache 5 s): a request on one that they have just
# closed gets no answer, and with that the doubt whether the message was sent.
_KEPT = 4.0
# Refused because of our own settings (credentials, address, an account without money): the recipient is not to
# blame, and the message goes out as soon as an operator has mended them.
_OURS = {
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.PAYMENT_REQUIRED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED,
}
_LATER = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


class _Once(AiohttpTransport):
    """Hands every request over once: aiohttp by itself repeats a GET that was cut off, and Kannel's GET sends."""

    def get_client(self) -> aiohttp.ClientSession:
        session = super().get_client()
        session._retry_connection = False  # noqa: SLF001 — the only switch that aiohttp has for it
        return session


def new_client(
    *, window: int, auth: tuple[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> httpx.AsyncClient:
    """Return httpx over aiohttp: httpx's own pool is eleven times slower at 32 requests at once."""
    limits = httpx.Limits(max_connections=window, keepalive_expiry=_KEPT)
    timeout = httpx.Timeout(LONGEST_SEND, connect=_CONNECT)
    return httpx.AsyncClient(
        transport=_Once(limits=limits, trust_env=False),
        timeout=timeout,
        auth=auth,
        headers=headers,
        trust_env=False,
    )


async def answer(request: Awaitable[httpx.Response], *, within: float | None = None) -> httpx.Response | Outcome:
    """Return the response, or the outcome where there is none; `within` so many seconds (LONGEST_SEND)."""
    try:
        async with asyncio.timeout(LONGEST_SEND if within is None else within):
            return await request
    except TimeoutError:
        return Outcome(Verdict.UNKNOWN, code="timeout")
    except (httpx.HTTPError, aiohttp.ClientError, OSError) as failure:
        # The transport calls every lost connection a ConnectTimeout; aiohttp's own error tells when it broke
        cause = failure.__cause__ or failure
        if isinstance(cause, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
            return Outcome(Verdict.TEMPORARY, code="connect")
        return Outcome(Verdict.UNKNOWN, code="disconnected")


def refusal(response: httpx.Response, code: str | None = None) -> Outcome:
    """Judge an answer that is not the provider's yes, by its status alone."""
    status = response.status_code
    code = code or str(status)
    if status in _LATER:
        return Outcome(Verdict.TEMPORARY, code=code, retry_after=_retry_after(response))
    if status in _OURS or response.is_redirect:
        return Outcome(Verdict.TEMPORARY, code=code)
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Outcome(Verdict.PERMANENT, code=code)
    return Outcome(Verdict.UNKNOWN, code=code)


def sendable(text: str) -> str:
    """Return the text without what no encoding carries."""
    return text.encode("utf-8", "replace").decode("utf-8")


def content(response: httpx.Response) -> dict[str, Any]:
    """Return the JSON object of an answer, an empty one if it is anything else (a proxy's page)."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def field(response: httpx.Response, key: str) -> str | None:
    """Return one field of a JSON object as text, None if there is none."""
    value = content(response).get(key)
    return str(value) if isinstance(value, str | int) else None


def _retry_after(response: httpx.Response) -> float | None:
    """Return the seconds to wait (RFC 9110 §10.2.3: seconds or a date), at most an hour."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value), LONGEST_WAIT)
    try:
        wait = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError):
        return None
    return min(max(wait, 0.0), LONGEST_WAIT)
