import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from notifications.gateways.base import Outcome, Verdict
from notifications.models import Attempt
from tests.notifications.alerting import ACCEPTED, raise_alert, states
from tests.notifications.conftest import Room


def only_attempt(session: Session) -> str:
    return session.scalars(select(Attempt.id)).one()


async def sent(room: Room) -> str:
    await room.database.write(raise_alert)
    await room.sent()
    return await room.database.read(only_attempt)


async def report(room: Room, attempt: str, *words: str, secret: str = "s3cret") -> int:
    for word in words:
        fields = {"attempt": attempt, "type": word, "answer": "NACK/"}
        answer = await room.client.get(f"/hooks/sms/scripted/{secret}/receipt", params=fields)
    return answer.status_code


@pytest.mark.parametrize(
    ("words", "state"),
    [
        (["8", "1"], "delivered"),
        (["8", "2"], "failed"),
        (["16"], "failed"),
        (["1", "1", "8", "2"], "delivered"),
        (["2", "1"], "delivered"),
        (["8", "4", "?"], "accepted"),
    ],
)
async def test_receipts_raise_what_is_known_in_whatever_order_they_come(
    room: Room, words: list[str], state: str
) -> None:
    assert await report(room, await sent(room), *words) == 200
    assert await room.database.read(states) == [state]


async def test_a_carrier_may_refuse_before_the_yes_is_recorded(room: Room) -> None:
    await room.database.write(raise_alert)
    room.phone.gate = asyncio.Event()
    sending = asyncio.create_task(room.sent())
    await room.phone.came()
    await report(room, room.phone.messages[0].attempt, "16")
    room.phone.gate.set()
    await sending
    assert await room.database.read(states) == ["failed"]


async def test_the_failure_of_an_earlier_try_says_nothing_of_the_last(room: Room) -> None:
    await room.database.write(raise_alert)
    room.phone.answer = lambda _: Outcome(Verdict.UNKNOWN, code="timeout")
    await room.sent()
    room.phone.answer = lambda _: ACCEPTED
    room.clock.advance(timedelta(minutes=1))
    await room.sent()
    first, last = (message.attempt for message in room.phone.messages)
    await report(room, first, "2")
    assert await room.database.read(states) == ["accepted"]
    await report(room, last, "2")
    assert await room.database.read(states) == ["failed"]


async def test_a_receipt_of_nothing_we_sent_changes_nothing(room: Room) -> None:
    await sent(room)
    assert await report(room, "somebody-elses", "1") == 200
    assert await room.database.read(states) == ["accepted"]


async def test_a_receipt_under_a_wrong_secret_is_not_found(room: Room) -> None:
    assert await report(room, await sent(room), "1", secret="guess") == 404
    assert await room.database.read(states) == ["accepted"]


async def test_a_provider_may_post_a_form(room: Room) -> None:
    attempt = await sent(room)
    form = {"attempt": attempt, "type": "1"}
    await room.client.post("/hooks/sms/scripted/s3cret/receipt", data=form)
    assert await room.database.read(states) == ["delivered"]
