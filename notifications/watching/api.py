"""The outbox as operators and coordinators see it."""

from foundation.calls import Call
from foundation.operations import operation
from notifications import permissions
from notifications.watching import queries
from notifications.watching.schemas import OutboxView


@operation("GET", "/outbox", permission=permissions.WATCH_OUTBOX, returns=OutboxView)
async def read_outbox(call: Call) -> OutboxView:
    """送信箱の状況を見る。宛先や本文は含まない (how the outbox stands: numbers, no addresses, no texts)."""
    return await call.database.read(queries.outbox)
