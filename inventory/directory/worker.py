"""Carrying what is due to members' directories: claimed in one transaction, sent with none open, then recorded."""

import asyncio
import random
from collections.abc import Collection

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
        """Work until `stop`; no failure ends it, and nothing that is slow holds up what has room beside it."""
        running: set[asyncio.Task[None]] = set()
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                begun = await self._begun(WINDOW - len(running))
                running |= begun
                if not begun:
                    await asyncio.wait({stopping, *running}, timeout=PAUSE, return_when=asyncio.FIRST_COMPLETED)
                running = {each for each in running if not each.done()}
        finally:
            stopping.cancel()
            await asyncio.gather(*running)

    async def tick(self) -> int:
        """Do what is due now, at most `WINDOW` tasks; return how many were sent."""
        begun = await self._begun(WINDOW)
        await asyncio.gather(*begun)
        return len(begun)

    async def _begun(self, room: int) -> set[asyncio.Task[None]]:
        """Claim what is due and begin to carry it."""
        if not room:
            return set()
        try:
            jobs: list[Job] = await self._database.write(claim, self._name, room)
        except Exception:
            log.exception("directory_tick_failed")
            return set()
        return {asyncio.create_task(self._carried(job)) for job in jobs}

    async def _carried(self, job: Job) -> None:
        try:
            await self._carry(job)
        except Exception:
            # The lease runs out, and it is carried again
            log.exception("directory_tick_failed")

    async def _carry(self, job: Job) -> None:
        trouble = await self._sent(job)
        jitter = random.random()  # noqa: S311 — spreads retries; no secret
        await self._database.write(record, job, trouble, jitter)
        log.info(
            "directory_told",
            task=job.task.id,
            wanted=job.task.wanted,
            tries=job.task.tries,
            trouble=trouble.value if trouble else None,
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
