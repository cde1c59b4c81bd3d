"""`kill -9` of the server, several times, in the middle of 200 concurrent posts whose senders repeat them."""

import asyncio
import sqlite3
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aid.models import AidRequest, RequestLine
from foundation.audit import Audit
from foundation.database import embedded_path
from foundation.idempotency import KeptAnswer
from notifications.models import Alert
from tests.deep.running import Place, Process, asking
from tests.world import World

pytestmark = pytest.mark.deep

POSTS = 200
PATIENCE = 120
"""Seconds."""
KILL_AFTER = (15, 55, 95, 140)
"""How many posts are acknowledged when the server is killed."""


@dataclass
class Senders:
    """200 people who press the button, and press it again until they are told that it counts."""

    client: httpx.AsyncClient
    world: World
    answers: dict[int, dict[str, Any]] = field(default_factory=dict)
    repeated: Counter[str] = field(default_factory=Counter)

    async def send(self, number: int) -> None:
        while number not in self.answers:
            try:
                response = await self.post(number)
            except httpx.TransportError as error:
                self.repeated[type(error).__name__] += 1
            else:
                if response.status_code == 201:
                    self.answers[number] = response.json()
                    return
                assert response.status_code in {409, 503}, response.text
                self.repeated[str(response.status_code)] += 1
            await asyncio.sleep(0.2)

    async def post(self, number: int) -> httpx.Response:
        body = asking(self.world, reason=f"{number:03} 通目")
        return await self.client.post("/api/requests", json=body, headers={"Idempotency-Key": f"key-{number}"})


@pytest.mark.asvs("2.3.3")
async def test_nothing_acknowledged_is_lost_and_nothing_counts_twice(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Place(database_url, tmp_path)
    world, token = await place.build()
    server = Process(place, "serve")
    await server.come_up()
    limits = httpx.Limits(max_connections=POSTS)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=place.base, headers=headers, limits=limits, timeout=60) as client:
        senders = Senders(client, world)
        sending = [asyncio.create_task(senders.send(number)) for number in range(POSTS)]
        killed_at = [await kill_when(server, senders, wanted) for wanted in KILL_AFTER]
        await asyncio.wait_for(asyncio.gather(*sending), PATIENCE)
        again = [(await senders.post(number)).json() for number in range(POSTS)]
    await server.stop()
    with capsys.disabled():
        sys.stdout.write(f"\nkilled after {killed_at} answers; repeated: {dict(senders.repeated)}\n")
    assert again == [senders.answers[number] for number in range(POSTS)], "a repeat gets the first answer"
    assert len({answer["number"] for answer in again}) == POSTS
    assert senders.repeated, "no kill met a post under way: the test proves nothing"
    async with place.opened() as database:
        kept = await database.read(count)
    assert kept == ({f"{number:03} 通目": again[number]["id"] for number in range(POSTS)}, *[POSTS] * 5)
    check_file(database_url)


async def kill_when(server: Process, senders: Senders, wanted: int) -> int:
    for _ in range(PATIENCE * 500):
        if len(senders.answers) >= wanted:
            break
        await asyncio.sleep(0.002)
    await server.kill()
    reached = len(senders.answers)
    assert reached < POSTS, "the kill came too late"
    await server.start()
    return reached


def count(session: Session) -> tuple[dict[str | None, str], int, int, int, int, int]:
    """Requests by reason, then how many requests, lines, audit rows, alerts and kept answers there are."""
    requests: Sequence[AidRequest] = session.scalars(select(AidRequest)).all()
    filed = select(func.count()).select_from(Audit).where(Audit.act == "aid.request_filed")
    asked = select(func.count(func.distinct(Alert.topic))).where(Alert.topic.in_(each.id for each in requests))
    answered = select(func.count()).select_from(KeptAnswer).where(KeptAnswer.answer.is_not(None))
    return (
        {each.reason: each.id for each in requests},
        len(requests),
        session.scalar(select(func.count()).select_from(RequestLine)) or 0,
        session.scalar(filed) or 0,
        session.scalar(asked) or 0,
        session.scalar(answered) or 0,
    )


def check_file(database_url: str) -> None:
    path = embedded_path(database_url)
    if path is None:
        return
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
