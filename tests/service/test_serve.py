import asyncio
import gc
import signal
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette

from foundation.settings import Settings
from service import operating
from service.errors import RefusedError
from service.serve import NEW_OBJECTS, StoppableServer, _bound
from tests.service.conftest import settings_in
from tests.service.processes import Served, run

EMAIL = "ict1.042129@demo.example"


def _token(folder: Path, assurance: int = 1) -> str:
    wanted = {"email": EMAIL, "assurance": assurance}
    return asyncio.run(operating.carry_out(settings_in(folder), "token", wanted))


def _me(server: Served, token: str) -> dict[str, object]:
    with server.http() as http:
        me: dict[str, object] = http.get("/api/me", headers={"Authorization": f"Bearer {token}"}).json()
    return me


def test_tells_address_who_may_sign_in_and_where_messages_are(demo: Served) -> None:
    assert "drill" in demo.greeting
    assert EMAIL in demo.greeting
    assert f"{demo.url}/messages" in demo.greeting
    with demo.http() as http:
        assert http.get("/readyz").json() == {"status": "ready", "mode": "drill"}
        assert http.get("/").status_code == 200


def test_carries_out_commands_beside_it(demo: Served) -> None:
    issued = run(demo.folder, "token", EMAIL, "--assurance", "2")
    assert (issued.returncode, issued.stderr, issued.stdout.count("\n")) == (0, "", 1)
    me = _me(demo, issued.stdout.strip())
    assert (me["email"], me["assurance"], me["mode"]) == (EMAIL, 2, "drill")
    assert asyncio.run(operating.migrate(settings_in(demo.folder))) == "データベースは最新です（drill）。"


def test_refuses_a_second_process(demo: Served) -> None:
    with pytest.raises(RefusedError, match="別のプロセス"):
        asyncio.run(operating.prepare(settings_in(demo.folder)))


def test_goes_on_after_a_kill_and_stops_at_once_while_somebody_listens(demo_folder: Path) -> None:
    killed = Served(demo_folder)
    token = _token(demo_folder)
    assert killed.end(signal.SIGKILL) == -signal.SIGKILL
    assert (demo_folder / "var/yuimaru.db.sock").exists()
    again = Served(demo_folder)
    assert _me(again, token)["email"] == EMAIL
    _stop_while_listening(again, token)
    assert "停止しました" in again.said
    assert "Traceback" not in again.said
    assert not (demo_folder / "var/yuimaru.db.sock").exists()


async def test_what_is_loaded_is_out_of_the_collectors_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    async def start(*_: object, **__: object) -> None: ...

    monkeypatch.setattr(uvicorn.Server, "startup", start)
    rounds, spared, seen = gc.get_threshold(), gc.get_freeze_count(), []
    server = StoppableServer(
        Starlette(),
        Settings.model_validate({"database_url": "postgresql://db/yuimaru"}),
        lambda: seen.append((gc.get_freeze_count(), gc.get_threshold()[0])),
    )
    gc.set_threshold(700)
    try:
        await server.startup()
    finally:
        gc.set_threshold(*rounds)
    ((frozen, new_objects),) = seen
    assert frozen > spared
    assert new_objects == NEW_OBJECTS


def _stop_while_listening(server: Served, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    with server.http() as http:
        incident = http.get("/api/incidents", headers=headers).json()["items"][0]["id"]
        with http.stream("GET", f"/api/incidents/{incident}/events", headers=headers) as events:
            assert next(events.iter_lines()).startswith("retry")
            assert server.end(signal.SIGINT) == 0


def test_says_so_where_the_port_is_taken() -> None:
    anywhere = settings_in(Path()).model_copy(update={"port": 0})
    with _bound(anywhere) as taken:
        taken.listen()
        there = anywhere.model_copy(update={"port": taken.getsockname()[1]})
        with pytest.raises(RefusedError, match="PORT="), _bound(there):
            pass
