"""Identifiers: UUID version 7 (RFC 9562) as text, so that rows sort by the time they were made."""

import os
import time
from collections.abc import Sequence
from datetime import datetime

_RANDOM = 10
"""Bytes of chance in an id."""


def new_id() -> str:
    """Return a fresh id, 36 characters, opaque to callers."""
    return _id(time.time_ns() // 1_000_000, os.urandom(_RANDOM))


def new_ids(count: int) -> Sequence[str]:
    """Return fresh ids: each way to the system's source of chance lets another thread cut in."""
    milliseconds, chance = time.time_ns() // 1_000_000, os.urandom(_RANDOM * count)
    return [_id(milliseconds, chance[start : start + _RANDOM]) for start in range(0, len(chance), _RANDOM)]


def _id(milliseconds: int, chance: bytes) -> str:
    random = int.from_bytes(chance, "big")
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80
    value |= 0x7 << 76
    value |= (random >> 68 & 0xFFF) << 64
    value |= 0b10 << 62
    value |= random & 0x3FFF_FFFF_FFFF_FFFF
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def least_id(at: datetime) -> str:
    """Return the least id that can be made at an instant or later."""
    digits = f"{int(at.timestamp() * 1000) & 0xFFFF_FFFF_FFFF:012x}"
    return f"{digits[:8]}-{digits[8:]}-7000-8000-000000000000"
