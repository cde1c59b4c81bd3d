"""The wire to hosts that members name: what was judged is what is called, and no answer is endless.

The floor's one HTTP client, for who may have one (members' directories, sign-in); never inside a transaction.
"""

import ssl
from functools import cache

import httpx2

from foundation.egress import Egress


class AnswerRefusedError(httpx2.TransportError):
    """What came is not read: it is packed, or longer than it may be."""


class GuardedTransport(httpx2.AsyncBaseTransport):
    """見張りのある通信路: resolves a name itself and connects to what it has judged.

    So a name that means another host a moment later (DNS rebinding) leads nowhere. Of an answer at most `most` bytes
    are read. A request raises EgressRefusedError where the address may not be called. Certificates are judged by the
    machine's own authorities: a member's private ones (LGPKI) are added there.
    """

    def __init__(self, egress: Egress, *, most: int) -> None:
        self._egress = egress
        self._most = most
        self._wires: dict[str, httpx2.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        addresses = await self._egress.addresses_of(str(request.url))
        wire = self._wire_of(request.url.host)
        body = await request.aread()
        failed: httpx2.TransportError | None = None
        for address in addresses:
            try:
                answer = await wire.handle_async_request(_pinned(request, body, address))
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                failed = error
            else:
                return await _read(answer, self._most)
        assert failed is not None
        raise failed

    async def aclose(self) -> None:
        for wire in self._wires.values():
            await wire.aclose()

    def _wire_of(self, host: str) -> httpx2.AsyncHTTPTransport:
        """Return the connections to one host: those to another's at the same address showed another certificate."""
        if host not in self._wires:
            self._wires[host] = httpx2.AsyncHTTPTransport(verify=_authorities(), trust_env=False)
        return self._wires[host]


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


async def _read(response: httpx2.Response, most: int) -> httpx2.Response:
    """Take a whole answer in, up to a bound; packed ones could be any size."""
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    taken = bytearray()
    try:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise AnswerRefusedError("the answer is packed")
        async for part in response.stream:
            taken += part
            if len(taken) > most:
                raise AnswerRefusedError("the answer is too long")
    finally:
        await response.stream.aclose()
    return httpx2.Response(response.status_code, headers=response.headers, content=bytes(taken))
