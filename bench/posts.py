"""POST /api/requests against the bare insert, round by round in turn."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from bench import bare, load, servers
from bench.load import Generator, Job, Post, Result
from bench.places import Place, furnish, new_incidents
from bench.processes import SPAWN, cpu_seconds, free_port, running, wait_until_open
from bench.table import Row
from foundation.settings import Settings

ROUNDS = 3
SECONDS = 3.0
CONCURRENCIES = (1, 16)
AIM = "<= 10"


@dataclass(frozen=True, slots=True)
class Target:
    """A server under load, and the process of the database behind it, if that is another."""

    port: int
    process: int
    database_process: int | None


@dataclass(slots=True)
class Series:
    """One target's rounds."""

    rates: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    whole_cpu: list[float] = field(default_factory=list)

    def add(self, result: Result, cpu: float, database_cpu: float) -> None:
        """Keep a round: posts a second, milliseconds, CPU milliseconds a post without and with the database's."""
        count = len(result.latencies)
        self.rates.append(result.rate)
        self.p50.append(result.percentile(50) * 1000)
        self.p99.append(result.percentile(99) * 1000)
        self.cpu.append(cpu * 1000 / count)
        self.whole_cpu.append((cpu + database_cpu) * 1000 / count)


def measure(place: Place, generator: Generator) -> list[Row]:
    """Return throughput, latency and CPU at each concurrency."""
    settings = place.settings("posts", port=free_port())
    group = asyncio.run(furnish(settings))
    incidents = iter(asyncio.run(new_incidents(settings, len(CONCURRENCIES) * (ROUNDS + 1))))
    with ExitStack() as stack:
        # No worker, hence no dispatch: the messages stay in the outbox
        ours = stack.enter_context(_product(place, settings))
        baseline = stack.enter_context(_bare(place))
        rows: list[Row] = []
        for concurrency in CONCURRENCIES:
            series = Series(), Series()
            for number in range(ROUNDS + 1):
                posts = group.posts(next(incidents))
                pairs = [(ours, series[0]), (baseline, series[1])]
                for target, kept in pairs if number % 2 else reversed(pairs):
                    one_round(generator, target, posts, concurrency, kept if number else None)
            rows += _rows(place.engine, concurrency, *series)
        return rows


def one_round(
    generator: Generator, target: Target, posts: tuple[Post, ...], concurrency: int, series: Series | None
) -> None:
    """Put load on one target; the first round of all warms up and is not kept."""
    before = _cpu(target)
    result = generator.run(Job(target.port, posts, concurrency, SECONDS if series else 1.0))
    after = _cpu(target)
    if series:
        series.add(result, after[0] - before[0], after[1] - before[1])


def _cpu(target: Target) -> tuple[float, float]:
    behind = target.database_process
    return cpu_seconds(target.process), cpu_seconds(behind) if behind else 0.0


def _rows(engine: str, concurrency: int, ours: Series, baseline: Series) -> list[Row]:
    name = f"POST, {concurrency} at once:"
    rows = [
        Row(f"{name} throughput", engine, "/s", ours.rates, baseline.rates),
        Row(f"{name} p50", engine, "ms", ours.p50, baseline.p50),
        Row(f"{name} p99", engine, "ms", ours.p99, baseline.p99),
        Row(f"{name} server CPU", engine, "ms", ours.cpu, baseline.cpu, AIM),
    ]
    if ours.whole_cpu != ours.cpu:
        rows.append(Row(f"{name} CPU with database", engine, "ms", ours.whole_cpu, baseline.whole_cpu))
    return rows


@contextmanager
def _product(place: Place, settings: Settings) -> Iterator[Target]:
    log = place.directory / "product.log"
    with running(log, servers.serve, settings, False) as process:
        wait_until_open(settings.port, log)
        assert process.pid is not None
        yield Target(settings.port, process.pid, place.database_process)


@contextmanager
def _bare(place: Place) -> Iterator[Target]:
    log, port = place.directory / "bare.log", free_port()
    with running(log, bare.serve, place.settings("bare").database_url, port) as process:
        wait_until_open(port, log)
        assert process.pid is not None
        yield Target(port, process.pid, place.database_process)


@contextmanager
def load_generator(place: Place) -> Iterator[Generator]:
    """Run the load generator in a process of its own."""
    here, there = SPAWN.Pipe()
    with running(place.directory / "load.log", load.serve, there):
        yield Generator(here)
