"""The life of deliveries as a model: workers that claim, send, crash and come late, receipts, answers and time."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from foundation.clock import ManualClock
from foundation.database import Database
from foundation.leases import LEASE
from notifications import actions, outbox, providers, receipts
from notifications.claiming import Parcel, Want
from notifications.gateways.base import Outcome, Verdict
from notifications.gateways.calling import Fate, Report
from notifications.models import Alert, Attempt, Delivery, Provider, Question, Receipt, Recipient, ReplyCode
from notifications.outbox import Turn
from notifications.recording import Sent
from notifications.rendering import Voice
from tests.notifications.alerting import WORDINGS, Scripted, addressee, raise_alert
from tests.stateful import run_model

VOICE = Voice(WORDINGS, "https://oen.example", "")
GATEWAYS = (Scripted("first"), Scripted("second"))
PEERS = ("first", "second")
OUTCOMES = (
    Outcome(Verdict.ACCEPTED, "p"),
    Outcome(Verdict.TEMPORARY, code="connect"),
    Outcome(Verdict.TEMPORARY, code="429", retry_after=60.0),
    Outcome(Verdict.UNKNOWN, code="disconnected"),
    Outcome(Verdict.PERMANENT, code="550"),
)
PENDING = {"due", "leased"}
RANKS = {"due": 0, "leased": 0, "superseded": 1, "expired": 1, "accepted": 2, "failed": 3, "delivered": 4}
STEPS = {"claimed": 0, "posting": 1}
"""All other states of an attempt are its end."""
ENDED = 2


def clear(session: Session) -> None:
    """Leave nothing of the story before: its ids come again, and a receipt that was kept would count as a repeat."""
    for table in (Receipt, Attempt, Delivery, Recipient, Question, ReplyCode, Alert, Provider):
        session.execute(delete(table))


def deliveries(session: Session) -> dict[str, Any]:
    columns = Delivery.id, Delivery.state, Delivery.attempt, Delivery.tries, Delivery.deadline_at
    return {row.id: row for row in session.execute(select(*columns))}


def attempts(session: Session) -> dict[str, Any]:
    columns = Attempt.id, Attempt.delivery_id, Attempt.number, Attempt.state, Attempt.gateway
    return {row.id: row for row in session.execute(select(*columns))}


def open_to(session: Session) -> dict[str, tuple[bool, bool]]:
    """Tell of each gateway whether messages may go to it, and whether a probe may."""
    known, now = providers.look(session), session.info["now"]
    conditions = {name: providers.condition_of(known.get(name)) for name in PEERS}
    return {name: (each.is_open_to(now), each.is_probe_due(now)) for name, each in conditions.items()}


class DeliveryLife(RuleBasedStateMachine):
    """One step is one transaction of some worker, provider or person."""

    run: Callable[..., Any]
    clock: ManualClock
    seen: Callable[[object], None] = staticmethod(lambda _: None)
    held: Bundle[Parcel] = Bundle("held")

    @initialize(target=held)
    def begin(self) -> Any:
        # Rows sort by their ids, and a story told again has to be the same
        numbers = itertools.count()

        def new_id() -> str:
            return f"{next(numbers):08x}-0000-7000-8000-000000000000"

        self.ids = [
            patch("notifications.actions.new_id", new_id),
            patch("notifications.claiming.new_ids", lambda count: [new_id() for _ in range(count)]),
        ]
        for each in self.ids:
            each.start()
        self.run(clear)
        self.raised, self.workers = 0, 0
        self.ranks: dict[str, int] = {}
        self.steps: dict[str, int] = {}
        self.sent: dict[str, str] = {}
        self.raise_alert(count=4)
        return self.claim(rooms=(2, 1), worker="w1")

    @rule(count=st.integers(1, 4))
    def raise_more(self, count: int) -> None:
        self.raise_alert(count)

    def raise_alert(self, count: int) -> None:
        people = [addressee(number, member=f"m{number}") for number in range(count)]
        self.run(raise_alert, *people, topic=f"request-{self.raised}")
        self.raised += count

    @rule(target=held, rooms=st.tuples(st.integers(1, 4), st.integers(0, 4)), worker=st.sampled_from(["w1", "w2"]))
    def claim_more(self, rooms: tuple[int, int], worker: str) -> Any:
        return self.claim(rooms, worker)

    def claim(self, rooms: tuple[int, int], worker: str) -> Any:
        may = self.run(open_to)
        wants = [Want(gateway, room) for gateway, room in zip(GATEWAYS, rooms, strict=True)]
        parcels = self.run(outbox.turn, Turn(wants=wants), worker, VOICE).parcels
        for name, (is_open, may_probe) in may.items():
            own = [parcel for parcel in parcels if parcel.gateway.name == name]
            assert is_open or len(own) <= int(may_probe), "only a probe goes to one whose breaker is open"
        return multiple(*parcels)

    @rule(parcel=consumes(held), outcome=st.sampled_from(OUTCOMES), jitter=st.floats(0, 1))
    def send(self, parcel: Parcel, outcome: Outcome, jitter: float) -> None:
        """Whoever holds it sends it, in time or long after its lease."""
        if not parcel.is_posting:
            self.run(outbox.turn, Turn(posting=[parcel.attempt]), "w1", VOICE)
        before = self.run(deliveries)[parcel.delivery.id]
        self.run(outbox.turn, Turn([Sent(parcel, outcome, jitter, 0.0, PEERS)]), "w1", VOICE)
        now = self.run(deliveries)[parcel.delivery.id]
        if before.attempt != parcel.delivery.attempt:
            assert now == before, "somebody else has claimed it since"
        elif outcome.verdict is Verdict.ACCEPTED and before.state in {"leased", "superseded"}:
            assert now.state == "accepted"
        self.sent[parcel.attempt] = parcel.gateway.name

    @rule(parcel=consumes(held))
    def give_back(self, parcel: Parcel) -> None:
        before = self.run(deliveries)[parcel.delivery.id]
        self.run(outbox.turn, Turn(returned=[parcel]), "w1", VOICE)
        assert self.run(deliveries)[parcel.delivery.id].tries == before.tries, "it was not tried"

    @rule(parcel=consumes(held))
    def crash(self, parcel: Parcel) -> None:
        """Nobody ever hears of it again."""

    @rule(target=held)
    def take_for_dead(self) -> Any:
        """Whatever is held is claimed once more by another worker, and both hold it."""
        self.clock.advance(LEASE + timedelta(seconds=1))
        wants = [Want(gateway, 100) for gateway in GATEWAYS]
        return multiple(*self.run(outbox.turn, Turn(wants=wants), "w3", VOICE).parcels)

    @rule(seconds=st.sampled_from([1, 10, 1800, 4 * 86_400]))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))
        self.run(outbox.expire_overdue)

    @rule(data=st.data(), fate=st.sampled_from([Fate.DELIVERED, Fate.FAILED, Fate.DEAD]))
    def receipt(self, data: st.DataObject, fate: Fate) -> None:
        if not self.sent:
            return
        attempt = data.draw(st.sampled_from(sorted(self.sent)))
        report = Report(fate.value, fate, attempt)
        for stored in self.run(receipts.store, self.sent[attempt], [report]):
            self.run(receipts.handle, stored, routes=2)
        if fate is not Fate.DELIVERED:
            # A failure reported after all may set a message back on its way
            self.ranks = {}

    @rule(member=st.sampled_from(["m0", "m1"]), topic=st.integers(0, 12))
    def answer(self, member: str, topic: int) -> None:
        before = self.run(deliveries)
        self.run(actions.mark_answered, topics=[f"request-{topic}"], member=member)
        changed = {row.state for key, row in self.run(deliveries).items() if row != before[key]}
        assert changed <= {"superseded"}

    @invariant()
    def nothing_is_lost_or_goes_back(self) -> None:
        if not hasattr(self, "raised"):
            return
        rows, tries = self.run(deliveries), self.run(attempts)
        assert len(rows) == self.raised
        self.seen(sorted((row.id, row.state, row.attempt, row.tries) for row in rows.values()))
        for row in rows.values():
            assert RANKS[row.state] >= self.ranks.get(row.id, 0), f"{row.state} after rank {self.ranks[row.id]}"
            self.ranks[row.id] = RANKS[row.state]
            own = [each for each in tries.values() if each.delivery_id == row.id]
            assert len({each.number for each in own}) == len(own) <= row.attempt
            assert row.tries <= len(own)
            unended = [each for each in own if each.state in STEPS and each.number == row.attempt]
            assert len(unended) <= 1
        for each in tries.values():
            step = STEPS.get(each.state, ENDED)
            assert step >= self.steps.get(each.id, 0), f"{each.state} after step {self.steps[each.id]}"
            self.steps[each.id] = step

    def teardown(self) -> None:
        """However it stands: once the providers are well, all that is not over yet goes out."""
        if not hasattr(self, "raised"):
            return
        try:
            self.everything_goes_out()
        finally:
            for each in self.ids:
                each.stop()

    def everything_goes_out(self) -> None:
        for _ in range(12):
            self.clock.advance(timedelta(minutes=31))
            wants = [Want(gateway, 100) for gateway in GATEWAYS]
            parcels = self.run(outbox.turn, Turn(wants=wants), "last", VOICE).parcels
            sent = [Sent(parcel, OUTCOMES[0], 0.0, 0.0, PEERS) for parcel in parcels]
            self.run(outbox.turn, Turn(sent), "last", VOICE)
        self.run(outbox.expire_overdue)
        left = self.run(waiting)
        assert left == 0, f"{left} still wait"


def waiting(session: Session) -> int:
    return session.scalar(select(func.count()).where(Delivery.state.in_(PENDING))) or 0


async def test_deliveries_live_by_the_model(database: Database, clock: ManualClock) -> None:
    await run_model(DeliveryLife, database, examples=6, steps=20, clock=clock)


async def test_the_same_draws_tell_the_same_story(database: Database, clock: ManualClock) -> None:
    """What follows from something that is not drawn can't be told again, nor made shorter."""
    stories: list[list[object]] = [[], []]
    for story in stories:
        own = {"clock": clock, "seen": story.append}
        await run_model(DeliveryLife, database, examples=6, steps=40, derandomizes=True, **own)
    assert stories[0]
    assert stories[0] == stories[1]


@pytest.mark.deep
async def test_deliveries_live_by_the_model_for_long(database: Database, clock: ManualClock) -> None:
    await run_model(DeliveryLife, database, examples=40, steps=40, clock=clock)
