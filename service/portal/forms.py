"""From what people type to what the API takes: only digits are normalised, words stay as they were written."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from service.portal.client import ApiProblem

LONGEST_NUMBER = 9
DASHES = str.maketrans(dict.fromkeys("ー‐‑‒–—―−ｰ", "-"))
INSTANT = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[T ]*(?:(\d{1,2})[:時](\d{1,2})?分?(?::\d{1,2})?)?")


@dataclass(frozen=True)
class Refused:
    """入力の誤り: what is wrong on the whole, and beside which fields."""

    detail: str
    fields: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, problem: ApiProblem, names: Mapping[str, str]) -> "Refused":
        """Place a problem's errors beside their fields; `names` gives the field of a JSON pointer."""
        fields: dict[str, str] = {}
        for error in problem.errors:
            name = names.get(error.pointer, "")
            fields[name] = f"{fields[name]} {error.detail}" if name in fields else error.detail
        return cls(problem.detail, fields)


def half_width(text: str) -> str:
    """Return digits and signs in half width, without what surrounds them."""
    return unicodedata.normalize("NFKC", text).translate(DASHES).strip()


def number(text: str) -> int | str | None:
    """Return a number, None where nothing was typed, or the text itself for the API to refuse in its words."""
    plain = half_width(text).replace(",", "")
    if not plain:
        return None
    is_number = re.fullmatch(r"[+-]?[0-9]+", plain) is not None and len(plain) <= LONGEST_NUMBER
    return int(plain) if is_number else plain[:40]


def instant(text: str) -> str | None:
    """Return a day or time as typed in Japan in the API's form, or the text itself for the API to refuse."""
    plain = half_width(text)
    if not plain:
        return None
    found = INSTANT.fullmatch(plain)
    if found is None:
        return plain
    year, month, day, hour, minute = (int(part or 0) for part in found.groups())
    return f"{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:00+09:00"


def day(text: str) -> str | None:
    """Return a day as typed in Japan in the API's form, or the text itself for the API to refuse."""
    found = instant(text)
    return found.partition("T")[0] if found else None


def given(body: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what was not typed."""
    return {name: value for name, value in body.items() if value is not None and value != ""}


def text(values: Mapping[str, Any], name: str) -> str:
    """Return one field as text, without the line ends that browsers add."""
    value = values.get(name)
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""


def answers(values: Mapping[str, Any], prefix: str, count: int) -> list[int | str | None]:
    """Return the numbers typed for `count` lines: prefix-1, prefix-2, …"""
    return [number(text(values, f"{prefix}-{place}")) for place in range(1, count + 1)]


def pointers(count: int, patterns: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the field of each pointer; patterns hold {index} (from 0) and {place} (from 1)."""
    patterns = tuple(patterns)
    return {
        pointer.format(index=index): name.format(place=index + 1)
        for index in range(count)
        for pointer, name in patterns
    }
