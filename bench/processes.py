"""Processes of their own for servers, sinks and load: started, measured and ended by the benchmark."""

import multiprocessing
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

SPAWN = multiprocessing.get_context("spawn")
PATIENCE = 180.0
TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def running(log: Path, target: Callable[..., Any], *arguments: Any) -> Iterator[BaseProcess]:
    """Run a function in a new process, which writes to a log, until the block ends."""
    process = SPAWN.Process(target=_logged, args=(log, target, *arguments), daemon=True)
    process.start()
    try:
        yield process
    finally:
        process.terminate()
        process.join(PATIENCE)


def _logged(log: Path, target: Callable[..., Any], *arguments: Any) -> None:
    with log.open("ab", buffering=0) as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    target(*arguments)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_open(port: int, log: Path) -> None:
    """Wait until somebody listens. Raises RuntimeError with the log's end where nobody ever does."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens; its log ends: {log.read_text()[-2000:]}")


def cpu_seconds(root: int) -> float:
    """Return the CPU time of a process and all its descendants, those that have ended included."""
    parents, times = {}, {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        pid = int(entry.parent.name)
        parents[pid] = int(fields[1])
        times[pid] = sum(int(field) for field in fields[11:15])
    return sum(spent for pid, spent in times.items() if _is_below(pid, root, parents)) / TICKS


def _is_below(pid: int, root: int, parents: dict[int, int]) -> bool:
    while pid != root and pid in parents:
        pid = parents[pid]
    return pid == root
