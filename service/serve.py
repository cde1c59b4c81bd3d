"""Running the service in this process until it is told to stop."""

import asyncio
import gc
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from typing import Any

import structlog
import uvicorn
import uvloop
from starlette.applications import Starlette

from foundation.database import embedded_path
from foundation.mode import Mode
from foundation.settings import Settings
from service import commands, control, operating
from service.app import create_app
from service.errors import RefusedError
from service.house import House, open_house
from service.portal.pages import portal_routes
from service.staffing import staff

GRACE = 3
"""Seconds for which requests under way are waited for when the service stops."""
BACKLOG = 2048
NEW_OBJECTS = 10_000
"""After so many the collector looks for circles; by default after 700, dozens of times for a page about a nation."""
STOPPED_BY = (signal.SIGTERM, signal.SIGINT)
DEMO_GREETING = (
    "  サインイン: {address}/ で人を選びます（パスワード不要）。",
    "    例 要請する登米市 ict1.042129@demo.example、幹事の藤沢市 ict1.142051@demo.example",
    "    防災担当は disaster1.団体コード@demo.example、API は POST /api/demo/sign-in",
    "  送ったメールとSMS: {address}/messages（サインイン後。外には送りません）",
    "  要請から応援決定までを通して見る: PORT={port} .venv/bin/yuimaru story",
)
Tell = Callable[[str], None]
log = structlog.get_logger()


def serve(settings: Settings, tell: Tell, *, with_worker: bool | None = None) -> None:
    """Serve portal and API, and the worker where the database is embedded or it is wanted. Raises RefusedError."""
    uvloop.run(_serve(settings, tell, with_worker))


def work(settings: Settings) -> None:
    """Run a worker alone beside servers on PostgreSQL. Raises RefusedError."""
    uvloop.run(_work(settings))


class StoppableServer(uvicorn.Server):
    """サーバ: tells event streams and the worker to end first, so that a stop takes a moment, not minutes."""

    def __init__(self, app: Starlette, settings: Settings, ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="httptools",
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                # Who calls is read in one place, foundation/peers.py, and a header is believed of one proxy alone.
                proxy_headers=False,
                backlog=BACKLOG,
                timeout_graceful_shutdown=GRACE,
            )
        )
        self._app = app
        self._settings = settings
        self._ready = ready
        self._open = AsyncExitStack()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, open the control socket, and say that the service is ready."""
        await super().startup(sockets)
        database = embedded_path(self._settings.database_url)
        if database is not None:
            state = self._app.state
            house = House(state.database, state.gateways, state.wordings, state.mode)
            try:
                await self._open.enter_async_context(control.listening(database, _runner(house)))
            except OSError:
                # A folder that holds no sockets (some mounts): the service matters more than its commands.
                log.exception("control_socket_unavailable")
        _spare_collector()
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the event streams and the worker, take no more commands, then stop."""
        self._app.state.stopping.set()
        await self._open.aclose()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let a signal end the loop; the process then exits as one that did what it was asked."""
        with _heard(self._exit):
            yield

    def _exit(self) -> None:
        self.should_exit = True


async def _serve(settings: Settings, tell: Tell, with_worker: bool | None) -> None:
    await operating.prepare(settings)
    with _bound(settings) as bound:
        port = bound.getsockname()[1]
        settings = _addressed(settings, port)
        app = create_app(settings, has_worker=with_worker, pages=portal_routes(settings))
        server = StoppableServer(app, settings, lambda: tell(_greeting(app, settings, port)))
        await server.serve([bound])
    tell("停止しました。")


async def _work(settings: Settings) -> None:
    operating.check(settings)
    if embedded_path(settings.database_url) is not None:
        raise RefusedError("組み込みデータベースでは yuimaru serve が配信も行います。worker は PostgreSQL 用です。")
    await operating.require_current(settings.database_url)
    stop = asyncio.Event()
    with _heard(stop.set):
        async with open_house(settings) as house:
            _spare_collector()
            await staff(house, settings).run(stop, asyncio.Event())


def _spare_collector() -> None:
    """Keep what is loaded out of the collector's rounds: each would take a fifth of a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)


def _runner(house: House) -> control.Run:
    async def run(command: str, arguments: Mapping[str, Any]) -> str:
        return await commands.run(house, command, arguments)

    return run


@contextmanager
def _heard(act: Callable[[], None]) -> Iterator[None]:
    """Call `act` when the process is told to stop."""
    loop = asyncio.get_running_loop()
    for number in STOPPED_BY:
        loop.add_signal_handler(number, act)
    try:
        yield
    finally:
        for number in STOPPED_BY:
            loop.remove_signal_handler(number)


@contextmanager
def _bound(settings: Settings) -> Iterator[socket.socket]:
    """Yield the socket to serve on: bound before anything is opened, so that its port is known (0: any free one)."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    with bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((settings.host, settings.port))
        except OSError as error:
            raise RefusedError(
                f"{settings.host}:{settings.port} で待ち受けできません（{error.strerror}）。"
                "PORT= で別のポートを指定してください。"
            ) from None
        yield bound


def _addressed(settings: Settings, port: int) -> Settings:
    """Return the settings with the address that links carry, where nobody has set one."""
    if "base_url" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"base_url": f"http://127.0.0.1:{port}"})


def _greeting(app: Starlette, settings: Settings, port: int) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{host}:{port}"
    lines = [f"結まーる: {address} で稼働中（{app.state.mode}）。止めるには Ctrl-C"]
    if settings.is_demo and app.state.mode == Mode.DRILL:
        lines += [line.format(address=address, port=port) for line in DEMO_GREETING]
    return "\n".join(lines)
