"""What was said twice in a body, a query or a form: refused, for readers differ on which of the two counts."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from foundation.problems import FieldError


class _Pairs(list[tuple[str, Any]]):
    """組: a JSON object as it was written, its names in their order."""


def repeated_names(names: Iterable[str], *, under: str = "") -> tuple[FieldError, ...]:
    """Return an error for every name that stands more than once in a query or form."""
    return tuple(_repeated(f"{under}{_step(name)}") for name, times in Counter(names).items() if times > 1)


def repeated_keys(body: bytes) -> tuple[FieldError, ...]:
    """Return an error for every key that stands twice in one object of a body that is known to be JSON."""
    read = json.loads(body, object_pairs_hook=_Pairs, parse_int=str, parse_float=str, parse_constant=str)
    return tuple(_repeated(pointer) for pointer in dict.fromkeys(_pointers(read, "")))


def _pointers(value: Any, at: str) -> Iterator[str]:
    if isinstance(value, _Pairs):
        times = Counter(name for name, _ in value)
        for name, inner in value:
            if times[name] > 1:
                yield at + _step(name)
            yield from _pointers(inner, at + _step(name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _pointers(inner, f"{at}/{place}")


def _step(name: str) -> str:
    return "/" + name.replace("~", "~0").replace("/", "~1")


def _repeated(pointer: str) -> FieldError:
    return FieldError(
        pointer, "repeated", "同じ項目が2回あります。1回だけにしてください。", "This stands twice; give it once."
    )
