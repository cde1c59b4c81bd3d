import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest
from sqlalchemy.orm import Session

from aid import events
from aid.chronology import actions
from aid.events import Pace, stream
from aid.lifecycle import Lane
from foundation.actor import Actor
from foundation.calls import CallDatabase
from foundation.database import Database
from tests.aid.incident_factories import Cast, a_request, an_api, an_ask, an_incident, cast
from tests.api_client import Service
from tests.world import FUJISAWA, TOME

QUICK = Pace(poll=0.01, heartbeat=60.0, lifetime=30.0)


async def stays() -> bool:
    return False


async def leaves() -> bool:
    return True


def listen(database: Database, actor: Actor, incident: str, *, after: int = 0, **options: Any) -> AsyncIterator[str]:
    seen = CallDatabase(database, events.stream_events, None)
    given = {"stopping": None, "is_gone": stays, "pace": QUICK} | options
    return stream(seen, actor, incident, after, **given)


async def heard(database: Database, actor: Actor, incident: str, *, after: int = 0) -> list[tuple[int, str, Any]]:
    """What is there now: number, kind and data of each event."""
    lines = [each async for each in listen(database, actor, incident, after=after, is_gone=leaves)]
    return [parse(each) for each in lines if each.startswith("id:")]


def parse(text: str) -> tuple[int, str, Any]:
    assert text.endswith("\n\n")
    fields = dict(line.split(": ", 1) for line in text.strip().split("\n"))
    return int(fields["id"]), fields["event"], json.loads(fields["data"])


def enter(session: Session, people: Cast, incident: str, asked: Actor | None = None) -> str:
    request = a_request(session, incident, people.group, people.tome.member or "")
    if asked is not None:
        an_ask(session, request, asked.member or "")
    facts = {"number": "一\n二"}
    actions.enter(
        session,
        people.tome,
        incident=incident,
        code="request.filed",
        facts=facts,
        lane=Lane.NOTES,
        request=request,
        member=people.tome.member,
    )
    return request


async def test_an_event_says_what_changed(database: Database) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    request = await database.write(enter, people, opened.id)
    number, kind, data = (await heard(database, people.fujisawa, opened.id))[-1]
    assert (number, kind) == (2, "request.filed")
    assert data == {
        "incident": opened.id,
        "request": request,
        "kind": "request.filed",
        "facts": {"number": "一\n二"},
        "member": people.tome.member,
        "at": opened.opened_at.isoformat(),
    }


async def test_a_listener_hears_what_comes_later_and_resumes_behind_it(database: Database) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    async with aclosing(listen(database, people.tome, opened.id)) as lines:
        assert await anext(lines) == "retry: 3000\n\n"
        assert parse(await anext(lines))[:2] == (1, "incident.opened")
        waiting = asyncio.ensure_future(anext(lines))
        await database.write(enter, people, opened.id)
        assert parse(await asyncio.wait_for(waiting, 5))[0] == 2
    await database.write(enter, people, opened.id)
    assert [number for number, _, _ in await heard(database, people.tome, opened.id, after=2)] == [3]


async def test_events_are_heard_by_those_who_see_the_entries(database: Database) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    await database.write(enter, people, opened.id)
    await database.write(enter, people, opened.id, people.company)
    numbers = {
        name: [number for number, _, _ in await heard(database, getattr(people, name), opened.id)]
        for name in ("tome", "fujisawa", "company", "outsider")
    }
    assert numbers == {"tome": [1, 2, 3], "fujisawa": [1, 2, 3], "company": [1, 3], "outsider": [1]}


async def test_one_person_listens_with_a_handful_of_windows_at_most(service: Service) -> None:
    world = await service.build()
    path = f"/api/incidents/{world.incident}/events"
    others = asyncio.create_task(service.call("GET", path, by=world.email(TOME)))
    streams = [
        asyncio.create_task(service.call("GET", path, by=world.email(FUJISAWA))) for _ in range(events.MOST_STREAMS)
    ]
    async with asyncio.timeout(10):
        while events._listening.total() <= events.MOST_STREAMS:  # noqa: ASYNC110 — a beginning stream tells nobody
            await asyncio.sleep(0.01)
    refused = await service.call("GET", path, by=world.email(FUJISAWA))
    assert (refused.status_code, refused.json()["type"]) == (429, "urn:yuimaru:problem:too-many-streams")
    assert "8つまで" in refused.json()["detail"]
    streams.pop().cancel()
    service.app.state.stopping.set()
    await asyncio.wait_for(asyncio.gather(others, *streams), 10)
    again = await service.call("GET", path, by=world.email(FUJISAWA))
    assert again.status_code == 200
    assert not events._listening


async def test_many_events_come_in_their_order(database: Database) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)

    def many(session: Session) -> None:
        for _ in range(2 * events.BATCH):
            actions.announce(session, incident=opened.id, kind="delivery.changed", facts={})

    await database.write(many)
    lines = listen(database, people.tome, opened.id)
    await anext(lines)
    heard_numbers = [parse(await anext(lines))[0] for _ in range(2 * events.BATCH + 1)]
    assert heard_numbers == list(range(1, 2 * events.BATCH + 2))


async def test_a_quiet_stream_beats_and_ends_with_the_service(database: Database) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    stopping = asyncio.Event()
    pace = Pace(poll=0.01, heartbeat=0.02, lifetime=30.0)
    async with aclosing(listen(database, people.tome, opened.id, after=1, stopping=stopping, pace=pace)) as lines:
        await anext(lines)
        assert await anext(lines) == ": \n\n"
        stopping.set()
        rest = await asyncio.wait_for(_all(lines), 5)
    assert set(rest) <= {": \n\n"}


async def test_a_stream_ends_so_that_rights_are_looked_at_again(database: Database) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    pace = Pace(poll=0.01, heartbeat=60.0, lifetime=0.05)
    lines = await asyncio.wait_for(_all(listen(database, people.tome, opened.id, after=1, pace=pace)), 5)
    assert lines == ["retry: 3000\n\n"]


async def _all(lines: AsyncIterator[str]) -> list[str]:
    return [each async for each in lines]


@pytest.mark.parametrize(
    ("query", "headers", "expected"),
    [
        ("", {}, [1, 2]),
        ("?after=1", {}, [2]),
        ("", {"Last-Event-ID": "1"}, [2]),
        ("?after=0", {"Last-Event-ID": "2"}, []),
        ("?after=1", {"Last-Event-ID": "９" * 3}, [2]),
        ("?after=1", {"Last-Event-ID": "9" * 5000}, [2]),
    ],
)
async def test_over_http_the_browsers_header_goes_before_the_address(
    database: Database, query: str, headers: dict[str, str], expected: list[int]
) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    await database.write(enter, people, opened.id)
    async with an_api(database, people.tome, events) as api:
        encoded = {name: value.encode() for name, value in headers.items()}
        answer = await api.get(f"/incidents/{opened.id}/events{query}", headers=encoded)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert [int(line[4:]) for line in answer.text.split("\n") if line.startswith("id: ")] == expected
        assert (await api.get("/incidents/nothing/events")).status_code == 404
        assert (await api.get(f"/incidents/{opened.id}/events?after=-1")).status_code == 422
