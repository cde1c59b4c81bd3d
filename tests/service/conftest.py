"""A demo as its newcomer finds it: loaded once, served by a real process."""

import asyncio
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation.mode import Mode
from foundation.settings import Settings
from service import operating
from tests.service.processes import Served


def settings_in(folder: Path) -> Settings:
    return Settings(database_url=f"sqlite:///{folder}/var/yuimaru.db", mode=Mode.DRILL)


@pytest.fixture(scope="session")
def demo_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo's database and key, to copy from."""
    folder = tmp_path_factory.mktemp("demo")
    settings = settings_in(folder)
    asyncio.run(operating.migrate(settings))
    assert asyncio.run(operating.carry_out(settings, "demo", {})) == "デモデータを読み込みました。"
    return folder


@pytest.fixture
def demo_folder(demo_template: Path, tmp_path: Path) -> Path:
    """A demo of one's own."""
    shutil.copytree(demo_template / "var", tmp_path / "var")
    return tmp_path


@pytest.fixture(scope="session")
def demo(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A demo that is served while the tests run."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(demo_template / "var", folder / "var")
    server = Served(folder)
    yield server
    assert server.end(signal.SIGTERM) == 0
