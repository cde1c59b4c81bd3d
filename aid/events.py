"""Server-sent events (WHATWG HTML §9.2): an incident's changes as they are committed.

Every stream ends after a while, so that the browser comes back through the gate with its rights as they are then.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from aid import permissions
from aid.chronology.queries import require_incident, visible_to
from aid.errors import IncidentNotFound
from aid.models import IncidentEvent
from foundation.actor import Actor
from foundation.calls import Call, CallDatabase
from foundation.fields import Schema
from foundation.operations import operation
from foundation.problems import TooMany

BATCH = 200
BIGGEST = 2**31 - 1
DIGITS = 10
MOST_STREAMS = 8
"""How many one person may listen to at once in a process: each asks the database every second."""
_listening: Counter[str] = Counter()


class TooManyStreams(TooMany):
    """One person has very many windows open; each of them listens."""

    ja = "自動更新の画面を同時に開けるのは{most}つまでです。使っていない画面を閉じてから、もう一度開いてください。"
    en = "No more than {most} windows can listen at once. Please close those you do not use, then open this again."


class EventStream(StreamingResponse):
    """変化の知らせの流れ: counted for its listener from its making until it ends, in whichever way."""

    def __init__(self, listener: str, lines: AsyncIterator[str]) -> None:
        if _listening[listener] >= MOST_STREAMS:
            raise TooManyStreams(most=MOST_STREAMS)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(lines, headers=headers, media_type="text/event-stream")
        _listening[listener] += 1
        self._listener = listener

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            _listening[self._listener] -= 1
            if not _listening[self._listener]:
                del _listening[self._listener]


@dataclass(frozen=True, slots=True)
class Pace:
    """How often, in seconds: `poll` looks for news, `heartbeat` keeps proxies from cutting, `lifetime` ends."""

    poll: float = 1.0
    heartbeat: float = 15.0
    lifetime: float = 900.0


class EventsQuery(Schema):
    """変化の知らせの始まり: the number behind which to begin; `Last-Event-ID` goes before it."""

    after: Annotated[int, Field(ge=0, le=BIGGEST)] = 0


@operation(
    "GET",
    "/incidents/{incident}/events",
    permission=permissions.VIEW_AID,
    query=EventsQuery,
    problems=[IncidentNotFound, TooManyStreams],
    media_type="text/event-stream",
)
async def stream_events(call: Call, incident: str, query: EventsQuery) -> EventStream:
    """災害の変化の知らせ (server-sent events of requests, offers and deliveries; from the first unless resumed)."""
    await call.database.read(require_incident, incident)
    after = _last_event_id(call.request.headers.get("last-event-id"), query.after)
    stopping: asyncio.Event | None = getattr(call.state, "stopping", None)
    lines = stream(call.database, call.actor, incident, after, stopping, call.request.is_disconnected)
    return EventStream(call.actor.person or call.actor.name, lines)


async def stream(
    database: CallDatabase,
    actor: Actor,
    incident: str,
    after: int,
    stopping: asyncio.Event | None,
    is_gone: Callable[[], Awaitable[bool]],
    pace: Pace = Pace(),
) -> AsyncIterator[str]:
    """Yield the incident's events behind a number, then each new one, until somebody ends it."""
    stopping = stopping or asyncio.Event()
    time = asyncio.get_running_loop().time
    ends, quiet_since = time() + pace.lifetime, time()
    yield "retry: 3000\n\n"
    while True:
        events = await database.read(news, actor, incident, after)
        for number, text in events:
            after, quiet_since = number, time()
            yield text
        if stopping.is_set() or time() >= ends or await is_gone():
            return
        if time() - quiet_since >= pace.heartbeat:
            quiet_since = time()
            yield ": \n\n"
        if len(events) < BATCH:
            await _pause(stopping, pace.poll)


def news(session: Session, actor: Actor, incident: str, after: int) -> list[tuple[int, str]]:
    """The next events that the actor may see, each with its number and its text on the wire.

    Numbers are given under the lock of the incident's row: none becomes visible behind a later one.
    """
    events = session.scalars(
        select(IncidentEvent)
        .where(IncidentEvent.incident_id == incident, IncidentEvent.number > after)
        .where(visible_to(actor, IncidentEvent))
        .order_by(IncidentEvent.number)
        .limit(BATCH)
    )
    return [(each.number, _wire(each)) for each in events]


def _wire(event: IncidentEvent) -> str:
    data = {
        "incident": event.incident_id,
        "request": event.request_id,
        "kind": event.kind,
        "facts": event.facts,
        "member": event.member_id,
        "at": event.at.isoformat(),
    }
    # JSON escapes line breaks, so the data always is one line.
    return f"id: {event.number}\nevent: {event.kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _last_event_id(header: str | None, after: int) -> int:
    """What the browser saw last; anything that is no number of ours counts as not said."""
    is_number = header is not None and header.isascii() and header.isdecimal() and len(header) <= DIGITS
    return min(int(header), BIGGEST) if header is not None and is_number else after


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
