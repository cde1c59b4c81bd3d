"""Identifiers: UUID version 7 (RFC 9562) as text, so that rows sort by the time they were made."""

import os
import time
from datetime import datetime


def new_id() -> str:
    """Return a fresh id, 36 characters, opaque to callers."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
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
