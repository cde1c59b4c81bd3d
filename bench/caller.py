"""An HTTP client of a few lines: kept connections, one call at a time on each."""

import asyncio
import uuid

CONNECTIONS = 32
FORMS = {"json": "application/json", "form": "application/x-www-form-urlencoded"}


class Caller:
    """発信者: calls one server over at most `CONNECTIONS` connections; further calls wait for one."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._turn = asyncio.Semaphore(CONNECTIONS)

    async def call(
        self, method: str, path: str, body: bytes, *, token: str = "", kind: str = "json"
    ) -> tuple[int, bytes]:
        """Return status and body. A connection that the server had let go is opened anew."""
        head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(body)}\r\n"
        if token:
            head += f"Authorization: Bearer {token}\r\n"
        if method == "POST":
            head += f"Content-Type: {FORMS[kind]}\r\nIdempotency-Key: {uuid.uuid4()}\r\n"
        async with self._turn:
            return await self._sent(f"{head}\r\n".encode() + body)

    async def _sent(self, message: bytes) -> tuple[int, bytes]:
        while self._free:
            reader, writer = self._free.pop()
            try:
                writer.write(message)
                return await self._answered(reader, writer)
            except (OSError, asyncio.IncompleteReadError):
                writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(message)
        return await self._answered(reader, writer)

    async def _answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[int, bytes]:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(length)
        self._free.append((reader, writer))
        return int(head.split(b" ", 2)[1]), body
