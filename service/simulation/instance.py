"""An instance of the service for one played day: a database of its own, gateways in memory, a clock moved by hand."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from foundation.clock import Clock
from foundation.database import Database
from foundation.mode import Mode
from foundation.settings import Settings
from migrations import upgrading
from notifications.worker import Courier
from service.house import open_house
from service.simulation.mailroom import Mailroom
from service.worker import Worker

NAME = "simulation"
BASE_URL = "http://simulation.example"


@dataclass(frozen=True, slots=True)
class Instance:
    """模擬環境: what an operator's process holds open, with the messages that went out."""

    database: Database
    courier: Courier
    worker: Worker
    mailroom: Mailroom


@asynccontextmanager
async def opened(clock: Clock, url: str | None = None) -> AsyncIterator[Instance]:
    """Open an instance on an embedded database that is gone afterwards, or on the empty one named.

    No setting of the environment holds here.
    """
    with tempfile.TemporaryDirectory(prefix="yuimaru-simulation-") as folder:
        settings = Settings(
            database_url=url or f"sqlite:///{folder}/simulation.db",
            mode=Mode.DRILL,
            key_file=str(Path(folder) / "key"),
            base_url=BASE_URL,
        )
        await asyncio.to_thread(upgrading.upgrade, settings.database_url)
        async with open_house(settings, clock=clock) as house:
            mailroom = Mailroom()
            courier = Courier(house.database, mailroom.gateways(house.mode.mark), house.wordings, BASE_URL, NAME)
            yield Instance(house.database, courier, Worker(house.database, courier, NAME), mailroom)
