"""Other channels (chat, push) through Apprise, where it is installed: `pip install 'yuimaru[apprise]'`.

For operators' own eyes alone. It knows neither ids nor receipts nor replies, so no alert to a member goes this way.
"""

import asyncio
import logging
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from notifications.gateways.base import LONGEST_SEND, Message, Outcome, Verdict

if TYPE_CHECKING:
    from apprise import Apprise

# What it warns of names addresses
logging.getLogger("apprise").setLevel(logging.CRITICAL)


class AppriseMissingError(ValueError):
    """Apprise が入っていない: the optional library is not installed."""

    def __init__(self) -> None:
        super().__init__("Apprise is not installed: pip install 'yuimaru[apprise]'")


class AppriseGateway:
    """その他の連絡手段: tells all of the addresses at once, in threads of its own, for Apprise waits for each.

    Raises AppriseMissingError, and ValueError for an address that Apprise doesn't know (named by its place: an
    address holds its own password).
    """

    def __init__(self, urls: Sequence[str], *, name: str = "apprise", mark: str = "", window: int = 4) -> None:
        self.name = name
        self.window = window
        self._mark = mark
        self._apprise = _opened(urls)
        self._threads = ThreadPoolExecutor(window, thread_name_prefix="apprise")

    async def send(self, message: Message) -> Outcome:
        """Tell every address. Taken as soon as one of them took it; `code` says how many did (1/2)."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(LONGEST_SEND):
                return await loop.run_in_executor(self._threads, self._told, message)
        except TimeoutError:
            return Outcome(Verdict.UNKNOWN, code="timeout")

    async def close(self) -> None:
        """Let go of the threads; one that still waits for a service ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _told(self, message: Message) -> Outcome:
        result = self._apprise.notify(title=self._mark + message.subject, body=self._mark + message.text)
        code = f"{result.success_count}/{len(result.results)}"
        if result.success_count:
            return Outcome(Verdict.ACCEPTED, code=code)
        return Outcome(Verdict.UNKNOWN if result.timeout_count else Verdict.TEMPORARY, code=code)


def _opened(urls: Sequence[str]) -> "Apprise":
    try:
        from apprise import Apprise  # noqa: PLC0415 — optional, and a second to load
    except ImportError:
        raise AppriseMissingError from None
    with warnings.catch_warnings():
        # Its plugins are loaded here, and some still import what Python is about to drop
        warnings.simplefilter("ignore", DeprecationWarning)
        opened = Apprise()
        for number, url in enumerate(urls, start=1):
            if not opened.add(url):
                raise ValueError(f"#{number}: no address that Apprise knows")
    return opened
