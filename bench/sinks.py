"""An SMTP server and a Kannel that take everything: at once, or after a pause as a real one's disk makes it."""

import asyncio
import time
from typing import Any, cast

import uvloop

END = b"\r\n.\r\n"
TAKEN = b"HTTP/1.1 202 Accepted\r\nContent-Type: text/plain\r\nContent-Length: 24\r\n\r\n0: Accepted for delivery"
REPLIES = {
    b"EHLO": b"250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 bye\r\n",
}


def run(protocol: type["Counting"], port: int, tally: Any) -> None:
    """Serve until ended.

    `tally` is shared: how many messages came, when the last did (monotonic seconds), for how many seconds the
    answer to a message is held back, and how many bytes came.
    """
    uvloop.run(_serve(protocol, port, tally))


async def _serve(protocol: type["Counting"], port: int, tally: Any) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: protocol(tally), "127.0.0.1", port, backlog=256)
    await server.serve_forever()


class Counting(asyncio.Protocol):
    """Keeps what has not been read yet, and counts."""

    def __init__(self, tally: Any) -> None:
        self._tally = tally
        self._pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not descend from asyncio's
        self._transport = cast("asyncio.Transport", transport)

    def _hear(self, data: bytes) -> None:
        self._pending += data
        self._tally[3] += len(data)

    def _take(self, answer: bytes) -> None:
        """Count a message and answer it."""
        self._tally[0] += 1
        self._tally[1] = time.monotonic()
        if pause := self._tally[2]:
            asyncio.get_running_loop().call_later(pause, self._transport.write, answer)
        else:
            self._transport.write(answer)


class Smtp(Counting):
    """Enough of RFC 5321 for one mail after another on a connection."""

    _in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._hear(data)
        while self._take_mail() if self._in_data else self._take_command():
            pass

    def _take_mail(self) -> bool:
        _, end, rest = self._pending.partition(END)
        if end:
            self._pending, self._in_data = rest, False
            self._take(b"250 queued\r\n")
        return bool(end)

    def _take_command(self) -> bool:
        line, end, rest = self._pending.partition(b"\r\n")
        if end:
            self._pending = rest
            verb = line[:4].upper()
            self._in_data = verb == b"DATA"
            self._transport.write(REPLIES.get(verb, b"250 ok\r\n"))
        return bool(end)


class Kannel(Counting):
    """Answers every GET as Kannel does when it has taken a message."""

    def data_received(self, data: bytes) -> None:
        self._hear(data)
        while b"\r\n\r\n" in self._pending:
            self._pending = self._pending.partition(b"\r\n\r\n")[2]
            self._take(TAKEN)
