"""Files that were judged or marked once: the same bytes, asked the same, get the same answer in the next test.

Each file is taken apart by a process of its own, most of whose time is its start; the service's tests bring the same
few files again and again, on both engines. `tests/foundation/documents` holds the process itself, and shares nothing.
"""

import json
from typing import Any

import pytest

from foundation.documents import apart
from foundation.documents.judging.verdict import Fault, Unfit

_answers: dict[Any, tuple[dict[str, Any], bytes] | Fault] = {}


@pytest.fixture
def judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each file that is uploaded or opened judged by the real process the first time only."""
    really = apart.run

    def run(task: str, facts: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
        asked = (task, json.dumps(facts, sort_keys=True), content, apart.PATIENCE)
        if asked not in _answers:
            try:
                _answers[asked] = really(task, facts, content)
            except Unfit as unfit:
                if unfit.fault is Fault.TOO_COMPLEX:  # a busy machine says so, too
                    raise
                _answers[asked] = unfit.fault
        answer = _answers[asked]
        if isinstance(answer, Fault):
            raise Unfit(answer)
        return answer

    monkeypatch.setattr(apart, "run", run)
