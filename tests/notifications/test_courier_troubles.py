"""One odd answer, one bad row or one deaf listener: all other messages go on."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from foundation.clock import ManualClock
from foundation.database import SERVICE, Database, Surroundings, open_database
from foundation.leases import LEASE
from foundation.sealing import Keyring
from notifications import queries
from notifications.events import DeliveriesChanged, DeliveryStatus
from notifications.gateways.base import LONGEST_SEND, Message, Outcome, Verdict
from notifications.models import Attempt, Delivery, Question
from notifications.slots import UNRECORDED
from tests.notifications.alerting import ACCEPTED, Scripted, addressee, attempts, courier, raise_alert, states

ODD = "2.0.0 Ok \udcff\x00\r\n" + "x" * 500


def words(session: Session) -> list[tuple[str | None, str | None]]:
    return [(row.provider_id, row.code) for row in session.execute(select(Attempt.provider_id, Attempt.code))]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("250 queued as 4F", "250 queued as 4F"),
        ("a\udcffb", "a?b"),
        ("a\x00\r\nb\x85c\u2028", "a b c"),
        ("髙" * 300, "髙" * 200),
        ("\x00", None),
        (None, None),
    ],
)
def test_a_providers_words_are_made_fit_to_be_kept(said: str | None, kept: str | None) -> None:
    outcome = Outcome(Verdict.ACCEPTED, said, said)
    assert (outcome.provider_id, outcome.code) == (kept, kept)


@pytest.mark.parametrize(
    ("asked", "kept"), [(90.0, 90.0), (-1.0, 0.0), (1e300, 3600.0), (float("inf"), 3600.0), (float("nan"), None)]
)
def test_a_provider_may_ask_for_an_hour_at_most(asked: float, kept: float | None) -> None:
    assert Outcome(Verdict.TEMPORARY, retry_after=asked).retry_after == kept


async def test_a_gateway_that_talks_nonsense_is_recorded_like_any_other(database: Database) -> None:
    await database.write(raise_alert, *(addressee(number) for number in range(6)))
    await courier(database, Scripted(answer=lambda _: Outcome(Verdict.ACCEPTED, ODD, ODD))).drain()
    assert await database.read(states) == ["accepted"] * 6
    assert {len(said or "") for pair in await database.read(words) for said in pair} == {198}


async def test_a_result_that_cannot_be_kept_is_kept_without_its_words(database: Database) -> None:
    def answer(message: Message) -> Outcome:
        outcome = Outcome(Verdict.ACCEPTED, "fine")
        if message.to.endswith("3"):
            object.__setattr__(outcome, "provider_id", "\udcff")  # as if a driver were stricter than the cleaning
        return outcome

    await database.write(raise_alert, *(addressee(number) for number in range(6)))
    phone = Scripted(answer=answer)
    await courier(database, phone).drain()
    assert await database.read(states) == ["accepted"] * 6
    assert sorted(await database.read(words), key=str) == [("fine", None)] * 5 + [(None, None)]
    assert len(phone.messages) == 6


async def test_a_listener_that_breaks_the_transaction_costs_only_its_own_news(
    database_url: str, clock: ManualClock
) -> None:
    heard: list[str] = []

    def listen(session: Session, event: DeliveriesChanged) -> None:
        if any(change.member == "m3" for change in event.changes):
            session.execute(text("SELECT * FROM no_such_table"))
        heard.extend(change.member for change in event.changes)

    surroundings = Surroundings(Keyring(bytes(range(32))), clock, {DeliveriesChanged: listen})
    database = open_database(database_url, surroundings, SERVICE)
    await database.write(raise_alert, *(addressee(number, member=f"m{number}") for number in range(6)))
    phone = Scripted()
    await courier(database, phone).drain()
    assert await database.read(states) == ["accepted"] * 6
    await database.close()
    assert sorted(set(heard)) == ["m0", "m1", "m2", "m4", "m5"]
    assert len(phone.messages) == 6


def spoil(session: Session, what: str) -> None:
    if what == "sealed":
        first = select(Delivery.id).order_by(Delivery.name).limit(1).scalar_subquery()
        session.execute(update(Delivery).where(Delivery.id == first).values(address_sealed=b"not sealed at all"))
    else:
        session.execute(update(Question).where(Question.wave == 1).values(lines=[{"label": "of an older release"}]))


@pytest.mark.parametrize("what", ["sealed", "text"])
async def test_a_bad_row_is_set_aside_with_its_reason(database: Database, what: str) -> None:
    await database.write(raise_alert, addressee(1))
    await database.write(raise_alert, addressee(2, member="m2"), wave=2)
    await database.write(spoil, what)
    phone = Scripted()
    await courier(database, phone).drain()
    assert [message.to[-1] for message in phone.messages] == ["2"]
    items = (await database.read(queries.deliveries_of, ["request-1"], None)).items
    assert [(each.status, each.reason) for each in items] == [
        (DeliveryStatus.FAILED, what),
        (DeliveryStatus.ACCEPTED, None),
    ]


class Stalling:
    """A database whose commits stall from the third recording on, until `gate` is set."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.gate = asyncio.Event()
        self.stalled = asyncio.Event()
        self.recordings = 0

    async def write(self, work: Any, brought: Any, *rest: Any) -> Any:
        self.recordings += bool(brought.finished)
        if self.recordings > 2:
            self.stalled.set()
            await self.gate.wait()
        return await self.database.write(work, brought, *rest)

    async def read(self, *work: Any) -> Any:
        return await self.database.read(*work)


async def test_only_so_many_are_sent_beyond_what_is_recorded(database: Database) -> None:
    await database.write(raise_alert, *(addressee(number) for number in range(60)))
    phone = Scripted(window=4, answer=lambda _: ACCEPTED)
    stalling = Stalling(database)
    running = asyncio.create_task(courier(stalling, phone).drain())  # type: ignore[arg-type]  # what the courier uses of it
    async with asyncio.timeout(10):
        await stalling.stalled.wait()
    await asyncio.sleep(0.1)
    unrecorded = len(phone.messages) - (await database.read(states)).count("accepted")
    stalling.gate.set()
    assert await running == 60
    assert 4 < unrecorded <= UNRECORDED < 60, "sending went on while the database stalled, but not for ever"
    assert phone.most_at_once <= 4


class Late:
    """A database whose next commit comes so many seconds after its work, as beside a long import."""

    def __init__(self, database: Database, clock: ManualClock, seconds: float) -> None:
        self.database = database
        self._clock = clock
        self._seconds = seconds

    async def write(self, *work: Any) -> Any:
        done = await self.database.write(*work)
        loop, late, self._seconds = asyncio.get_running_loop(), self._seconds, 0.0
        self._clock.advance(timedelta(seconds=late))
        now = loop.time
        loop.time = lambda: now() + late  # type: ignore[method-assign]  # the loop's own clock goes on with the wall's
        return done

    async def read(self, *work: Any) -> Any:
        return await self.database.read(*work)


@pytest.mark.parametrize("late", [60.0, LEASE.total_seconds() - LONGEST_SEND - 1])
async def test_what_was_claimed_by_a_late_commit_is_not_sent_twice(
    database: Database, clock: ManualClock, late: float
) -> None:
    """Its lease has run out, or would while it is sent: it is left alone, and sent by whoever claims it next."""
    await database.write(raise_alert, addressee(1))
    phone = Scripted()
    slow = courier(Late(database, clock, late), phone)  # type: ignore[arg-type]  # what the courier uses of it
    await slow.drain()
    sent_by_the_slow = len(phone.messages)
    clock.advance(LEASE)
    await courier(database, phone, worker="w2").drain()
    assert (sent_by_the_slow, len(phone.messages)) == ((1, 1) if late > LEASE.total_seconds() else (0, 1))
    assert await database.read(attempts) == [(1, "scripted", "unknown"), (2, "scripted", "accepted")]
