"""Whatever is promised and taken back, in any order: the ledger's sums hold and nothing is promised twice."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from foundation.database import Database
from inventory import stock
from inventory.errors import NotEnough, NotHeld
from inventory.models import Capability, StockMovement
from tests.inventory.factories import make_capability, make_group, make_member
from tests.stateful import run_model

REFERENCES = st.sampled_from(["a", "b", "c", "d"])
QUANTITIES = st.integers(min_value=1, max_value=12)


def prepare(session: Session, quantities: list[int]) -> tuple[str, str]:
    group = make_group(session)
    member = make_member(session, group)
    for quantity in quantities:
        make_capability(session, member, quantity=quantity)
    return group, member


def columns_and_sums(session: Session, member: str) -> list[tuple[int, int, int, int, int]]:
    rows = session.execute(
        select(
            Capability.quantity,
            Capability.held,
            Capability.committed,
            func.coalesce(func.sum(StockMovement.held), 0),
            func.coalesce(func.sum(StockMovement.committed), 0),
        )
        .outerjoin(StockMovement, StockMovement.capability_id == Capability.id)
        .where(Capability.member_id == member)
        .group_by(Capability.id)
    )
    return [(row[0], row[1], row[2], int(row[3]), int(row[4])) for row in rows]


class Ledger(RuleBasedStateMachine):
    """What is promised to whom, kept beside the database's own account of it."""

    run: Callable[..., Any]

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[str, int] = {}
        self.committed: dict[str, int] = {}

    @initialize(quantities=st.lists(QUANTITIES, min_size=1, max_size=3))
    def begin(self, quantities: list[int]) -> None:
        self.total = sum(quantities)
        self.group, self.member = self.run(prepare, quantities)

    @property
    def promised(self) -> int:
        return sum(self.held.values()) + sum(self.committed.values())

    def name(self, reference: str) -> str:
        return f"{self.member[-28:]}-{reference}"

    @rule(reference=REFERENCES, quantity=QUANTITIES)
    def hold(self, reference: str, quantity: int) -> None:
        wanted = {"member": self.member, "group": self.group, "kind": "pc", "quantity": quantity}
        free = self.total - self.promised
        if quantity <= free:
            self.run(stock.hold, reference=self.name(reference), **wanted)
            self.held[reference] = self.held.get(reference, 0) + quantity
        else:
            with pytest.raises(NotEnough) as refused:
                self.run(stock.hold, reference=self.name(reference), **wanted)
            assert refused.value.facts["available"] == free

    @rule(reference=REFERENCES, quantity=QUANTITIES)
    def commit(self, reference: str, quantity: int) -> None:
        held = self.held.get(reference, 0)
        if quantity <= held:
            self.run(stock.commit, reference=self.name(reference), quantity=quantity)
            self.held[reference] = 0
            self.committed[reference] = self.committed.get(reference, 0) + quantity
        else:
            with pytest.raises(NotHeld) as refused:
                self.run(stock.commit, reference=self.name(reference), quantity=quantity)
            assert refused.value.facts == {"held": held}

    @rule(reference=REFERENCES)
    def release(self, reference: str) -> None:
        self.run(stock.release, reference=self.name(reference))
        self.held.pop(reference, None)
        self.committed.pop(reference, None)

    @invariant()
    def sums_hold(self) -> None:
        rows = self.run(columns_and_sums, self.member) if hasattr(self, "member") else []
        for quantity, held, committed, held_moved, committed_moved in rows:
            assert (held, committed) == (held_moved, committed_moved)
            assert min(held, committed) >= 0
            assert held + committed <= quantity
        assert sum(row[1] for row in rows) == sum(self.held.values())
        assert sum(row[2] for row in rows) == sum(self.committed.values())


async def test_sums_hold_and_nothing_is_promised_twice(database: Database) -> None:
    await run_model(Ledger, database)
