"""`make bench`: what the service costs beside the bare minimum, as ratios of one run (docs/benchmarks.md)."""

import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench import alarm, allocation, cost, day, dispatch, imports, posts, ranking, rounds, sending, storm, table
from bench.load import Generator
from bench.places import Place, engines_in
from bench.table import Row

PARTS = ("posts", "dispatch", "alarm", "storm")
ON_DEMAND = ("cost", "ranking", "rounds", "import", "day")
"""Measured only where they are named; `day:FACTOR:HOURS:MEMBERS` says how fast, how long and how big."""
PLANS = "allocation"
"""Also measured only where it is named; it needs neither engine nor server."""


def main(wanted: Sequence[str]) -> None:
    """Measure the parts that the arguments name (default: all) and print one table."""
    # Ended by a time limit, too, it takes its servers with it
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started = time.monotonic()
    print(_machine(), flush=True)
    rows = list(allocation.measure()) if PLANS in wanted else []
    served = (set(wanted) or set(PARTS)) - {PLANS}
    if served:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder, _places(Path(folder)) as places:
            rows += [row for place in places for row in _measure(place, served)]
    print(table.show(rows))
    print(f"{time.monotonic() - started:.0f} s; {_load()}")


def _measure(place: Place, wanted: set[str]) -> Iterator[Row]:
    with posts.load_generator(place) as generator:
        if "cost" in wanted:
            yield from cost.measure(place, generator)
        if "ranking" in wanted:
            yield from ranking.measure(place)
        if "rounds" in wanted:
            yield from rounds.measure(place)
        if "import" in wanted:
            yield from imports.measure(place)
        if days := [each for each in wanted if each.partition(":")[0] == "day"]:
            with sending.both_sinks(place) as sinks:
                for each in days:
                    yield from day.measure(place, sinks, **day.pace(each))
        if wanted & set(PARTS):
            with sending.both_sinks(place) as sinks:
                yield from _parts(place, wanted, generator, sinks)


def _parts(place: Place, wanted: set[str], generator: Generator, sinks: sending.Sinks) -> Iterator[Row]:
    if "posts" in wanted:
        yield from posts.measure(place, generator)
    if "dispatch" in wanted:
        yield from dispatch.measure(place, sinks)
    if "alarm" in wanted:
        yield from alarm.measure(place, sinks, generator)
    if "storm" in wanted:
        yield from storm.measure(place, sinks)


@contextmanager
def _places(directory: Path) -> Iterator[list[Place]]:
    engines, cluster = engines_in(directory)
    places = [Place("sqlite", engines, directory)]
    if cluster is None:
        print("PostgreSQL: initdb is not installed, so only SQLite is measured")
        yield places
        return
    try:
        yield [*places, Place("postgres", engines, directory, cluster.process())]
    finally:
        cluster.stop()


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.system()} {platform.machine()}, {cores} cores, "
        f"{memory:.0f} GB, Python {platform.python_version()}; {_load()}"
    )


def _load() -> str:
    return "load average " + ", ".join(f"{value:.1f}" for value in os.getloadavg())


if __name__ == "__main__":
    main(sys.argv[1:])
