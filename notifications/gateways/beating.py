"""The beat that outside monitoring listens for: a file that is written, an address that is called."""

import asyncio
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import structlog

from notifications.gateways.web import answer, new_client

log = structlog.get_logger()


class Beat:
    """心拍: given after each healthy round; where it stops, the service or its watch is dead."""

    def __init__(self, file: str, url: str) -> None:
        self._file = Path(file) if file else None
        self._url = url

    async def give(self, said: Mapping[str, Any]) -> bool:
        """Write the file and call the address; a failure is logged, and the beat is missing there."""
        done = [await asyncio.to_thread(self._write, said)] if self._file else []
        done += [await self._call()] if self._url else []
        return all(done)

    def _write(self, said: Mapping[str, Any]) -> bool:
        """Replace the file in one step, so that nobody reads half of it."""
        assert self._file is not None
        fresh = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        try:
            fresh.write_text(json.dumps(said) + "\n")
            fresh.replace(self._file)
        except OSError as error:
            log.warning("heartbeat_not_written", error=type(error).__name__)
            return False
        return True

    async def _call(self) -> bool:
        async with new_client(window=1) as client:
            response = await answer(client.get(self._url))
        is_heard = isinstance(response, httpx.Response) and response.is_success
        if not is_heard:
            log.warning("heartbeat_not_heard")
        return is_heard
