"""The process apart: reads one order and one file from its standard input, and answers on its standard output.

`python -I -m foundation.documents.workbench`, started by `apart.py` alone.
"""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

from foundation.documents.apart import confine
from foundation.documents.contents import Unfit, judge

Said = dict[str, Any]


def _judge(content: bytes, _facts: Mapping[str, Any]) -> tuple[Said, bytes]:
    judged = judge(content)
    return {"kind": judged.kind.value}, judged.text.encode(errors="replace")


TASKS: Mapping[str, Callable[[bytes, Mapping[str, Any]], tuple[Said, bytes]]] = {"judge": _judge}


def main() -> None:
    """Do the one task; a fault is an answer, too."""
    confine()
    order, _, content = sys.stdin.buffer.read().partition(b"\n")
    facts = json.loads(order)
    try:
        said, made = TASKS[facts.pop("task")](content, facts)
    except Unfit as unfit:
        said, made = {"fault": unfit.fault.value}, b""
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + made)


if __name__ == "__main__":
    main()
