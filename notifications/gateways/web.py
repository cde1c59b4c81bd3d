"""What the gateways that speak HTTP share: the client, and what its failures mean."""

import asyncio
import logging
from collections.abc import Awaitable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from notifications.gateways.base import LONGEST_SEND, Outcome, Verdict

# httpx writes every address it calls to its log, and Kannel's hold password, number and text.
logging.getLogger("httpx").setLevel(logging.WARNING)

# A lost packet is sent again after 1 s and 3 s; who is not there by then is not there, and another one may be
_CONNECT = 3.0
# Shorter than servers keep a connection open (uvicorn and Apache 5 s): a request on one that they have just
# closed gets no answer, and with that the doubt whether the message was sent.
_KEPT = 4.0
_LONGEST_WAIT = 3600.0
# Refused because of our own settings (credentials, address): the recipient is not to blame, and the message
# goes out as soon as an operator has mended them.
_OURS = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}
_LATER = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


def new_client(*, window: int, auth: tuple[str, str] | None = None) -> httpx.AsyncClient:
    """Return httpx over aiohttp: httpx's own pool is eleven times slower at 32 requests at once."""
    limits = httpx.Limits(max_connections=window, keepalive_expiry=_KEPT)
    timeout = httpx.Timeout(LONGEST_SEND, connect=_CONNECT)
    return httpx.AsyncClient(
        transport=AiohttpTransport(limits=limits, trust_env=False),
        timeout=timeout,
        auth=auth,
        trust_env=False,
    )


async def answer(request: Awaitable[httpx.Response]) -> httpx.Response | Outcome:
    """Return the response, or the outcome where there is none."""
    try:
        async with asyncio.timeout(LONGEST_SEND):
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


def _retry_after(response: httpx.Response) -> float | None:
    """Return the seconds to wait (RFC 9110 §10.2.3: seconds or a date), at most an hour."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value), _LONGEST_WAIT)
    try:
        wait = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError):
        return None
    return min(max(wait, 0.0), _LONGEST_WAIT)
