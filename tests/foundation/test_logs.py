from pathlib import Path
from typing import TextIO, cast

import pytest
import structlog

from foundation.logs import Forgiving

FULL = Path("/dev/full")
"""A device on which every write fails as on a full disk."""


@pytest.mark.skipif(not FULL.exists(), reason="/dev/full is Linux's own")
def test_whoever_logs_on_a_full_disk_goes_on() -> None:
    with pytest.raises(OSError, match="No space left"), FULL.open("w") as file:
        structlog.PrintLogger(file).error("commit_failed")
    file = FULL.open("w")
    structlog.PrintLogger(cast("TextIO", Forgiving(file))).error("commit_failed")
    with pytest.raises(OSError, match="No space left"):
        file.close()


def test_what_can_be_written_is_written(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as file:
        structlog.PrintLogger(cast("TextIO", Forgiving(file))).error("commit_failed")
    assert (tmp_path / "log").read_text() == "commit_failed\n"
