"""What the service makes of each fate that a carrier has for a message, through real processes and a real Kannel."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements import directory
from agreements.terms import Terms
from aid.requests.alerting import QUESTION
from foundation.sealing import unseal
from notifications import queries
from notifications.models import Alert, Answer, Attempt, Delivery, InboundMessage
from tests.deep import kannel
from tests.deep.carrier import BY_LAST_DIGIT, Carrier, Fate, by_last_digit
from tests.deep.kannel import through_kannel
from tests.deep.running import Place, as_operators_run_it, asking

pytestmark = [
    pytest.mark.deep,
    pytest.mark.skipif(kannel.missing() is not None, reason=f"real Kannel: {kannel.missing()}"),
]

CODES = [each.code for each in directory.municipalities()[:25]]
"""The last digits of their people's numbers run from 0 to 9, each five times."""
ASKER, COORDINATOR = CODES[0], CODES[1]
REQUESTS = 5
EVERYBODY = Terms(wave_cover=1000.0, wave_minimum=len(CODES), planning_from=0)
SETTLES_WITHIN = 120
QUIET = 10
ENDS: Mapping[Fate, set[str]] = {
    Fate.DELIVERED: {"delivered"},
    Fate.ANSWERED: {"delivered"},
    Fate.THROTTLED: {"delivered"},
    Fate.UNDELIVERED: {"due", "failed", "superseded"},
    Fate.EXPIRED: {"due", "failed", "superseded"},
    Fate.REFUSED: {"due", "failed", "superseded"},
    Fate.SILENT: {"accepted"},
}
"""What the record says of a delivery then; of silence it says no more than it knows.

What did not get through waits for another try, unless a colleague has answered for the member or the phone is gone.
"""


async def test_the_record_says_what_became_of_each_message(database_url: str, tmp_path: Path) -> None:
    carrier = Carrier(by_last_digit)
    place = Place(database_url, tmp_path)
    async with through_kannel(place, carrier):
        world, token = await place.build(
            ASKER, codes=CODES, coordinator=COORDINATOR, hit={ASKER: "6+"}, terms=EVERYBODY
        )
        async with as_operators_run_it(place) as client:
            client.headers["Authorization"] = f"Bearer {token}"
            requests = []
            for number in range(REQUESTS):
                draft = asking(world, requester=ASKER, reason=f"{number} 通目")
                answer = await client.post("/api/requests", json=draft)
                assert answer.status_code == 201, answer.text
                requests.append(answer.json()["id"])
            await settled(client, requests, carrier)
    async with place.opened() as database:
        ends, asked, answers = await database.read(looked_up)
    assert set(ends) == set(BY_LAST_DIGIT.values())
    assert {fate: set(states) - ENDS[fate] for fate, states in ends.items()} == {fate: set() for fate in ends}
    taken = Counter(by_last_digit(to) for to, _ in carrier.texts)
    # Both parts of each
    refused = sum(times for to, times in carrier.turned_away.items() if by_last_digit(to) is Fate.REFUSED)
    assert taken + Counter({Fate.REFUSED: refused // 2}) == {fate: each.total() for fate, each in ends.items()}
    assert sum(asked.values()) == REQUESTS * 2 * (len(CODES) - 1)
    assert set(asked.values()) == {REQUESTS}
    assert answers == carrier.answered == dict.fromkeys(answers, REQUESTS), "each answer to the request it names"


async def settled(client: httpx.AsyncClient, requests: list[str], carrier: Carrier) -> None:
    """Wait until all is sent and the carrier was left alone for longer than Kannel sleeps when it is throttled."""
    quiet, seen = 0, (0, 0, 0, Counter[str]())
    for _ in range(SETTLES_WITHIN):
        states: Counter[str] = Counter()
        for request in requests:
            page = (await client.get(f"/api/requests/{request}/deliveries")).json()
            # One that did not get through waits for its next try, and nothing happens meanwhile
            states.update("waits" if _waits_again(each) else each["status"] for each in page["items"])
        now = (len(carrier.texts), carrier.turned_away.total(), carrier.answered.total(), states)
        is_busy = states["queued"] or states["sending"]
        quiet = 0 if is_busy or now != seen else quiet + 1
        seen = now
        if quiet == QUIET:
            return
        await asyncio.sleep(1)
    pytest.fail(f"the carrier is never left alone: {seen}")


def _waits_again(delivery: Mapping[str, Any]) -> bool:
    return delivery["status"] == "queued" and delivery["attempts"] > 0


def looked_up(session: Session) -> tuple[dict[Fate, Counter[str]], Counter[str], Counter[str]]:
    """Return the states of the SMS by fate, and how often each number was asked and answered."""
    ends: dict[Fate, Counter[str]] = defaultdict(Counter)
    asked: Counter[str] = Counter()
    numbers: dict[str, str] = {}
    for row, kind in session.execute(select(Delivery, Alert.kind).join(Alert).where(Delivery.channel == "sms")):
        sealed = unseal(session, row.member, queries.ADDRESS, row.id, row.address_sealed)
        number = numbers[row.id] = sealed.lstrip("+")
        ends[by_last_digit(number)][row.state] += 1
        asked[number] += kind == QUESTION
    answers = session.execute(select(Answer.delivery_id, Delivery.alert_id).join(Delivery).distinct())
    assert session.scalar(select(InboundMessage.id).where(InboundMessage.result != "taken")) is None
    assert session.scalar(select(Attempt.id).where(Attempt.state == "posting")) is None
    return ends, +asked, Counter(numbers[delivery] for delivery, _ in answers)
