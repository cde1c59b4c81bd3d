"""Carrying what is due to members' directories: claimed in one transaction, sent with none open, then recorded."""

import asyncio
import random
from collections.abc import Collection
from contextlib import suppress

import structlog

from foundation.database import Database
from inventory.directory import client
from inventory.directory.claiming import Job, claim, record
from inventory.directory.client import DirectoryError
from inventory.directory.standing import AccountState, Trouble

PAUSE = 2.0
"""Seconds between two looks at what is due."""
WINDOW = 4
"""Tasks at once, over all members."""
log = structlog.get_logger()


class DirectoryWorker:
    """ディレクトリへの連絡: asks again and again until each account stands as it should."""

    def __init__(self, database: Database, name: str, opened: Collection[str]) -> None:
        self._database = database
        self._name = name
        self._opened = opened

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`; no failure ends it."""
        while not stop.is_set():
            try:
                carried = await self.tick()
            except Exception:
                log.exception("directory_tick_failed")
                carried = 0
            if not carried:
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), PAUSE)

    async def tick(self) -> int:
        """Do what is due now, at most `WINDOW` tasks; return how many were sent."""
        jobs: list[Job] = await self._database.write(claim, self._name, WINDOW)
        await asyncio.gather(*(self._carry(job) for job in jobs))
        return len(jobs)

    async def _carry(self, job: Job) -> None:
        trouble = await self._sent(job)
        jitter = random.random()  # noqa: S311 — spreads retries; no secret
        await self._database.write(record, job, trouble, jitter)
        log.info(
            "directory_told",
            task=job.task.id,
            wanted=job.task.wanted,
            tries=job.task.tries,
            code=trouble.value if trouble else None,
        )

    async def _sent(self, job: Job) -> Trouble | None:
        task = job.task
        try:
            if task.wanted == AccountState.ENABLED:
                await client.enable(job.target, self._opened, task.guest_id, task.account)
            else:
                await client.disable(job.target, self._opened, task.guest_id, task.account, may_exist=job.may_exist)
        except DirectoryError as error:
            return error.trouble
        except Exception as error:  # noqa: BLE001 — what a directory can answer is boundless; its text may not be logged
            log.warning("directory_answer_unread", task=task.id, kind=type(error).__name__)
            return Trouble.GARBAGE
        return None
