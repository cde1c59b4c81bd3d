"""How late partners are asked again that have only said that they received a request, with all of Japan asked."""

import asyncio
import sys
import time
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from agreements import directory
from agreements.terms import Terms
from aid.escalation.actions import AGAIN
from aid.models import Ask
from aid.requests import actions as requests
from aid.requests.schemas import RequestDraft
from foundation import clock, timers
from foundation.clock import SystemClock
from foundation.database import SERVICE, Database, Surroundings, open_database
from foundation.sealing import Keyring
from foundation.timers import Timer
from notifications.gateways.opening import Gateways
from notifications.models import Delivery
from notifications.worker import Courier
from service.identity.queries import actor_of_person
from service.wiring import LISTENERS, WORDINGS
from service.worker import Worker
from tests import world as worlds
from tests.notifications.alerting import Scripted

pytestmark = pytest.mark.deep
CODES = [each.code for each in directory.municipalities()]
PARTNERS = len(CODES) - 1
SPREAD = timedelta(seconds=30)
"""Within which all are due to be asked again, one after the other."""
AIM = 2.0
"""Seconds."""


class Watched(Worker):
    """A worker that notes when each partner has been asked again."""

    def __init__(self, database: Database, carrier: Courier) -> None:
        super().__init__(database, carrier, "w")
        self.asked_at: dict[str, float] = {}
        self.acts: list[float] = []
        self.stop = asyncio.Event()

    async def _go_off(self, timer: Timer, gate: asyncio.Semaphore) -> None:
        started = time.monotonic()
        await super()._go_off(timer, gate)
        if timer.kind == AGAIN:
            now = time.time()
            self.acts.append(time.monotonic() - started)
            for member in await self._database.read(asked_again):
                self.asked_at.setdefault(member, now)
            if len(self.asked_at) == PARTNERS:
                self.stop.set()

    async def until_all(self) -> None:
        await asyncio.gather(
            self._keep_time(self.stop, asyncio.Event()), self._courier.run(self.stop, asyncio.Event())
        )


async def test_whoever_only_received_a_request_is_asked_again_in_time(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    surroundings = Surroundings(Keyring(bytes(range(32))), SystemClock(), LISTENERS)
    database = open_database(database_url, surroundings, SERVICE)
    await database.write(ask_everybody)
    due = await database.write(let_all_have_received)
    gateways = Gateways(mail=(), sms=(Scripted(window=16),))
    worker = Watched(database, Courier(database, gateways, WORDINGS, "https://oen.example", "w"))
    await worker.until_all()
    again = await database.read(deliveries_of_the_second_wave)
    await database.close()
    late = sorted(at - due[member].timestamp() for member, at in worker.asked_at.items())
    with capsys.disabled():
        sys.stdout.write(
            f"\n{PARTNERS} partners asked again within {SPREAD.total_seconds():.0f} s by {len(worker.acts)} timers "
            f"(the longest act {max(worker.acts):.2f} s): late p50 {late[PARTNERS // 2]:.2f} s, "
            f"p99 {late[PARTNERS * 99 // 100]:.2f} s (aim {AIM:.0f} s), at most {late[-1]:.2f} s"
        )
    assert late[0] >= 0.0
    assert again == PARTNERS


def ask_everybody(session: Session) -> None:
    terms = Terms(wave_cover=1000.0, wave_minimum=len(CODES))
    world = worlds.build(session, codes=CODES, coordinator=CODES[0], hit={}, terms=terms)
    session.flush()
    actor = actor_of_person(session, world.people[CODES[0], "disaster"], 1)
    assert actor is not None
    draft = {
        "incident": world.incident,
        "group": world.group,
        "requester": CODES[0],
        "lines": [{"kind": "pc", "quantity": 60}],
        "priority": 1,
    }
    requests.file(session, actor, RequestDraft.model_validate(draft))
    # What went out first is not what is measured
    session.execute(update(Delivery).values(state="accepted", finished_at=clock.now(session)))


def let_all_have_received(session: Session) -> Mapping[str, datetime]:
    """Leave what receipts leave, each at its own moment; return when each is to be asked again."""
    request = session.scalars(select(Ask.request_id).limit(1)).one()
    asked = session.scalars(select(Ask.member_id).order_by(Ask.member_id)).all()
    assert len(asked) == PARTNERS
    first = clock.now(session) + timedelta(seconds=1)
    due = {member: first + SPREAD * number / PARTNERS for number, member in enumerate(asked)}
    for member, again_at in due.items():
        session.execute(update(Ask).where(Ask.member_id == member).values(again_at=again_at))
    timers.reschedule(session, AGAIN, request, first)
    return due


def asked_again(session: Session) -> list[str]:
    return list(session.scalars(select(Ask.member_id).where(Ask.repeats > 0)))


def deliveries_of_the_second_wave(session: Session) -> int:
    """Return how many partners were sent something by a reminder."""
    return session.scalar(select(func.count(Delivery.member.distinct())).where(Delivery.wave > 1)) or 0
