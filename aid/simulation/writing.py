"""Worlds and what happened in them as JSON, in the same order every time."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from aid.simulation.world import SimLine, SimMember, SimRequest, World


def world_text(world: World) -> str:
    """Return a world as `reading.read_world` reads it; answers that are drawn from its seed are not written out."""
    answers = [
        {
            "request": request,
            "line": line,
            "after_minutes": answer.after,
            "willing": answer.is_willing,
            "speaks": answer.speaks,
        }
        for (request, line), answer in sorted((world.answers or {}).items())
    ]
    return _rows_on_lines(
        {
            "name": world.name,
            "seed": world.seed,
            "members": [_plain(member) for member in world.members],
            "lines": [_plain(line) for line in world.lines],
            "requests": [_plain(request) for request in world.requests],
            "answers": answers,
        }
    )


IN_MINUTES = {"at": "at_minutes", "within": "within_minutes"}


def _plain(row: SimMember | SimLine | SimRequest) -> dict[str, Any]:
    return {IN_MINUTES.get(field.name, field.name): getattr(row, field.name) for field in fields(row)}


def log_text(world: World, policy: str, log: Sequence[Mapping[str, Any]]) -> str:
    """Return what happened: asks, answers and commitments with minutes from the start, in order."""
    member_of = {line.key: line.member for line in world.lines}
    events = [
        {
            "at_minutes": each["at"],
            "what": each["what"],
            "request": each["request"],
            "line": each["line"],
            "member": member_of.get(each["line"], each["line"]),
            "units": each["units"],
        }
        for each in sorted(log, key=lambda each: float(each["at"]))
    ]
    return _rows_on_lines({"world": world.name, "seed": world.seed, "policy": policy, "events": events})


def _rows_on_lines(whole: Mapping[str, Any]) -> str:
    """A list's rows each on a line of their own, so that people can read and compare files."""
    parts = []
    for name, value in whole.items():
        if isinstance(value, list) and value:
            rows = ",\n  ".join(_compact(row) for row in value)
            parts.append(f"{_compact(name)}: [\n  {rows}\n]")
        else:
            parts.append(f"{_compact(name)}: {_compact(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
