"""Where documents are made: beside the event loop, a few at a time, and not for ever."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import BoundedSemaphore
from typing import ParamSpec, TypeVar

from foundation.documents.errors import DocumentTooSlow, TooManyDocuments

P = ParamSpec("P")
T = TypeVar("T")


class Workshop:
    """文書の作成場所: `at_once` documents are being made, `waiting` more wait for their turn, `seconds` at most.

    A thread can't be stopped: what takes too long keeps its place until it ends, so slow documents never are more.
    """

    def __init__(self, at_once: int = 2, waiting: int = 20, seconds: float = 30.0) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="documents")
        self._places = BoundedSemaphore(at_once + waiting)
        self._seconds = seconds

    async def made(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn` in a thread. Raises TooManyDocuments, DocumentTooSlow and whatever `fn` raises."""
        if not self._places.acquire(blocking=False):
            raise TooManyDocuments
        work = self._threads.submit(partial(fn, *args, **kwargs))
        work.add_done_callback(lambda _: self._places.release())
        try:
            return await asyncio.wait_for(asyncio.wrap_future(work), self._seconds)
        except TimeoutError:
            raise DocumentTooSlow from None


WORKSHOP = Workshop()
"""The one of this process: setting a page takes a core, so no more than two at once."""
