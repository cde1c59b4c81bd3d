"""Received is not answered; what corrects goes before what it corrects."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifications import actions, reach
from notifications.gateways.base import Channel, Outcome, Verdict
from notifications.models import Recipient
from notifications.replies import Choice
from tests.notifications.alerting import LINES, Scripted, addressee, attempts, courier, raise_alert, states, token
from tests.notifications.conftest import Room


def recipient(session: Session) -> tuple[str, bool, bool]:
    row = session.scalars(select(Recipient).order_by(Recipient.member)).first()
    assert row is not None
    return row.state, row.received_at is not None, row.answered_at is not None


def raise_more(session: Session, *numbers: int, wave: int, what: str = "パソコン", **how: bool) -> None:
    actions.raise_alert(
        session,
        kind="request",
        topic="request-1",
        facts={"what": what},
        addressees=[addressee(number) for number in numbers],
        question=LINES,
        wave=wave,
        **how,
    )


async def test_a_receipt_settles_nothing(room: Room) -> None:
    await room.database.write(raise_alert, addressee(1), addressee(2))
    link = await room.database.read(token)
    receipt = await room.client.post(f"/api/answers/{link}", json={"decision": "received"})
    assert receipt.json()["is_taken"]
    assert [each.choice for each in room.heard] == [Choice.RECEIVED]
    assert await room.database.read(recipient) == ("waiting", True, False)
    assert await room.database.read(states) == ["due", "due"], "the other contacts are told all the same"
    form = (await room.client.get(f"/api/answers/{link}")).json()
    assert (form["state"], form["answer"]) == ("received", None)
    await room.client.post(f"/api/answers/{link}", json={"decision": "decline"})
    assert await room.database.read(recipient) == ("answered", True, True)
    assert await room.database.read(states) == ["superseded", "superseded"]


async def test_a_receipt_by_sms_takes_back_only_queued_reminders(room: Room) -> None:
    await room.database.write(raise_alert, addressee(1), addressee(2))
    (text, *_) = await room.sent()
    await room.database.write(raise_more, 1, 2, wave=2, is_repeat=True)
    await room.database.write(raise_more, 1, 2, 3, wave=3)
    await room.sms(f"{text.partition('返信')[2].split()[0]} 0")
    assert await room.database.read(recipient) == ("waiting", True, False)
    the_reply, *asked = await room.database.read(states)
    assert the_reply == "due"
    assert asked == ["accepted", "superseded", "due", "accepted", "superseded", "due", "due"]


async def test_an_answer_takes_back_its_own_members_messages_alone(room: Room) -> None:
    await room.database.write(raise_alert, addressee(1), addressee(2, member="m2"))
    await room.database.write(actions.mark_received, topic="request-1", member="m2")
    await room.database.write(actions.mark_answered, topics=["request-1"], member="m1")
    assert await room.database.read(states) == ["superseded", "due"]


async def test_a_correction_is_handed_over_before_hundreds_that_wait(room: Room) -> None:
    await room.database.write(raise_alert, *(addressee(number, member=f"m{number}") for number in range(2, 402)))
    await room.database.write(raise_alert, addressee(1, member="m1"), topic="older")
    room.clock.advance(timedelta(seconds=1))

    def correct(session: Session) -> None:
        to = [addressee(number, member=f"m{number}") for number in range(390, 402)]
        actions.raise_alert(
            session,
            kind="request",
            topic="request-1",
            facts={"what": "正しい数"},
            addressees=to,
            question=LINES,
            wave=2,
            is_correction=True,
        )

    await room.database.write(correct)
    phone = Scripted(window=500)
    await courier(room.database, phone).drain()
    said = [message.text.split()[0] for message in phone.messages]
    assert said[:12] == ["正しい数"] * 12
    assert len(said) == 401, "388 were never corrected, 12 were told nothing but the correction, 1 asks elsewhere"
    assert said.count("正しい数") == 12


async def test_a_more_urgent_question_still_goes_before_a_correction(room: Room) -> None:
    await room.database.write(raise_more, 1, wave=2, what="訂正", is_correction=True)
    await room.database.write(raise_alert, addressee(2), topic="life", priority=1, what="人命")
    assert [text.split()[0] for text in await room.sent()] == ["人命", "訂正"]


async def test_how_far_a_question_came_is_told_by_member(room: Room) -> None:
    to = addressee(1), addressee(2, member="m2"), addressee(3, member="m3"), addressee(4, channel=Channel.EMAIL)
    await room.database.write(raise_alert, *to)
    fates = {
        addressee(2).address: Outcome(Verdict.PERMANENT, code="5.1.1"),
        addressee(3).address: Outcome(Verdict.TEMPORARY, code="down"),
    }
    phone = Scripted(answer=lambda message: fates.get(message.to, Outcome(Verdict.ACCEPTED, "p")))
    await courier(room.database, phone).drain()
    found = await room.database.read(reach.standings, kind="request", topic="request-1")
    assert {member: each.is_unreachable for member, each in found.items()} == {"m1": False, "m2": True, "m3": False}
    tried = await room.database.read(reach.tried, kind="request", topic="request-1", members=["m2", "m3"])
    assert [(each.status.value, each.code, each.failing_since is not None) for each in tried["m2"]] == [
        ("failed", "5.1.1", False)
    ]
    assert [(each.status.value, each.code, each.failing_since is not None) for each in tried["m3"]] == [
        ("queued", "down", True)
    ]
    assert len(await room.database.read(attempts)) >= 3
