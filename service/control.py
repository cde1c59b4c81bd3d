"""The Unix socket beside an embedded database: by it the running server carries out the operator's commands.

One JSON object on a line in (`command`, `arguments`, the seconds of `work` allowed), one out (`text` or `refused`),
then the end. Only the holder of the database's lock opens the socket, so one that is found there at the start is left
over from a killed process.
"""

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import structlog

from service.errors import RefusedError

LONGEST = 65_536
PATIENCE = 5.0
"""Seconds for which either side waits for the other's line to be written or a connection to be taken."""
WORK = 60.0
"""Seconds that a command may take, unless its caller allows more."""
OWNER_ONLY = 0o177
LONGEST_ADDRESS = 100
log = structlog.get_logger()

Run = Callable[[str, Mapping[str, Any]], Awaitable[str]]


class NobodyThereError(RuntimeError):
    """No server listens beside the database."""


def socket_path(database: Path) -> Path:
    """Return the socket's path beside an embedded database."""
    return database.with_name(database.name + ".sock")


@asynccontextmanager
async def listening(database: Path, run: Run) -> AsyncIterator[None]:
    """Take commands for as long as the block runs; the caller holds the database's lock."""
    path = socket_path(database)
    server = await asyncio.start_unix_server(_answering(run), sock=_bound(path), limit=LONGEST)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        server.close()


async def ask(database: Path, command: str, arguments: Mapping[str, Any], *, work: float = WORK) -> str:
    """Let the running server carry out a command within so many seconds. Raises NobodyThereError, RefusedError."""
    reader, writer = await _connected(socket_path(database))
    try:
        writer.write(_line({"command": command, "arguments": dict(arguments), "work": work}))
        await writer.drain()
        line = await asyncio.wait_for(reader.readline(), work)
    except (OSError, ValueError, TimeoutError) as error:
        raise RefusedError("サーバから応答がありません。サーバを確かめて、もう一度実行してください。") from error
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
    if not line:
        raise NobodyThereError
    answer = json.loads(line)
    if "text" not in answer:
        raise RefusedError(str(answer.get("refused")))
    return str(answer["text"])


def _answering(run: Run) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(_line(await _carried_out(reader, run)))
            await asyncio.wait_for(writer.drain(), PATIENCE)
        except (OSError, TimeoutError):
            log.warning("control_client_gone")
        finally:
            writer.close()

    return answer


async def _carried_out(reader: asyncio.StreamReader, run: Run) -> dict[str, Any]:
    try:
        asked = json.loads(await asyncio.wait_for(reader.readline(), PATIENCE))
        command, arguments, work = str(asked["command"]), dict(asked["arguments"]), float(asked.get("work", WORK))
    except (ValueError, TypeError, KeyError, TimeoutError):
        return {"refused": "コマンドを読み取れません (unreadable command)"}
    try:
        return {"text": await asyncio.wait_for(run(command, arguments), work)}
    except RefusedError as refusal:
        return {"refused": str(refusal)}
    except Exception:
        log.exception("control_failed", command=command)
        return {"refused": "サーバで処理できませんでした。サーバのログを確かめてください。"}


async def _connected(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        with _short(path) as address:
            connecting = asyncio.open_unix_connection(address, limit=LONGEST)
            return await asyncio.wait_for(connecting, PATIENCE)
    except (OSError, TimeoutError):
        raise NobodyThereError from None


def _bound(path: Path) -> socket.socket:
    """Return a bound socket that nobody but the owner can reach, at any moment of its life."""
    path.unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(OWNER_ONLY)
    try:
        with _short(path) as address:
            bound.bind(address)
    except OSError:
        bound.close()
        raise
    finally:
        os.umask(before)
    return bound


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """Yield a name of the path that fits a socket's address (108 bytes), however deep the folder lies."""
    if len(os.fsencode(path)) <= LONGEST_ADDRESS:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _line(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=False).encode() + b"\n"
