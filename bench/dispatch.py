"""The outbox's dispatch against the raw loop, channel by channel, round by round in turn."""

import uvloop

from bench.places import MESSAGES, Place, furnish, open_place
from bench.sending import Sinks, courier_run, file_requests, fill_again, raw_loop
from bench.table import Row
from foundation.database import Database
from foundation.settings import Settings
from notifications.gateways.base import Channel
from notifications.gateways.opening import Gateways

ROUNDS = 3
REQUESTS = 10
COUNT = REQUESTS * MESSAGES // 2
"""Messages on each channel."""
PAUSES = {"at once": 0.0, "after 10 ms": 0.010}
"""How a sink answers: with no work at all, or no faster than relays and Kannel were seen to."""


def measure(place: Place, sinks: Sinks) -> list[Row]:
    """Return the dispatch of mail and of SMS, in messages a second."""
    return uvloop.run(_measure(place.engine, place.settings("dispatch"), sinks))


async def _measure(engine: str, settings: Settings, sinks: Sinks) -> list[Row]:
    group = await furnish(settings)
    database = open_place(settings)
    gateways = sinks.gateways()
    rows: list[Row] = []
    try:
        await database.write(file_requests, group, REQUESTS)
        for answered, pause in PAUSES.items():
            sinks.pause(pause)
            for channel in Channel:
                series = await _channel(database, gateways, channel)
                rows.append(Row(f"dispatch of {channel}, taken {answered}", engine, "/s", *series, ">= 0.6"))
        return rows
    finally:
        sinks.pause(0.0)
        await gateways.close()
        await database.close()


async def _channel(database: Database, gateways: Gateways, channel: Channel) -> tuple[list[float], list[float]]:
    """Return our rates and the raw loop's, round by round; a first round warms up."""
    ours: list[float] = []
    baseline: list[float] = []
    for number in range(ROUNDS + 1):
        await database.write(fill_again)
        raw = await raw_loop(database, gateways, [channel], COUNT)
        seconds = await courier_run(database, gateways, channel, COUNT)
        if number:
            baseline.append(COUNT / raw)
            ours.append(COUNT / seconds)
    return ours, baseline
