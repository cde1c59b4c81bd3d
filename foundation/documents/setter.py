"""Sets one document and ends: run as a program of its own by `typesetting`, it imports nothing else of ours.

A process, since the engine keeps what it has set for the next time (100 MB of a long document) and a thread can't
be stopped: here all memory goes back, and who waits too long ends it. It reads one JSON object from its input and
writes the PDF, or with `wants` = `families` the names of the fonts, one a line, to its output.
"""

import json
import os
import resource
import sys

import typst

MEMORY = 3 * 1024**3
"""Bytes of address space; a document within our limits takes less than 1 GB of it."""
PROCESSOR_SECONDS = 60


def _limit(what: int, most: int) -> None:
    """Set a limit, or keep a narrower one of whoever started this (`apart`)."""
    given = resource.getrlimit(what)[1]
    most = most if given == resource.RLIM_INFINITY else min(most, given)
    resource.setrlimit(what, (most, most))


def main() -> None:
    """Set what the input asks for."""
    os.nice(5)  # alerts and requests go first
    _limit(resource.RLIMIT_AS, MEMORY)
    _limit(resource.RLIMIT_CPU, PROCESSOR_SECONDS)
    asked = json.load(sys.stdin.buffer)
    fonts = typst.Fonts(
        include_system_fonts=asked["with_machines"],
        include_embedded_fonts=False,
        font_paths=[asked["fonts"]] if asked["fonts"] else [],
    )
    answer: bytes | list[bytes] | None
    if asked["wants"] == "families":
        answer = "\n".join(fonts.families()).encode()
    else:
        compiler = typst.Compiler(
            asked["source"].encode(),
            root=asked["root"],
            font_paths=fonts,
            sys_inputs={"given": json.dumps(asked["given"], ensure_ascii=False)},
        )
        answer = compiler.compile(format="pdf")
    assert isinstance(answer, bytes)
    sys.stdout.buffer.write(answer)


if __name__ == "__main__":
    main()
