"""Files from outside are read and marked apart: in a process with little time and memory, and no secrets.

Parsers of PDF and pictures are large, and a file may be made to keep them busy or to break them. The process gets
the bytes on its standard input and nothing of the environment; what it costs there, it does not cost here.
"""

import json
import os
import resource
import subprocess
import sys
from dataclasses import asdict
from tempfile import TemporaryDirectory
from typing import Any

from foundation.documents.errors import UnreadableDocument
from foundation.documents.judging.verdict import ContentKind, Fault, Judged, Unfit
from foundation.documents.sheets_in import UnreadableSheet
from foundation.documents.typesetting import check_font, given_font
from foundation.documents.watermark import Watermark
from foundation.documents.workshop import Workshop

AT_ONCE = 2
"""How many files are read at the same time; the others wait for their turn."""
SECONDS = 30
MEMORY = 1_500 * 1024 * 1024
"""Bytes of address space: a picture of fifty megapixels takes 200 MB, more while it is turned into a page."""
PATIENCE = 2 * SECONDS
"""Seconds by the clock, for the processor is shared."""
_PLACES = Workshop(AT_ONCE, waiting=10, seconds=2 * PATIENCE)


MOST_MADE = 128 * 1024 * 1024
"""Bytes of a marked file: a noisy photo of fifty megapixels becomes a page of some 100 MB."""
MOST_TYPESETTING = 3 * 1024**3
"""Bytes of address space for the engine that sets the marks (`setter`), a process of its own below this one."""


async def admit_apart(content: bytes) -> Judged:
    """Return what a file is (see `contents.judge`), of which it was tried that it can be marked.

    Raises Unfit, TooManyDocuments, DocumentTooSlow.
    """
    said, text = await _PLACES.made(_with_font, "admit", {}, content)
    return Judged(ContentKind(said["kind"]), text.decode())


async def mark_apart(kind: ContentKind, content: bytes, mark: Watermark) -> bytes:
    """Return a file with a mark (see `marks.marked`). Raises Unfit, UnreadableDocument, NoJapaneseFont."""
    facts = {"kind": kind.value, "mark": asdict(mark) | {"at": mark.at.isoformat()}}
    said, made = await _PLACES.made(_with_font, "mark", facts, content)
    if "reason" in said:
        raise UnreadableDocument(said["reason"])
    return made


def rows_apart(content: bytes, title: str) -> list[tuple[int, list[str]]]:
    """Return the rows of a workbook (see `sheets_in.rows`); waits, so it is called in a thread.

    Raises UnreadableSheet, also where its reader ended the process or took too much time or memory.
    """
    try:
        said, made = run("rows", {"title": title}, content)
    except Unfit:
        raise UnreadableSheet("not-a-workbook") from None
    if "reason" in said:
        raise UnreadableSheet(said["reason"], said["cell"])
    return [(number, cells) for number, cells in json.loads(made)]


def _with_font(task: str, facts: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
    if task == "mark":
        check_font()
    return run(task, facts | {"font": given_font()}, content)


def run(task: str, facts: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
    """Have a task of `workbench` done with a file, in this thread; return what it says and what it made.

    Raises Unfit with the task's fault, or TOO_COMPLEX where it took too much time or memory.
    """
    order = json.dumps({"task": task, **facts}).encode() + b"\n"
    # What the process leaves when it is ended goes with its folder.
    with TemporaryDirectory(prefix="yuimaru-") as folder:
        try:
            # Our own interpreter and module; nothing that comes with the file is part of the command.
            ran = subprocess.run(
                [sys.executable, "-I", "-m", "foundation.documents.workbench"],
                input=order + content,
                capture_output=True,
                check=False,
                timeout=PATIENCE,
                env={"PATH": os.defpath, "LANG": "C.UTF-8", "TMPDIR": folder},
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


def confine(*, sets_pages: bool = False) -> None:
    """Give this process little time and memory, and no file to write.

    One that `sets_pages` may hand a picture to the engine in a file, and leave it more memory than it has itself.
    """
    files, engine = (2 * MOST_MADE, MOST_TYPESETTING) if sets_pages else (0, MEMORY)
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, engine))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (files, files))
