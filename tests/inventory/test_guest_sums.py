"""Whatever is done with guest IDs, in any order: the sums hold, and a secret has one person, shown once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.clock import ManualClock
from foundation.database import SERVICE, Database, open_database
from foundation.database.unit import Surroundings
from foundation.problems import Problem
from inventory import permissions
from inventory.errors import GuestIdGivenBefore, NotCommittedToYou, PrerequisitesMissing, WrongGuestState
from inventory.events import CommitmentNamed, Committed
from inventory.guests import actions, ending, queries
from inventory.guests.models import GuestUse
from inventory.guests.schemas import (
    GuestIdDraft,
    GuestPoolDraft,
    GuestRevocationsDraft,
    IssueDraft,
    ReceiptDraft,
    ReservationDraft,
    RevocationDraft,
    SecretDraft,
)
from tests.inventory.factories import actor_of, make_group, make_member
from tests.stateful import run_model

MANY = 2
"""Few guest IDs and long histories: each goes round more than once."""
GUESTS = st.integers(min_value=0, max_value=MANY - 1)
HELPERS = st.sampled_from(["応援 太郎", "応援 花子"])
COMMITMENTS = st.sampled_from(["a", "b"])
KEEPER = frozenset({permissions.KEEP_GUESTS})
RECEIVER = frozenset({permissions.RECEIVE_GUESTS})


def prepare(session: Session) -> tuple[str, str, str]:
    group = make_group(session)
    return group, make_member(session, group), make_member(session, group)


def uses(session: Session, guests: list[str]) -> list[tuple[str, int, str, str, bool]]:
    rows = session.scalars(select(GuestUse).where(GuestUse.guest_id.in_(guests), GuestUse.issued_at.is_not(None)))
    return [(row.guest_id, row.round, row.commitment_id, row.helper, bool(row.undertaking)) for row in rows]


class Guests(RuleBasedStateMachine):
    """How each guest ID should stand, kept beside the database's own account of it."""

    run: Callable[..., Any]
    clock: ManualClock
    parties: dict[str, Committed]

    @initialize()
    def begin(self) -> None:
        group, owner, member = self.run(prepare)
        self.parties.clear()
        self.parties.update({each: Committed(member, owner, f"incident-{each}", group) for each in "ab"})
        self.keeper = replace(actor_of(owner, group, permissions=KEEPER), person="keeper")
        self.receiver = replace(actor_of(member, group, permissions=RECEIVER), person="receiver")
        self.pool = self.run(actions.create_pool, self.keeper, GuestPoolDraft(name="住民記録")).id
        self.secrets = 0
        self.shown: list[str] = []
        self.given: dict[tuple[int, str], str] = {}
        self.guests: list[str] = []
        for number in range(MANY):
            draft = GuestIdDraft(label=f"guest-{number}", secret=self.secret())
            self.guests.append(self.run(actions.prepare, self.keeper, self.pool, draft).id)
        self.state = ["free"] * MANY
        self.use: list[tuple[str, str, Any]] = [("", "", None)] * MANY
        self.go_round()

    def go_round(self) -> None:
        """Let one ID be spent and the other be out: what may follow comes up in every history."""
        for guest, commitment in enumerate("ab"):
            self.reserve(guest, "応援 太郎", commitment, 24)
            self.issue(guest, is_pledged=True)
        self.revoke(0)

    def secret(self) -> str:
        self.secrets += 1
        return f"secret-{self.secrets}"

    def stands(self, guest: int) -> str:
        state, (_, _, until) = self.state[guest], self.use[guest]
        if until is not None and until <= self.clock.now():
            return {"reserved": "free", "issued": "spent", "active": "spent"}.get(state, state)
        return state

    def refused(self, problem: type[Problem], fn: Callable[..., Any], *arguments: Any) -> None:
        with pytest.raises(problem):
            self.run(fn, *arguments)

    @rule(guest=GUESTS, helper=HELPERS, commitment=COMMITMENTS, hours=st.integers(min_value=1, max_value=48))
    def reserve(self, guest: int, helper: str, commitment: str, hours: int) -> None:
        now = self.clock.now()
        until = now + timedelta(hours=hours)
        draft = ReservationDraft(commitment=commitment, helper=helper, starts_at=now, until_at=until)
        call = (actions.reserve, self.keeper, self.guests[guest], draft)
        if self.stands(guest) != "free":
            self.refused(WrongGuestState, *call)
        elif self.given.get((guest, commitment), helper) != helper:
            self.refused(GuestIdGivenBefore, *call)
        else:
            self.run(*call)
            self.state[guest], self.use[guest] = "reserved", (helper, commitment, until)

    @rule(guest=GUESTS)
    def reserve_for_nobody_committed(self, guest: int) -> None:
        now = self.clock.now()
        draft = ReservationDraft(commitment="c", helper="某", starts_at=now, until_at=now + timedelta(hours=1))
        refusal = NotCommittedToYou if self.stands(guest) == "free" else WrongGuestState
        self.refused(refusal, actions.reserve, self.keeper, self.guests[guest], draft)

    @rule(guest=GUESTS, is_pledged=st.booleans())
    def issue(self, guest: int, *, is_pledged: bool) -> None:
        draft = IssueDraft(undertaking="書庫12" if is_pledged else None)
        call = (actions.issue, self.keeper, self.guests[guest], draft)
        if self.stands(guest) != "reserved":
            self.refused(WrongGuestState, *call)
        elif not is_pledged:
            self.refused(PrerequisitesMissing, *call)
        else:
            secret = self.run(*call).secret
            assert secret not in self.shown
            self.shown.append(secret)
            helper, commitment, _ = self.use[guest]
            self.state[guest], self.given[guest, commitment] = "issued", helper

    @rule(guest=GUESTS)
    def receive(self, guest: int) -> None:
        draft = ReceiptDraft(helper=self.use[guest][0] or "某")
        call = (actions.receive, self.receiver, self.guests[guest], draft)
        if self.stands(guest) == "issued":
            assert self.run(*call).state == "active"
            self.state[guest] = "active"
        else:
            self.refused(Problem, *call)

    @rule(guest=GUESTS)
    def revoke(self, guest: int) -> None:
        call = (ending.revoke, self.keeper, self.guests[guest], RevocationDraft())
        if self.stands(guest) in {"free", "spent"}:
            self.refused(WrongGuestState, *call)
        else:
            self.run(*call)
            self.end(guest)

    @rule(commitment=COMMITMENTS, is_by_incident=st.booleans())
    def revoke_all(self, commitment: str, *, is_by_incident: bool) -> None:
        which = {"incident": f"incident-{commitment}"} if is_by_incident else {"commitment": commitment}
        view = self.run(ending.revoke_all, self.keeper, GuestRevocationsDraft(**which))
        running = [
            each
            for each in range(MANY)
            if self.use[each][1] == commitment and self.stands(each) not in {"free", "spent"}
        ]
        assert set(view.guests) == {self.guests[each] for each in running}
        assert view.released == sum(self.state[each] == "reserved" for each in running)
        assert view.revoked == len(running) - view.released
        for each in running:
            self.end(each)

    @rule(commitment=COMMITMENTS)
    def aid_ends(self, commitment: str) -> None:
        self.run(ending.end_of_commitments, self.keeper, [commitment])
        for guest in range(MANY):
            if self.use[guest][1] == commitment and self.stands(guest) not in {"free", "spent"}:
                self.end(guest)

    def end(self, guest: int) -> None:
        self.state[guest] = "free" if self.state[guest] == "reserved" else "spent"

    @rule(guest=GUESTS)
    def rotate(self, guest: int) -> None:
        call = (actions.rotate, self.keeper, self.guests[guest], SecretDraft(secret=self.secret()))
        if self.stands(guest) in {"free", "spent"}:
            self.run(*call)
            self.state[guest] = "free"
        else:
            self.refused(WrongGuestState, *call)

    @rule(hours=st.integers(min_value=1, max_value=24))
    def wait(self, hours: int) -> None:
        self.clock.advance(timedelta(hours=hours))

    @invariant()
    def sums_hold(self) -> None:
        if not hasattr(self, "pool"):
            return
        sums = self.run(queries.reconcile, self.keeper, self.pool)
        stands = [self.stands(each) for each in range(MANY)]
        assert sums.prepared == sums.free + sums.reserved + sums.active + sums.awaiting_rotation == MANY
        assert (sums.free, sums.reserved) == (stands.count("free"), stands.count("reserved"))
        assert sums.active == stands.count("issued") + stands.count("active")

    @invariant()
    def one_secret_has_one_person(self) -> None:
        if not hasattr(self, "pool"):
            return
        issued = self.run(uses, self.guests)
        assert len({(guest, number) for guest, number, *_ in issued}) == len(issued) == len(self.shown)
        assert len({row[0:4:2] for row in issued}) == len({(row[0], row[2], row[3]) for row in issued})
        assert all(is_pledged for *_, is_pledged in issued)


async def test_sums_hold_and_no_secret_has_two_people(
    database_url: str, surroundings: Surroundings, clock: ManualClock
) -> None:
    parties: dict[str, Committed] = {}
    listeners = {CommitmentNamed: lambda _, event: parties.get(event.commitment)}
    database: Database = open_database(database_url, replace(surroundings, listeners=listeners), SERVICE)
    await run_model(Guests, database, steps=30, clock=clock, parties=parties)
    await database.close()
