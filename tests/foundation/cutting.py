"""A way to PostgreSQL that can be cut at the worst moment: after the commit of a write, before its answer."""

import asyncio
from pathlib import Path
from typing import Self

COMMIT = b"\x0bCOMMIT\x00"
"""The whole statement; READ COMMITTED in a BEGIN is another matter."""


class CuttingProxy:
    """TCP in front of the cluster's Unix socket."""

    def __init__(self, socket: Path, database: str) -> None:
        self.cuts_next_commit = False
        self._socket = socket
        self._database = database
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        return f"postgresql://postgres@127.0.0.1:{port}/{self._database}?gssencmode=disable&sslmode=disable"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        from_server, to_server = await asyncio.open_unix_connection(str(self._socket))
        answers = asyncio.create_task(_pour(from_server, writer))
        is_reading = False
        try:
            while data := await reader.read(65536):
                if b"BEGIN" in data:
                    is_reading = b"READ ONLY" in data
                if self.cuts_next_commit and COMMIT in data and not is_reading:
                    self.cuts_next_commit = False
                    answers.cancel()
                    await asyncio.wait([answers])
                    to_server.write(data)
                    await from_server.read(65536)
                    return
                to_server.write(data)
        except (OSError, asyncio.CancelledError):
            return
        finally:
            answers.cancel()
            to_server.close()
            writer.close()
            self._tasks.discard(task)


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
