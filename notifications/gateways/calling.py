"""What providers tell us by calling: what became of a message, what somebody wrote back; each in its own words."""

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_LONGEST = 200
_DIGITS_ABROAD = 11
"""Digits from which on a number without 0 in front is one with its country's code."""


class Fate(StrEnum):
    """到達結果: `failed` says nothing of another try; `dead`: nothing will ever reach this number or address."""

    DELIVERED = "delivered"
    FAILED = "failed"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Called:
    """呼び出し: one call to a hook as it came in.

    `fields` are those of query and form, or of the JSON object; `items` the objects of a JSON list, else the fields
    alone. `url` is the address as the provider was given it, `headers` are in small letters.
    """

    url: str
    fields: Mapping[str, Any]
    items: Sequence[Mapping[str, Any]]
    form: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Report:
    """到達報告: what one receipt says, of which attempt by our id or by the provider's.

    `word` is the provider's own, `fate` what it means (None: no news of the phone), `code` why it failed.
    """

    word: str
    fate: Fate | None
    attempt: str | None = None
    provider_id: str | None = None
    code: str | None = None


def _always(_called: Called) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Reader:
    """読み取り: how a provider's receipt is read, and how it proves who it is beside the secret in the path."""

    report: Callable[[Mapping[str, Any]], Report]
    is_genuine: Callable[[Called], bool] = _always


def _nothing(_fields: Mapping[str, Any]) -> Report:
    return Report("", None)


SILENT = Reader(_nothing)
"""For a provider that never calls."""


def word(fields: Mapping[str, Any], *names: str) -> str:
    """Return the first of the fields that is there, as a short line that any database keeps."""
    found = next((fields[name] for name in names if isinstance(fields.get(name), str | int)), "")
    plain = str(found).replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    return plain[:_LONGEST].strip()


def number(text: str) -> str:
    """Return a phone's number with the + that some providers leave out before the country's code."""
    is_abroad = text.isascii() and text.isdigit() and len(text) >= _DIGITS_ABROAD and not text.startswith("0")
    return f"+{text}" if is_abroad else text


def is_same(given: str, expected: str) -> bool:
    """Compare a proof with the right one in the same time for any."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def read_json(body: bytes) -> list[Mapping[str, Any]]:
    """Return the objects in a JSON body, or in the list that it is; anything else holds none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return []
    rows = found if isinstance(found, list) else [found]
    return [row for row in rows if isinstance(row, dict)]
