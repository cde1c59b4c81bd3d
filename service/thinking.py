"""What takes very long to work out is worked out apart: in a process of its own, which nobody has to wait for.

The process gets what was read on its standard input and nothing of the environment. While it works pages are
answered and other timers go off, for it takes turns with nothing of this process; a stop ends it.
"""

import asyncio
import gc
import os
import pickle
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import structlog
from sqlalchemy.orm import Session

from foundation import logs

BEHIND = 5
"""How far the process stands back where both want the processor (niceness): people go first."""
log = structlog.get_logger()


class Thought(NamedTuple):
    """熟考: what is read for an act, what is made of it with no database, and whether that takes very long.

    `cut` gives the sections of what was made, one at least: each is acted on in a transaction of its own.
    """

    look: Callable[[Session, str], Any]
    make: Callable[[Any], Any]
    is_long: Callable[[Any], bool]
    cut: Callable[[Any], Sequence[Any]]


class ThoughtBrokenError(Exception):
    """The process ended without a result; of what class the error was, and where it came from, is in the log."""


async def apart(make: Callable[[Any], Any], facts: Any) -> Any:
    """Return what `make`, a function of a module, makes of facts. Raises ThoughtBrokenError."""
    order = await asyncio.to_thread(pickle.dumps, (make, facts))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-m",
        "service.thinking",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={"PATH": os.defpath, "LANG": "C.UTF-8"},
    )
    try:
        made, _ = await process.communicate(order)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise ThoughtBrokenError(f"{make.__module__}.{make.__qualname__}: ended with {process.returncode}")
    # Written by the process that was started above, from our own code
    return await asyncio.to_thread(pickle.loads, made)


def main() -> None:
    """Make what the standard input asks for (the process's main function)."""
    os.nice(BEHIND)
    # It makes a million objects that all stay until it ends: looking for circles among them costs as much again
    gc.disable()
    logs.configure("WARNING")
    try:
        make, facts = pickle.load(sys.stdin.buffer)  # noqa: S301 — from the service that started this process
        sys.stdout.buffer.write(pickle.dumps(make(facts)))
    except Exception:
        # Left to the interpreter, what the error quotes of the facts would stand in the log
        log.exception("thought_broken")
        sys.exit(1)


if __name__ == "__main__":
    main()
