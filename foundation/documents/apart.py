"""Files from outside are read apart: in a process of their own that has little time and memory, and no secrets.

Parsers of PDF and pictures are large, and a file may be made to keep them busy or to break them. The process gets
the bytes on its standard input and nothing of the environment; what it costs there, it does not cost here.
"""

import json
import os
import resource
import subprocess
import sys
from typing import Any

from foundation.documents.judging.verdict import ContentKind, Fault, Judged, Unfit
from foundation.documents.workshop import Workshop

AT_ONCE = 2
"""How many files are read at the same time; the others wait for their turn."""
SECONDS = 30
MEMORY = 1_500 * 1024 * 1024
"""Bytes of address space: a picture of fifty megapixels takes 200 MB, more while it is turned into a page."""
PATIENCE = 2 * SECONDS
"""Seconds by the clock, for the processor is shared."""
_PLACES = Workshop(AT_ONCE, waiting=10, seconds=2 * PATIENCE)


async def judge_apart(content: bytes) -> Judged:
    """Return what a file is (see `contents.judge`). Raises Unfit."""
    said, text = await apart("judge", content)
    return Judged(ContentKind(said["kind"]), text.decode())


async def apart(task: str, content: bytes, /, **facts: Any) -> tuple[dict[str, Any], bytes]:
    """Have a task of `workbench` done with a file; return what it says and what it made.

    Raises Unfit with the task's fault, or TOO_COMPLEX where it took too much time or memory; TooManyDocuments,
    DocumentTooSlow.
    """
    return await _PLACES.made(_run, task, facts, content)


def _run(task: str, facts: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
    order = json.dumps({"task": task, **facts}).encode() + b"\n"
    try:
        # Our own interpreter and module; nothing that comes with the file is part of the command.
        ran = subprocess.run(
            [sys.executable, "-I", "-m", "foundation.documents.workbench"],
            input=order + content,
            capture_output=True,
            check=False,
            timeout=PATIENCE,
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
        )
    except subprocess.TimeoutExpired:
        raise Unfit(Fault.TOO_COMPLEX) from None
    if ran.returncode:
        raise Unfit(Fault.TOO_COMPLEX)
    head, _, made = ran.stdout.partition(b"\n")
    said: dict[str, Any] = json.loads(head)
    if "fault" in said:
        raise Unfit(Fault(said["fault"]))
    return said, made


def confine() -> None:
    """Give this process little time and memory, and no file to write."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
