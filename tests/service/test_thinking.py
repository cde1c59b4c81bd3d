"""What takes long to work out keeps nothing else from being done, is nobody else's meanwhile, and stops at once."""

import asyncio
import json
import os
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from foundation import clock, timers
from foundation.ids import new_id
from foundation.leases import LEASE
from notifications.worker import Courier
from service import thinking, worker
from service.thinking import Thought, ThoughtBrokenError, apart
from service.worker import Worker
from tests.api_client import BASE, Service

LONG, QUICK = "test.long", "test.quick"
FOREVER = 600
Happened = list[tuple[str, Any]]


@pytest.fixture
def happened(monkeypatch: pytest.MonkeyPatch) -> Happened:
    """What went off: of a kind whose act may have to be thought of, and of one that goes off at once."""
    found: Happened = []
    acts = {kind: lambda _session, subject, *thought: found.append((subject, thought)) for kind in (LONG, QUICK)}
    monkeypatch.setattr(worker, "TIMERS", acts)
    return found


def thinks(
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[Any], Any],
    facts: Any,
    *,
    is_long: bool = True,
    cut: Callable[[Any], Sequence[Any]] = list,
) -> None:
    thought = Thought(lambda _session, _subject: facts, make, lambda _facts: is_long, cut)
    monkeypatch.setattr(worker, "THOUGHT_OUT", {LONG: thought})


def due(session: Session, kind: str) -> str:
    subject = new_id()
    timers.schedule(session, kind, subject, clock.now(session))
    return subject


def working(service: Service) -> Worker:
    courier = Courier(
        service.database, service.app.state.gateways, service.app.state.wordings, base_url=BASE, worker_name="thinker"
    )
    return Worker(service.database, courier, "thinker")


async def until(found: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not found():  # noqa: ASYNC110 — what is waited for happens in a process of its own
            await asyncio.sleep(0.01)


async def test_a_process_of_its_own_makes_it() -> None:
    assert await apart(sorted, {3, 1, 2}) == [1, 2, 3]
    assert await apart(os.getenv, "HOME") is None, "it gets nothing of the environment"
    with pytest.raises(ThoughtBrokenError, match="sorted"):
        await apart(sorted, 1)


async def test_the_log_tells_what_went_wrong_and_quotes_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ThoughtBrokenError):
        await apart(int, "登米市")
    [line] = capfd.readouterr().err.splitlines()
    said = json.loads(line)
    assert (said["event"], said["exception"]) == ("thought_broken", "ValueError")
    assert "登米市" not in line


async def test_who_stops_waiting_leaves_no_process_behind() -> None:
    thought = asyncio.create_task(apart(time.sleep, FOREVER))
    await until(children)
    thought.cancel()
    with pytest.raises(asyncio.CancelledError):
        await thought
    assert not children()


@pytest.mark.parametrize("is_long", [True, False], ids=["apart", "in a thread"])
async def test_the_act_gets_what_was_thought_in_sections(
    service: Service, happened: Happened, monkeypatch: pytest.MonkeyPatch, is_long: bool
) -> None:
    thinks(monkeypatch, sorted, [3, 1, 2], is_long=is_long)
    subject = await service.database.write(due, LONG)
    assert await working(service).tick() == 1
    assert happened == [(subject, (1,)), (subject, (2,)), (subject, (3,))]
    assert await working(service).tick() == 0, "the last section ended it"


async def test_each_section_keeps_the_lease_and_ends_by_itself(
    service: Service, happened: Happened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a section did stands although the next one fails; until the lease is over nobody else begins."""

    def cut(made: list[int]) -> list[int]:
        service.clock.advance(LEASE * 0.9)
        return made

    def act(session: Session, subject: str, section: int) -> None:
        if section == 2:
            raise ZeroDivisionError
        timers.schedule_once(session, QUICK, subject, clock.now(session))

    thinks(monkeypatch, sorted, [1, 2, 3], is_long=False, cut=cut)
    await service.database.write(due, LONG)
    monkeypatch.setitem(worker.TIMERS, LONG, act)  # type: ignore[arg-type]  # a dict in this test
    with capture_logs() as said:
        await working(service).tick()
    assert [each["event"] for each in said] == ["timer_failed"]
    service.clock.advance(LEASE * 0.5)
    assert [each.kind for each in await service.database.write(timers.claim_due, "another")] == [QUICK]
    service.clock.advance(LEASE * 0.6)
    assert [each.kind for each in await service.database.write(timers.claim_due, "another")] == [LONG]


async def test_who_lost_the_timer_between_two_sections_stops(
    service: Service, happened: Happened, monkeypatch: pytest.MonkeyPatch
) -> None:
    thinks(monkeypatch, sorted, [1, 2, 3], is_long=False)
    subject = await service.database.write(due, LONG)
    act = worker.TIMERS[LONG]

    def cancelling(session: Session, subject: str, section: int) -> None:
        act(session, subject, section)
        timers.cancel(session, LONG, subject)

    monkeypatch.setitem(worker.TIMERS, LONG, cancelling)  # type: ignore[arg-type]  # a dict in this test
    await working(service).tick()
    assert happened == [(subject, (1,))]


async def test_other_timers_go_off_meanwhile_and_a_stop_waits_for_no_thought(
    service: Service, happened: Happened, monkeypatch: pytest.MonkeyPatch
) -> None:
    thinks(monkeypatch, time.sleep, FOREVER)
    await service.database.write(due, LONG)
    stop, wake = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(working(service).run(stop, wake))
    await until(children)
    quick = await service.database.write(due, QUICK)
    await until(lambda: happened)
    assert happened == [(quick, ())]
    stop.set()
    async with asyncio.timeout(30):
        await running
    assert not children()


async def test_a_timer_that_is_thought_about_is_nobody_elses(
    service: Service, happened: Happened, monkeypatch: pytest.MonkeyPatch
) -> None:
    thinks(monkeypatch, time.sleep, FOREVER)
    monkeypatch.setattr(worker, "LEASE", timedelta(milliseconds=30))
    await service.database.write(due, LONG)
    stop = asyncio.Event()
    running = asyncio.create_task(working(service).run(stop, asyncio.Event()))
    await until(children)
    for _ in range(3):
        service.clock.advance(LEASE * 0.9)
        await asyncio.sleep(0.2)
        assert not await service.database.write(timers.claim_due, "another")
    assert not happened
    stop.set()
    await running
    # Given up, it goes off again; an extension that the stop cut off may hold the row for a moment yet
    async with asyncio.timeout(30):
        while not await service.database.write(timers.claim_due, "another"):
            service.clock.advance(2 * LEASE)


def children() -> list[str]:
    """Return the commands of the processes that think on behalf of this one."""
    return [said for each in Path("/proc").glob("[0-9]*") if thinking.__name__ in (said := _command(each))]


def _command(process: Path) -> str:
    """Return how a process of ours was started; nothing where it is another's, or has ended."""
    try:
        parent = process.joinpath("stat").read_text().rpartition(")")[2].split()[1]
        return process.joinpath("cmdline").read_text() if int(parent) == os.getpid() else ""
    except OSError:
        return ""
