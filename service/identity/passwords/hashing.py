"""Password hashes (argon2id), on threads of their own: they take long on purpose, and no transaction waits."""

import asyncio
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""OWASP's least for argon2id: 19 MiB, two passes; some 20 ms of an idle core."""
_THREADS = ThreadPoolExecutor(2, thread_name_prefix="argon2")
"""No more at once: a flood of guesses must not take all memory (19 MiB each) nor all cores."""


async def hashed(password: str) -> str:
    """Return the hash of a password."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _hash, password)


async def is_right(password: str, kept: str | None) -> bool:
    """Tell whether a password has this hash; takes as long where there is none to compare with."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _verify, password, kept)


def _hash(password: str) -> str:
    return _HASHER.hash(_composed(password))


def _verify(password: str, kept: str | None) -> bool:
    nobodys = _nobodys()
    try:
        _HASHER.verify(kept or nobodys, _composed(password))
    except (Argon2Error, InvalidHashError):
        return False
    return kept is not None


@cache
def _nobodys() -> str:
    return _HASHER.hash("")


def _composed(password: str) -> str:
    """The same password typed on another keyboard or telephone has the same characters (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password)
