"""A directory as a receiving member may have one: scim2-server's own application on a real socket, and its moods."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from scim2_models import UnauthorizedException
from scim2_server.applications.asgi import ASGIApplication
from scim2_server.memory import AsyncInMemoryStorage
from scim2_server.requests import ScimRequest
from scim2_server.utils import load_default_provider

TOKEN = "directory-token-1"
Answer = tuple[int, bytes]


class Guarded(ASGIApplication):
    def check_auth(self, request: ScimRequest) -> None:
        if request.header("Authorization") != f"Bearer {TOKEN}":
            raise UnauthorizedException


class Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class ScimDirectory:
    """`mood` may answer in the directory's place; `loses` lets it do what it is asked and say nothing."""

    mood: Callable[[str, str], Answer | None] = lambda _method, _path: None
    delay: float = 0.0
    port: int = 0
    calls: list[str] = field(default_factory=list)
    application: Guarded = field(default_factory=lambda: Guarded(AsyncInMemoryStorage(), load_default_provider()))
    _server: Server | None = None
    _task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v2"

    @property
    def accounts(self) -> dict[str, bool]:
        """What there is, by name, and whether it may be used."""
        users: Any = self.application.storage.resources  # type: ignore[attr-defined]  # the one in memory
        return {user.user_name: user.active for user in users}

    async def start(self) -> None:
        config = uvicorn.Config(self, host="127.0.0.1", port=self.port, log_config=None, lifespan="off")
        self._server = Server(config)
        self._task = asyncio.create_task(self._server.serve())
        while not self._server.started:  # noqa: ASYNC110 — uvicorn tells it by a flag alone
            await asyncio.sleep(0.005)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server and self._task:
            self._server.should_exit = True
            await self._task

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.calls.append(f"{scope['method']} {scope['path']}")
        await asyncio.sleep(self.delay)
        said = self.mood(scope["method"], scope["path"])
        if said is None:
            await self.application(scope, receive, send)
            return
        status, body = said
        headers = [(b"content-type", b"application/scim+json")]
        if 300 <= status < 400:
            headers.append((b"location", b"http://127.0.0.1:1/elsewhere"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def error(status: int) -> Answer:
    schema = "urn:ietf:params:scim:api:messages:2.0:Error"
    return status, json.dumps({"schemas": [schema], "status": str(status)}).encode()
