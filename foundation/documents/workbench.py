"""The process apart: reads one order and one file from its standard input, and answers on its standard output.

`python -I -m foundation.documents.workbench`, started by `apart.py` alone.
"""

import json
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from foundation.documents.apart import confine
from foundation.documents.contents import ContentKind, Unfit, judge
from foundation.documents.errors import UnreadableDocument
from foundation.documents.marks import marked, tried
from foundation.documents.sheets_in import UnreadableSheet, rows
from foundation.documents.typesetting import use_font
from foundation.documents.watermark import Watermark

Said = dict[str, Any]


def _admit(content: bytes, facts: Mapping[str, Any]) -> tuple[Said, bytes]:
    use_font(*facts["font"])
    judged = judge(content)
    tried(judged.kind, content)
    return {"kind": judged.kind.value}, judged.text.encode(errors="replace")


def _mark(content: bytes, facts: Mapping[str, Any]) -> tuple[Said, bytes]:
    use_font(*facts["font"])
    mark = facts["mark"]
    watermark = Watermark(**{**mark, "at": datetime.fromisoformat(mark["at"])})
    try:
        return {}, marked(ContentKind(facts["kind"]), content, watermark)
    except UnreadableDocument as why:
        return {"reason": why.errors[0].code}, b""


def _rows(content: bytes, facts: Mapping[str, Any]) -> tuple[Said, bytes]:
    try:
        return {}, json.dumps(list(rows(content, facts["title"]))).encode()
    except UnreadableSheet as why:
        return {"reason": why.reason, "cell": why.cell}, b""


TASKS: Mapping[str, Callable[[bytes, Mapping[str, Any]], tuple[Said, bytes]]] = {
    "admit": _admit,
    "mark": _mark,
    "rows": _rows,
}
SETTING_PAGES = {"admit", "mark"}


def main() -> None:
    """Do the one task; a fault is an answer, too."""
    facts = json.loads(sys.stdin.buffer.readline())
    task = facts.pop("task")
    confine(sets_pages=task in SETTING_PAGES)
    content = sys.stdin.buffer.read()
    try:
        said, made = TASKS[task](content, facts)
    except Unfit as unfit:
        said, made = {"fault": unfit.fault.value}, b""
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + made)


if __name__ == "__main__":
    main()
