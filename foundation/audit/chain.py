"""How a row's hash is made: stable for ever, so that anybody can check an exported record (docs/record.md).

`hash = SHA-256(previous hash + canonical JSON of all other columns)`; the first row follows 32 zero bytes. Canonical
JSON: UTF-8, keys sorted by code point, no spaces, nothing escaped but what JSON demands, no floating-point numbers.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

SERVICE = "service"
"""The chain of what concerns no member: operator, timers, calls without a sign-in."""
GENESIS = bytes(32)
"""What the first row of a chain, and the first anchor, follow."""
COLUMNS = ("id", "at", "act", "actor", "actor_member", "chain", "subject", "facts", "sequence")
"""The columns of a row that its hash covers, beside the previous hash."""

canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode
"""From a value to its one JSON text."""


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice")
    return made


parsed = json.JSONDecoder(object_pairs_hook=_each_once).decode
"""From a JSON text to its value; ValueError where a key stands twice, as readers differ on which of the two holds."""


def digest(previous: bytes, covered: Mapping[str, Any]) -> bytes:
    """Return the hash of what follows a hash; an instant in it is written as `instant` gives it."""
    return hashlib.sha256(previous + canonical(covered).encode()).digest()


def row_hash(previous: bytes, row: Mapping[str, Any]) -> bytes:
    """Return the hash of a row (its `COLUMNS`, the instant aware) that follows the previous hash."""
    return digest(previous, {**row, "at": instant(row["at"])})


def anchor_hash(previous: bytes, number: int, at: str, heads: Mapping[str, Any]) -> bytes:
    """Return the hash of an anchor; its heads are `{chain: [sequence, hash in hexadecimal digits]}`."""
    return digest(previous, {"number": number, "at": at, "heads": heads})


def instant(at: datetime) -> str:
    """Return an instant as the hash covers it: `2026-06-01T03:00:00.000000Z`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def plain(value: Any) -> Any:
    """Return facts as JSON gives them back. Raises TypeError for what the two engines would give back differently."""
    if isinstance(value, Mapping):
        return {_key(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    raise TypeError(f"no fact of an audit row: {type(value).__name__}")


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"no key of an audit row's facts: {key!r}")
    return str(key)
