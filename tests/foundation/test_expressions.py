"""Regular expressions take no more than about as long again when a text is as long again (ASVS 1.3.12)."""

import importlib
import re
from collections import deque
from collections.abc import Iterator, Mapping
from functools import cache
from time import process_time
from typing import Any

import pytest

from tests.architecture.sources import rooms

SIZES = (1_000, 8_000, 64_000)
TIMES = 8
MOST = TIMES**1.6
"""How many times longer the longer text may take: linear work takes 8 times, quadratic 64 times as long."""
UNSEEN = 0.004
"""Seconds under which a match is too quick to be measured; a quadratic one of 64 kB takes far longer."""
QUICK = 0.00025
"""Seconds for 8 kB at which even quadratic work would do 64 kB in 16 ms."""
ACTS = ("fullmatch", "match", "search", "finditer")
TEXTS = ("a", "1", " ", "\t", "\n", "=", "-", ".", "/", "@", "ー", "a1 ", "a.", "1 -", "x://", "<a", "\\", '"')
LITERAL = re.compile(r"[^\W\d_]{2,}|[!-/:-@\[-`{-~]")


def patterns() -> Mapping[str, re.Pattern[Any]]:
    """Return every compiled expression that a module of a room keeps, also within its tables, by its place."""
    return dict(_patterns())


def _patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    for source in rooms():
        if source.module.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(source.module)).items():
            yield from ((f"{source.module}.{name}{at}", each) for at, each in _within(value))


def _within(value: Any, at: str = "") -> Iterator[tuple[str, re.Pattern[Any]]]:
    if isinstance(value, re.Pattern):
        yield at, value
    elif isinstance(value, dict) and len(value) < 200:
        for key, inner in value.items():
            yield from _within(inner, f"{at}[{key}]")
    elif isinstance(value, tuple | list) and len(value) < 200:
        for place, inner in enumerate(value):
            yield from _within(inner, f"{at}[{place}]")


@cache
def hostile(pattern: re.Pattern[Any]) -> tuple[str, ...]:
    """Return what to repeat: single characters, mixtures, and what the expression itself is looking for."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    own = dict.fromkeys(LITERAL.findall(source))
    return (*TEXTS, *own, *(f"{each} " for each in own), "".join(own)) if own else TEXTS


@cache
def acts(at: str) -> tuple[str, ...]:
    """Return how a module's expression is applied; all ways where that can't be read."""
    name = at.rpartition(".")[2]
    applied = re.compile(rf"\b{re.escape(name)}\.(fullmatch|match|search|finditer|findall|sub|split)\(")
    found = {act for source in rooms() if name in source.text for act in applied.findall(source.text)}
    return tuple({each if each in ACTS else "finditer" for each in found}) or ACTS


def seconds(pattern: re.Pattern[Any], act: str, piece: str, size: int) -> float:
    """Return the shortest of up to three measurements."""
    text: Any = (piece * (size // len(piece) + 1))[:size] + "\x00"
    if isinstance(pattern.pattern, bytes):
        text = text.encode()
    best = float("inf")
    for _ in range(3):
        began = process_time()
        found = getattr(pattern, act)(text)
        if act == "finditer":
            deque(found, maxlen=0)
        best = min(best, process_time() - began)
        if best < UNSEEN:
            break
    return best


def is_slow(pattern: re.Pattern[Any], act: str, piece: str) -> bool:
    """Tell whether the work grows much faster than the text."""
    took = seconds(pattern, act, piece, SIZES[0])
    for size in SIZES[1:]:
        if size == SIZES[-1] and took < QUICK:
            return False
        before, took = took, seconds(pattern, act, piece, size)
        if took > UNSEEN and took / max(before, UNSEEN / TIMES) > MOST:
            return True
    return False


@pytest.mark.deep
@pytest.mark.asvs("1.3.12")
def test_no_expression_runs_away() -> None:
    found = patterns()
    assert len(found) > 60
    slow = {
        (at, act, piece)
        for at, pattern in found.items()
        for act in acts(at)
        for piece in hostile(pattern)
        if is_slow(pattern, act, piece)
    }
    assert not slow


@pytest.mark.asvs("1.3.12")
@pytest.mark.parametrize(("expression", "piece"), [(r"\s+$", " "), (r"a*b", "a"), (r"(?:x://)+y", "x://")])
def test_one_that_runs_away_is_seen(expression: str, piece: str) -> None:
    assert is_slow(re.compile(expression), "search", piece)
