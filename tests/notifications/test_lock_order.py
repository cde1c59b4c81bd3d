"""Workers lock the rows of providers in one order: none waits for another that waits for it."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy.orm import Session
from sqlalchemy.util import await_only

from foundation.database import Database
from notifications import claiming, outbox, providers
from notifications.claiming import Parcel, Want
from notifications.gateways.base import Outcome, Verdict
from notifications.outbox import Load, Turn
from notifications.recording import Sent
from notifications.rendering import Voice
from tests.notifications.alerting import WORDINGS, Scripted, addressee, raise_alert

pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
VOICE = Voice(WORDINGS, "https://oen.example", "", None, has_replies=False)


class Meeting:
    """Lets both workers note what they saw before either of them claims, unless one waits for the other's lock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._barrier, self._claim = asyncio.Barrier(2), claiming.claim
        monkeypatch.setattr(claiming, "claim", self)

    def __call__(self, *args: Any) -> list[Parcel]:
        await_only(self._meet())
        return self._claim(*args)

    async def _meet(self) -> None:
        with suppress(TimeoutError, asyncio.BrokenBarrierError):
            async with asyncio.timeout(1):
                await self._barrier.wait()


class Tried:
    """Runs a worker's turn as one transaction and counts how often it was begun."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, session: Session, brought: Turn, worker: str) -> Load:
        self.made += 1
        return outbox.turn(session, brought, worker, VOICE)


async def test_two_workers_with_news_of_one_and_a_claim_for_the_other_do_not_deadlock(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateways = [Scripted(name, rate=100.0) for name in ("a", "b")]
    await database.write(providers.settle, ["a", "b"])
    turns = []
    for number, gateway in enumerate(gateways):
        await database.write(raise_alert, addressee(number), topic=f"request-{number}")
        load = await database.write(outbox.turn, Turn(wants=[Want(gateway, 8)]), f"w{number}", VOICE)
        (parcel,) = load.parcels
        lost = Sent(parcel, Outcome(Verdict.TEMPORARY, code="connect"), jitter=0.0, peers=("a", "b"))
        turns.append(Turn(finished=[lost], wants=[Want(gateways[1 - number], 8)]))
    Meeting(monkeypatch)
    tries = [Tried(), Tried()]
    await asyncio.gather(
        *(database.write(tried, turn, f"w{n}") for n, (tried, turn) in enumerate(zip(tries, turns, strict=True)))
    )
    assert [tried.made for tried in tries] == [1, 1], "a deadlock would have been tried again"
    known = await database.read(providers.look)
    assert {name: row.failures for name, row in known.items()} == {"a": 1, "b": 1}
