"""What the protections cost the main job: the same POST with each of them switched off in turn.

They are switched off here alone, by taking the function out of the process that is measured: the product has no such
switch.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.addresses import CHANNEL
from agreements.models import Channel
from bench import posts, servers
from bench.load import Generator, Post
from bench.places import Place, furnish, new_incidents, open_place
from bench.posts import Series, Target
from bench.processes import free_port, running, wait_until_open
from bench.table import Row
from foundation.audit import recording
from foundation.database import postgres, scope
from foundation.sealing import values
from foundation.sealing.ciphers import HEADER
from foundation.settings import Settings

ROUNDS = 3
CONCURRENCY = 16
OVERHEAD = bytes(28)
"""As long as a nonce and a tag: what is stored stays as big."""
WHOLE = "everything"
ROW_SECURITY = "row-level security"
"""Of PostgreSQL alone."""


def _without_sealing(settings: Settings) -> None:
    """Keep values readable: neither nonces nor AES-GCM; keys are still looked up, digests still made."""
    asyncio.run(_laid_open(settings))
    values.close = lambda _key, plain, _place: OVERHEAD + plain
    values.opened = lambda _key, sealed, _place: sealed[len(OVERHEAD) :]


async def _laid_open(settings: Settings) -> None:
    """Write the addresses that are there already as they would be without sealing."""
    database = open_place(settings)
    try:
        await database.write(_lay_open)
    finally:
        await database.close()


def _lay_open(session: Session) -> None:
    for channel in session.scalars(select(Channel)):
        sealed = channel.address_sealed
        text = values.unseal(session, channel.member_id, CHANNEL, channel.id, sealed)
        channel.address_sealed = sealed[:HEADER] + OVERHEAD + text.encode()


def _without_record(_: Settings) -> None:
    """Drop what is recorded: no head is locked, no hash made, no row inserted."""

    def forget(session: Session) -> None:
        session.info.pop(recording.WAITING, None)

    recording.link = forget


def _without_row_security(_: Settings) -> None:
    """Stay the user that connected, for whom no policy holds: no statement says who acts, none is judged by it."""

    def stay(_session: Session, _scope: scope.Scope) -> None:
        pass

    scope.enter = postgres.enter = stay


SWITCHES: Mapping[str, Callable[[Settings], None]] = {
    "sealing": _without_sealing,
    "record": _without_record,
    ROW_SECURITY: _without_row_security,
}
"""What is switched off."""


def measure(place: Place, generator: Generator) -> list[Row]:
    """Return how much dearer a POST is with each protection than without it."""
    switches = [name for name in SWITCHES if name != ROW_SECURITY or place.database_process]
    series = {name: Series() for name in (WHOLE, *switches)}
    with ExitStack() as stack:
        targets = {name: stack.enter_context(_served(place, name)) for name in series}
        for number in range(ROUNDS + 1):
            # In turn, so that none is always the first
            order = [*series][number % len(series) :] + [*series][: number % len(series)]
            for name in order:
                target, bodies = targets[name]
                posts.one_round(generator, target, next(bodies), CONCURRENCY, series[name] if number else None)
    whole = series[WHOLE]
    return [
        row
        for name in switches
        for row in (
            Row(f"POST with {name}: server CPU", place.engine, "ms", whole.cpu, series[name].cpu),
            Row(f"POST with {name}: throughput", place.engine, "/s", whole.rates, series[name].rates),
        )
    ]


@contextmanager
def _served(place: Place, name: str) -> Iterator[tuple[Target, Iterator[tuple[Post, ...]]]]:
    settings = place.settings(f"cost-{name}", port=free_port())
    group = asyncio.run(furnish(settings))
    incidents = asyncio.run(new_incidents(settings, ROUNDS + 1))
    log = place.directory / f"cost-{name}.log"
    with running(log, _serve_without, settings, name) as process:
        wait_until_open(settings.port, log)
        assert process.pid is not None
        yield Target(settings.port, process.pid, place.database_process), map(group.posts, incidents)


def _serve_without(settings: Settings, name: str) -> None:
    if name in SWITCHES:
        SWITCHES[name](settings)
    servers.serve(settings, with_worker=False)
