"""One request that asks every municipality of Japan, by a real Kannel that sends 200 messages a second."""

import asyncio
import sys
import time
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agreements import directory
from agreements.terms import Terms
from notifications.models import Attempt, Delivery
from tests.deep import kannel
from tests.deep.carrier import Carrier
from tests.deep.kannel import through_kannel
from tests.deep.running import Place, Process, asking

pytestmark = [
    pytest.mark.deep,
    pytest.mark.skipif(kannel.missing() is not None, reason=f"real Kannel: {kannel.missing()}"),
]

CODES = [each.code for each in directory.municipalities()]
SMS = 2 * (len(CODES) - 1)
AIM = 30.0
ALARM = 2 * AIM
"""Seconds. A machine that does something else meanwhile may miss the aim; only what is far beyond it is a defect."""
PATIENCE = 240.0


async def test_every_municipality_is_reached_within_half_a_minute(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    carrier = Carrier()
    place = Place(database_url, tmp_path)
    async with through_kannel(place, carrier):
        terms = Terms(wave_cover=1000.0, wave_minimum=len(CODES), planning_from=0)
        world, token = await place.build(CODES[0], codes=CODES, coordinator=CODES[0], hit={}, terms=terms)
        processes = [Process(place, "serve"), *([] if place.is_embedded else [Process(place, "worker")])]
        await processes[0].come_up()
        for each in processes[1:]:
            await each.start()
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=place.base, headers=headers, timeout=PATIENCE) as client:
            draft = asking(world, requester=CODES[0])
            answer = await client.post("/api/requests", json=draft)
            assert answer.status_code == 201, answer.text
            posted_at = time.time()
        for _ in range(int(PATIENCE * 5)):
            if len(carrier.texts) >= SMS:
                break
            await asyncio.sleep(0.2)
        all_out = time.time() - posted_at
        for each in processes:
            await each.stop()
    async with place.opened() as database:
        handed_over, states = await database.read(_handed_over)
    first, last = (instant - posted_at for instant in handed_over)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(CODES) - 1} municipalities, {SMS} SMS and as many mails: first contact of all handed over "
            f"{first:.1f} s after the answer to the POST (aim {AIM:.0f} s), the last message {last:.1f} s, "
            f"on phones {all_out:.1f} s"
        )
    assert set(states) <= {"accepted", "delivered"}
    assert len({to for to, _ in carrier.texts}) == SMS
    assert first < ALARM


def _handed_over(session: Session) -> tuple[tuple[float, float], list[str]]:
    """Return when (epoch seconds) the last municipality's first SMS and the last SMS of all were taken over."""
    sms = select(func.min(Attempt.finished_at)).join(Delivery).where(Delivery.channel == "sms")
    firsts = sms.where(Attempt.state == "accepted").group_by(Delivery.recipient_id)
    last = session.scalar(select(func.max(Attempt.finished_at)))
    assert last
    states = session.scalars(select(Delivery.state).distinct())
    return (max(session.scalars(firsts)).timestamp(), last.timestamp()), list(states)
