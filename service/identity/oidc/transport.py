"""The wire to a provider: the address that was judged is the address that is called, and no answer is endless."""

import asyncio
import socket
import ssl
from functools import cache

import httpx2

from service.identity.providers.egress import Egress

MOST_BYTES = 262_144
PATIENCE = httpx2.Timeout(5.0)
"""Seconds for each step of one call; the whole of it has `calls.SECONDS`."""


class EgressRefusedError(httpx2.TransportError):
    """The address may not be called, or what came from there is not read."""


class GuardedTransport(httpx2.AsyncBaseTransport):
    """見張りのある通信路: resolves a name itself and calls what it has judged, so that no second look differs.

    Certificates are judged by the machine's own authorities: a member's private ones (LGPKI) are added there.
    """

    def __init__(self, egress: Egress) -> None:
        self._egress = egress
        self._wire = httpx2.AsyncHTTPTransport(verify=_authorities(), trust_env=False)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if not self._egress.allows(str(request.url)):
            raise EgressRefusedError("the address may not be called")
        body = await request.aread()
        failed: httpx2.TransportError = EgressRefusedError("the name leads nowhere")
        for address in await self._addresses(request.url):
            try:
                return await _read(await self._wire.handle_async_request(_pinned(request, body, address)))
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                failed = error
        raise failed

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def _addresses(self, url: httpx2.URL) -> list[str]:
        """Return where a name leads; nothing where any of it may not be reached."""
        port = url.port or (443 if url.scheme == "https" else 80)
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
        except OSError:
            return []
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        if not all(self._egress.may_reach(url.host, each) for each in addresses):
            raise EgressRefusedError("the name leads to an address that may not be called")
        return addresses


@cache
def _authorities() -> ssl.SSLContext:
    return ssl.create_default_context()


def _pinned(request: httpx2.Request, body: bytes, address: str) -> httpx2.Request:
    """Return the same request to one address; name and certificate stay those of the host."""
    headers = request.headers.copy()
    headers["Host"] = request.url.netloc.decode("ascii")
    headers["Accept-Encoding"] = "identity"
    return httpx2.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=headers,
        content=body,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )


async def _read(response: httpx2.Response) -> httpx2.Response:
    """Take a whole answer in, up to a bound; packed ones could be any size."""
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    taken = bytearray()
    try:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise EgressRefusedError("the answer is packed")
        async for part in response.stream:
            taken += part
            if len(taken) > MOST_BYTES:
                raise EgressRefusedError("the answer is too long")
    finally:
        await response.stream.aclose()
    return httpx2.Response(response.status_code, headers=response.headers, content=bytes(taken))
