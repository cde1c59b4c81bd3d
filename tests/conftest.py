"""The fixtures that every test stands on: both engines, a clock moved by hand, real rows."""

import gc
import logging
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from foundation.clock import ManualClock
from foundation.database import SERVICE, Database, Surroundings, open_database
from foundation.sealing import Keyring
from tests.engines import Cluster, Engines, sqlite_template

DEEP = Path(__file__).parent / "deep"
pytest_plugins = ["tests.api_client", "tests.compiling", "tests.devices", "tests.judging"]

# What structlog writes by itself shows every local variable of a traceback in colours: seconds for one.
structlog.configure(
    processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()],
    wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
)


# Python looks for circles after each 700 new objects; with these rounds a test takes a seventh less.
gc.set_threshold(10_000, 10, 10)


def pytest_collection_finish() -> None:
    """Spare the collector what was loaded until now and stays to the end."""
    gc.collect()
    gc.freeze()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the long tests unread where none is wanted: each process would load their tools and make their worlds."""
    return True if collection_path == DEEP and config.option.markexpr == "not deep" else None


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 6, 1, 3, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    directory = tmp_path_factory.mktemp("engines")
    cluster = Cluster.start(directory)
    yield Engines(sqlite_template(directory), cluster)
    if cluster:
        cluster.stop()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, engines: Engines, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh database with all tables, on each engine in turn."""
    with engines.lent(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def surroundings(clock: ManualClock) -> Surroundings:
    return Surroundings(Keyring(bytes(range(32))), clock)


@pytest.fixture
async def database(database_url: str, surroundings: Surroundings) -> AsyncIterator[Database]:
    opened = open_database(database_url, surroundings, SERVICE)
    yield opened
    await opened.close()
