"""From the post to the last partner's mail and SMS handed over: real server, real worker, real sinks."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import uvloop

from bench import servers
from bench.load import Generator, Job
from bench.places import MESSAGES, Place, furnish, new_incidents, open_place
from bench.processes import free_port, running, wait_until_open
from bench.sending import Sinks, file_requests, raw_loop
from bench.table import Row
from foundation.settings import Settings
from notifications.gateways.base import Channel

ROUNDS = 7
PATIENCE = 30.0


def measure(place: Place, sinks: Sinks, generator: Generator) -> list[Row]:
    """Return the seconds it takes, against the raw loop that sends as many messages."""
    settings = place.settings("alarm", port=free_port(), **sinks.urls())
    group = uvloop.run(furnish(settings))
    incidents = uvloop.run(new_incidents(settings, ROUNDS + 1))
    spare = place.settings("alarm-raw")
    ours: list[float] = []
    baseline: list[float] = []
    with _serving(place, settings):
        for number, incident in enumerate(incidents):
            baseline.append(uvloop.run(_raw(spare, sinks, is_first=number == 0)))
            ours.append(_alarm(generator, Job(settings.port, group.posts(incident)[:1], 1, 0.0), sinks))
            time.sleep(0.3)
    return [Row(f"POST to the last of {MESSAGES} messages", place.engine, "s", ours[1:], baseline[1:])]


def _alarm(generator: Generator, job: Job, sinks: Sinks) -> float:
    wanted = sinks.count + MESSAGES
    result = generator.run(job)
    deadline = time.monotonic() + PATIENCE
    while sinks.count < wanted:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{wanted - sinks.count} of {MESSAGES} messages never came")
        time.sleep(0.002)
    return sinks.last_at - result.started_at


async def _raw(settings: Settings, sinks: Sinks, *, is_first: bool) -> float:
    group = await furnish(settings) if is_first else None
    database = open_place(settings)
    gateways = sinks.gateways()
    try:
        if group:
            await database.write(file_requests, group, 1)
        # Connections are open and keys are known, as they are to a server that has been running
        await raw_loop(database, gateways, list(Channel), MESSAGES)
        return await raw_loop(database, gateways, list(Channel), MESSAGES)
    finally:
        await gateways.close()
        await database.close()


@contextmanager
def _serving(place: Place, settings: Settings) -> Iterator[None]:
    """Run the server, and beside PostgreSQL the worker as a process of its own, as operators do."""
    log = place.directory / "alarm.log"
    with ExitStack() as stack:
        stack.enter_context(running(log, servers.serve, settings, None))
        if place.database_process:
            stack.enter_context(running(log, servers.work, settings))
        wait_until_open(settings.port, log)
        # The worker says nothing when it is ready; the first round, which is not kept, waits for it
        yield
