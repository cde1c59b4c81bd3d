"""One after the other: a member's files are read singly, so that nobody's take the places of all."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from foundation.documents.errors import TooManyDocuments


class Turns:
    """順番: of each member one file is being read, and `waiting` more wait."""

    def __init__(self, waiting: int = 4) -> None:
        self._most = 1 + waiting
        self._present: Counter[str] = Counter()
        self._locks: dict[str, asyncio.Lock] = {}

    @asynccontextmanager
    async def of(self, whose: str) -> AsyncIterator[None]:
        """Wait for a member's turn. Raises TooManyDocuments where as many wait as may."""
        if self._present[whose] >= self._most:
            raise TooManyDocuments
        self._present[whose] += 1
        try:
            async with self._locks.setdefault(whose, asyncio.Lock()):
                yield
        finally:
            self._present[whose] -= 1
            if not self._present[whose]:
                del self._present[whose], self._locks[whose]
