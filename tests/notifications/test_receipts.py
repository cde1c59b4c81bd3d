"""Receipts: stored, then handled; late, twice, in any order, of nothing we sent; failed opens the delivery again."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from foundation.clock import ManualClock
from notifications import actions, receipts
from notifications.gateways.base import Outcome, Verdict
from notifications.gateways.calling import Fate, Report
from notifications.gateways.opening import Gateways
from notifications.models import Attempt, Delivery, Receipt
from service.sweeping import DAY, RULES
from tests.notifications.alerting import Scripted, addressee, attempts, courier, raise_alert, states
from tests.notifications.conftest import Room


def ids(session: Session) -> list[str]:
    return list(session.scalars(select(Attempt.id).order_by(Attempt.number)))


def results(session: Session) -> list[str | None]:
    return list(session.scalars(select(Receipt.result).order_by(Receipt.subject, Receipt.id)))


def fates(session: Session) -> list[str | None]:
    return list(session.scalars(select(Attempt.fate).order_by(Attempt.number)))


def due_at(session: Session) -> datetime:
    return session.scalars(select(Delivery.due_at)).one()


async def sent(room: Room) -> str:
    await room.database.write(raise_alert)
    await room.sent()
    return (await room.database.read(ids))[-1]


async def report(room: Room, attempt: str, *words: str, secret: str = "s3cret", answer: str = "NACK/") -> int:
    for word in words:
        fields = {"attempt": attempt, "type": word, "answer": answer}
        response = await room.client.get(f"/hooks/sms/scripted/{secret}/receipt", params=fields)
    return response.status_code


def two_routes(room: Room) -> tuple[Scripted, Scripted]:
    first, second = room.phone, Scripted("second")
    room.app.state.gateways = Gateways(mail=(), sms=(first, second))
    return first, second


@pytest.mark.parametrize(
    ("words", "state", "handled"),
    [
        (["8", "1"], "delivered", ["no_news", "raised"]),
        (["8", "2"], "due", ["no_news", "reopened"]),
        (["16"], "due", ["reopened"]),
        (["34"], "due", ["reopened"]),
        (["1", "1", "8", "2"], "delivered", ["raised", "no_news", "no_news"]),
        (["2", "1"], "delivered", ["reopened", "raised"]),
        (["2", "2", "16"], "due", ["reopened", "no_news"]),
        (["8", "4", "?"], "accepted", ["no_news"] * 3),
    ],
)
async def test_receipts_raise_what_is_known_in_whatever_order_they_come(
    room: Room, words: list[str], state: str, handled: list[str]
) -> None:
    assert await report(room, await sent(room), *words) == 200
    assert await room.database.read(states) == [state]
    assert await room.database.read(results) == handled


async def test_a_receipt_of_nothing_we_sent_changes_nothing(room: Room) -> None:
    await sent(room)
    assert await report(room, "somebody-elses", "1") == 200
    assert await room.database.read(states) == ["accepted"]
    assert await room.database.read(results) == ["foreign"]


async def test_a_receipt_that_names_nothing_is_answered_and_left(room: Room) -> None:
    assert (await room.client.post("/hooks/sms/scripted/s3cret/receipt", content=b"\xff")).status_code == 200
    headers = {"Content-Type": "application/json"}
    for body in (b"[", b"[1, {}]", b'{"type": {"a": 1}}'):
        answer = await room.client.post("/hooks/sms/scripted/s3cret/receipt", content=body, headers=headers)
        assert answer.status_code == 200
    assert await room.database.read(results) == []


async def test_a_receipt_of_another_gateway_is_foreign(room: Room) -> None:
    attempt = await sent(room)
    two_routes(room)
    await room.client.get("/hooks/sms/second/s3cret/receipt", params={"attempt": attempt, "type": "1"})
    assert await room.database.read(states) == ["accepted"]
    assert await room.database.read(results) == ["foreign"]


async def test_a_receipt_under_a_wrong_secret_is_not_found(room: Room) -> None:
    assert await report(room, await sent(room), "1", secret="guess") == 404
    assert await room.database.read(states) == ["accepted"]
    assert await room.database.read(results) == []


async def test_a_provider_may_post_a_form(room: Room) -> None:
    attempt = await sent(room)
    form = {"attempt": attempt, "type": "1"}
    await room.client.post("/hooks/sms/scripted/s3cret/receipt", data=form)
    assert await room.database.read(states) == ["delivered"]


async def test_several_receipts_may_come_in_one_call(room: Room) -> None:
    await room.database.write(raise_alert, *(addressee(number) for number in range(3)))
    await room.sent()
    rows = [{"attempt": each, "type": 1} for each in await room.database.read(ids)]
    await room.client.post("/hooks/sms/scripted/s3cret/receipt", json=rows)
    assert await room.database.read(states) == ["delivered"] * 3


async def test_what_did_not_get_through_goes_out_by_another_provider_at_once(room: Room) -> None:
    first, second = two_routes(room)
    await room.database.write(raise_alert)
    worker = courier(room.database, first, second)
    await worker.drain()
    await report(room, (await room.database.read(ids))[0], "2")
    await worker.drain()
    assert await room.database.read(attempts) == [(1, "scripted", "accepted"), (2, "second", "accepted")]
    assert first.messages[0].text == second.messages[0].text
    # Late news of the first try: it arrived after all
    await report(room, (await room.database.read(ids))[0], "1")
    assert await room.database.read(states) == ["delivered"]
    assert await room.database.read(fates) == ["delivered", None]


async def test_a_phone_that_no_provider_reaches_is_given_time(room: Room, clock: ManualClock) -> None:
    first, second = two_routes(room)
    await room.database.write(raise_alert)
    worker = courier(room.database, first, second)
    waited: list[timedelta] = []
    for _ in range(6):
        assert await worker.drain() == 1
        attempt, gateway = (await room.database.read(ids))[-1], (await room.database.read(attempts))[-1][1]
        await room.client.get(f"/hooks/sms/{gateway}/s3cret/receipt", params={"attempt": attempt, "type": "2"})
        now = clock.now()
        due = await room.database.read(due_at)
        waited.append(due - now)
        clock.advance(waited[-1])
    minutes = timedelta(minutes=1)
    assert [each / minutes for each in waited] == [0, 5, 30, 120, 360, 360]


async def test_receipts_that_come_at_once_end_as_if_one_by_one(room: Room) -> None:
    await room.database.write(raise_alert, *(addressee(number) for number in range(6)))
    await room.sent()
    sent = await room.database.read(ids)
    said = [report(room, attempt, word) for attempt in sent for word in ("2", "16", "1", "8", "1")]
    assert set(await asyncio.gather(*said)) == {200}
    assert await room.database.read(states) == ["delivered"] * 6
    assert None not in await room.database.read(results)


async def test_an_old_tries_failure_does_not_disturb_the_newer(room: Room) -> None:
    first, second = two_routes(room)
    first.answer = lambda _: Outcome(Verdict.UNKNOWN, code="timeout")
    await room.database.write(raise_alert)
    await courier(room.database, first, second).drain()
    await report(room, (await room.database.read(ids))[0], "2")
    assert await room.database.read(states) == ["accepted"]
    assert await room.database.read(results) == ["late"]
    assert await room.database.read(fates) == ["failed", None]


async def test_a_number_that_does_not_exist_is_not_tried_again(room: Room) -> None:
    attempt = await sent(room)
    await report(room, attempt, "16", answer="NACK/11/Invalid Destination Address")
    assert await room.database.read(states) == ["failed"]
    assert await room.database.read(fates) == ["dead"]


async def test_the_dead_number_of_a_delivery_that_waits_ends_it(room: Room) -> None:
    attempt = await sent(room)
    await report(room, attempt, "2")
    await report(room, attempt, "18", answer="NACK/11/")
    assert await room.database.read(states) == ["failed"]
    assert await room.database.read(results) == ["reopened", "raised"]


def answered(session: Session) -> None:
    actions.mark_answered(session, topics=["request-1"], member="m1")


def closed(session: Session) -> None:
    actions.close_alert(session, kind="request", topic="request-1")


def stood_down(session: Session) -> None:
    actions.take_back(session, topic="request-1", members=["m1"])


@pytest.mark.parametrize("end", [answered, closed, stood_down])
async def test_nobody_is_bothered_again_who_has_answered_or_is_not_asked_any_more(
    room: Room, end: Callable[[Session], None]
) -> None:
    attempt = await sent(room)
    await room.database.write(end)
    await report(room, attempt, "2")
    assert await room.database.read(states) == ["failed"]


async def test_past_its_deadline_a_message_that_failed_has_failed(room: Room, clock: ManualClock) -> None:
    attempt = await sent(room)
    clock.advance(actions.DEADLINE)
    await report(room, attempt, "2")
    assert await room.database.read(states) == ["failed"]


async def test_a_failure_that_comes_before_its_sending_is_recorded_waits_for_it(
    room: Room, clock: ManualClock
) -> None:
    attempt = await sent(room)

    def not_recorded(session: Session) -> None:
        leased = {"state": "leased", "leased_until": clock.now() + timedelta(seconds=45), "leased_by": "w"}
        session.execute(update(Delivery).values(leased))
        session.execute(update(Attempt).values(state="posting"))

    def recorded(session: Session) -> None:
        session.execute(update(Delivery).values(state="accepted", leased_until=None, leased_by=None))
        session.execute(update(Attempt).values(state="accepted"))

    await room.database.write(not_recorded)
    await report(room, attempt, "2")
    assert await room.database.read(results) == [None]
    await room.database.write(recorded)
    await housekeeping(room, clock)
    assert await room.database.read(results) == ["reopened"]


async def housekeeping(room: Room, clock: ManualClock, after: timedelta = timedelta(seconds=11)) -> None:
    clock.advance(after)
    for receipt, _ in await room.database.read(receipts.unhandled):
        await receipts.settle(room.database, receipt, routes=1)


async def test_a_receipt_by_the_providers_id_may_come_before_that_id_is_known(room: Room, clock: ManualClock) -> None:
    await sent(room)
    early, never = Report("done", Fate.DELIVERED, provider_id="k1"), Report("done", Fate.FAILED, provider_id="k2")
    await receipts.receive(room.database, "scripted", [early, never], routes=1)
    assert await room.database.read(results) == [None, None]

    def known(session: Session) -> None:
        session.execute(update(Attempt).values(provider_id="k1"))

    await room.database.write(known)
    await housekeeping(room, clock)
    assert await room.database.read(results) == ["raised", None]
    await housekeeping(room, clock, timedelta(minutes=11))
    assert await room.database.read(results) == ["raised", "foreign"]


async def test_an_id_that_a_provider_gave_twice_names_neither(room: Room, clock: ManualClock) -> None:
    await room.database.write(raise_alert, addressee(1), addressee(2))
    await room.sent()
    await receipts.receive(room.database, "scripted", [Report("2", Fate.FAILED, provider_id="p")], routes=1)
    await housekeeping(room, clock, timedelta(minutes=11))
    assert await room.database.read(states) == ["accepted"] * 2
    assert await room.database.read(results) == ["foreign"]


async def test_a_receipt_left_over_by_a_crash_is_handled_later(room: Room, clock: ManualClock) -> None:
    attempt = await sent(room)
    await room.database.write(receipts.store, "scripted", [Report("1", Fate.DELIVERED, attempt=attempt)])
    assert await room.database.read(states) == ["accepted"]
    await housekeeping(room, clock)
    assert await room.database.read(states) == ["delivered"]


async def test_a_receipt_that_breaks_its_handling_holds_up_no_other(
    room: Room, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = await sent(room)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(receipts, "report", broken)
        await report(room, attempt, "1")
    assert await room.database.read(receipts.unhandled) == []
    await housekeeping(room, clock, timedelta(minutes=6))
    assert await room.database.read(states) == ["delivered"]


async def test_handled_receipts_are_kept_for_ninety_days(room: Room, clock: ManualClock) -> None:
    (rule,) = [each for each in RULES if each.table is Receipt]
    await report(room, await sent(room), "8", "1")
    await room.database.write(receipts.store, "scripted", [Report("1", Fate.DELIVERED, provider_id="later")])
    clock.advance(89 * DAY)
    assert await room.database.write(rule.sweep) == 0
    clock.advance(2 * DAY)
    assert await room.database.write(rule.sweep) == 2
    assert await room.database.read(results) == [None]


@pytest.mark.parametrize(("number", "state"), [(1, "failed"), (2, "due")])
async def test_what_was_told_anew_is_not_said_again_in_its_old_words(room: Room, number: int, state: str) -> None:
    """A correction went to the person of number 1; another person's counts for nobody else."""
    attempt = await sent(room)

    def correct(session: Session) -> None:
        actions.raise_alert(
            session,
            kind="request",
            topic="request-1",
            facts={"what": "訂正"},
            addressees=[addressee(number)],
            wave=2,
            is_correction=True,
        )

    await room.database.write(correct)
    await report(room, attempt, "2")
    assert sorted(await room.database.read(states)) == sorted([state, "due"])
