"""The dead-man switch on a whole worker: it beats while its loops live, and falls silent with any of them."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from notifications.watching import rounds
from service.staffing import staff
from service.worker import Worker
from tests.api_client import Service


def staffed(service: Service, beat: Path) -> Worker:
    state = service.app.state
    house = SimpleNamespace(
        database=service.database, gateways=state.gateways, wordings=state.wordings, mode=state.mode
    )
    settings = state.settings.model_copy(update={"heartbeat_file": str(beat)})
    return staff(house, settings)  # type: ignore[arg-type]  # what an open house holds


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 — neither a file nor a clock sets an event
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("dies", ["_let_go_off", "_turn"])
async def test_the_beat_stops_with_a_loop(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies: str
) -> None:
    """A loop that hangs for ever, as on a lock: the others go on, the watchman goes round, and no beat is given."""
    beat, stop = tmp_path / "beat", asyncio.Event()
    monkeypatch.setattr(rounds, "EVERY", timedelta(0))
    monkeypatch.setattr("notifications.watching.worker.EVERY", timedelta(seconds=0.05))
    monkeypatch.setattr("notifications.watching.worker.Pulse.silent", lambda pulse: _silent(pulse._beats))
    worker = staffed(service, beat)
    running = asyncio.create_task(worker.run(stop, asyncio.Event()))
    await until(beat.exists)
    assert json.loads(beat.read_text())["troubles"] == []
    release = asyncio.Event()

    async def hangs(*_: object) -> int:
        await release.wait()
        return 0

    monkeypatch.setattr(worker if dies == "_let_go_off" else worker._courier, dies, hangs)
    await until(lambda: _silent(worker._pulse._beats))
    assert worker._watchman is not None
    assert not await worker._watchman.round()
    release.set()
    stop.set()
    await running


def _silent(beats: dict[str, float]) -> list[str]:
    """As the pulse judges, but within two seconds instead of two minutes."""
    now = asyncio.get_running_loop().time()
    return [loop for loop, at in beats.items() if now - at > 2]
