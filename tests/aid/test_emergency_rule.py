"""Whatever happens, in any order: an emergency access is good for reading only while all that it hangs on stands."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.errors import MemberNotFound
from agreements.models import AgreementVersion
from agreements.terms import Terms
from aid.emergency_access import actions, ending, errors
from aid.emergency_access.schemas import AccessDraft
from aid.models import AidRequest, Commitment, Incident, Offer, RequestLine
from foundation import clock, timers
from foundation.actor import Actor
from foundation.clock import ManualClock
from foundation.database import SERVICE, open_database
from foundation.database.unit import Surroundings
from foundation.ids import new_id
from foundation.problems import Problem
from inventory.errors import EmergencyAccessOver
from inventory.grants import actions as grants
from inventory.grants.schemas import EmergencyPermissionDraft
from inventory.records.reading import reading_by
from inventory.records.schemas import ReadingQuery
from service.identity.queries import actor_of_person
from service.wiring import LISTENERS
from service.worker import act_on
from tests import world as worlds
from tests.stateful import run_model
from tests.world import KOMATSU, TAMA, TOME, World

READERS = st.sampled_from(["disaster", "ict"])
REASON = "住民記録の復旧手順を確かめるため"


@dataclass
class Access:
    """How one access should stand."""

    id: str
    by: str
    opens_at: datetime
    state: str = "asked"
    until: datetime | None = None


def set_stage(session: Session, world: World) -> tuple[str, str]:
    """Let 小松市 be able to commit aid to 登米市 in a new incident; return the ids of incident and offer."""
    now, incident, request, offer = clock.now(session), new_id(), new_id(), new_id()
    session.add(Incident(id=incident, name="地震", kind="earthquake", occurred_at=now, opened_at=now))
    session.flush()
    asked = {"incident_id": incident, "group_id": world.group, "requester_id": world.members[TOME]}
    plain: dict[str, Any] = {"status": "open", "priority": 1, "via": "web", "is_proxy": False, "terms": {}}
    session.add(AidRequest(id=request, number=request[-32:], made_at=now, terms_version=1, **asked, **plain))
    session.flush()
    session.add(RequestLine(id=request, request_id=request, position=1, kind="pc", quantity=9, disposition="loan"))
    member = world.members[KOMATSU]
    session.add(Offer(id=offer, request_id=request, member_id=member, status="accepted", via="web", made_at=now))
    session.flush()
    return incident, offer


def commit(session: Session, offer: str) -> str:
    line = session.get_one(Offer, offer).request_id
    made = Commitment(id=new_id(), offer_id=offer, line_id=line, quantity=1, at=clock.now(session))
    session.add(made)
    return made.id


def end_aid(session: Session, actor: Actor, commitment: str) -> None:
    """End a commitment and what hangs on it, as a withdrawal does."""
    row = session.get_one(Commitment, commitment)
    end = {"offer_id": row.offer_id, "line_id": row.line_id, "ends_id": row.id}
    session.add(Commitment(id=new_id(), quantity=-1, at=clock.now(session), **end))
    session.flush()
    ending.end_of_commitments(session, actor, [commitment])


def set_terms(session: Session, terms: Terms) -> None:
    session.scalars(select(AgreementVersion)).one().terms = terms.to_json()


def set_incident(session: Session, incident: str, status: str) -> None:
    session.get_one(Incident, incident).status = status


def tick(session: Session) -> None:
    """Do what the worker does, in one transaction."""
    for timer in timers.claim_due(session, "model", limit=100):
        act_on(session, timer)


def readers(session: Session, people: list[str], accesses: list[str]) -> set[tuple[str, str]]:
    """Return which people read by which accesses now."""
    found = set()
    for person in people:
        actor = actor_of_person(session, person, 2)
        assert actor is not None
        for access in accesses:
            with suppress(MemberNotFound, EmergencyAccessOver):
                reading_by(session, actor, TOME, ReadingQuery(access=access))
                found.add((person, access))
    return found


class Emergencies(RuleBasedStateMachine):
    """What everybody did, and by what anybody should be able to read."""

    run: Callable[..., Any]
    clock: ManualClock
    world: World

    @initialize()
    def begin(self) -> None:
        self.incident, self.offer = self.run(set_stage, self.world)
        self.commitment: str = self.run(commit, self.offer)
        self.accesses: list[Access] = []
        self.is_allowed, self.has_terms, self.is_open = True, True, True
        self.allow(is_allowed=True)
        self.change_terms(has_terms=True)
        self.ask_and_agree("disaster")

    def actor(self, code: str, function: str = "disaster") -> Actor:
        found: Actor = self.run(actor_of_person, self.world.people[code, function], 2)
        return found

    def live(self, *states: str) -> list[Access]:
        now = self.clock.now()
        return [each for each in self.accesses if each.state in states and not (each.until and each.until <= now)]

    @rule(by=READERS)
    def ask(self, by: str) -> None:
        draft = AccessDraft(commitment=self.commitment, reason=REASON, undertaking=1, minutes=30)
        if not (self.is_open and self.has_terms and self.is_allowed):
            with pytest.raises(Problem):
                self.run(actions.ask, self.actor(KOMATSU, by), draft)
        elif any(each.by == by for each in self.live("asked", "open")):
            with pytest.raises(errors.AccessAlreadyAsked):
                self.run(actions.ask, self.actor(KOMATSU, by), draft)
        else:
            made = self.run(actions.ask, self.actor(KOMATSU, by), draft)
            self.accesses.append(Access(made.id, by, made.opens_at))

    @rule(by=READERS)
    def ask_and_agree(self, by: str) -> None:
        self.ask(by)
        self.confirm()

    @rule()
    def confirm(self) -> None:
        for each in self.accesses:
            if each in self.live("asked") and self.is_open and self.has_terms and self.is_allowed:
                self.run(actions.confirm, self.actor(TAMA), each.id)
                self.begin_reading(each)
            else:
                with pytest.raises((errors.WrongAccessState, errors.AccessLostGround)):
                    self.run(actions.confirm, self.actor(TAMA), each.id)

    def begin_reading(self, access: Access) -> None:
        access.state, access.until = "open", self.clock.now() + timedelta(minutes=30)

    @rule(code=st.sampled_from([TOME, KOMATSU, TAMA]))
    def stop_the_last(self, code: str) -> None:
        for each in self.accesses[-1:]:
            if code != TAMA and each in self.live("asked", "open"):
                self.run(actions.stop, self.actor(code, "ict"), each.id)
                each.state = "over"
            else:
                with pytest.raises(Problem):
                    self.run(actions.stop, self.actor(code, "ict"), each.id)

    @rule(is_allowed=st.booleans())
    def allow(self, *, is_allowed: bool) -> None:
        draft = EmergencyPermissionDraft(is_allowed=is_allowed)
        self.run(grants.allow, self.actor(TOME), TOME, self.world.group, draft)
        self.is_allowed = is_allowed
        if not is_allowed:
            self.all_over()

    @rule(has_terms=st.booleans())
    def change_terms(self, *, has_terms: bool) -> None:
        self.run(set_terms, Terms(emergency_access=has_terms))
        self.has_terms = has_terms

    @rule(is_open=st.booleans())
    def close_or_reopen(self, *, is_open: bool) -> None:
        self.run(set_incident, self.incident, "open" if is_open else "closed")
        self.is_open = is_open

    @rule()
    def aid_is_given_anew(self) -> None:
        self.run(end_aid, self.actor(KOMATSU), self.commitment)
        self.all_over()
        self.commitment = self.run(commit, self.offer)

    def all_over(self) -> None:
        for each in self.accesses:
            each.state = "over"

    @rule(minutes=st.sampled_from([5, 29, 30, 31]), has_worker=st.booleans())
    def wait(self, minutes: int, *, has_worker: bool) -> None:
        self.clock.advance(timedelta(minutes=minutes))
        if not has_worker:
            return
        self.run(tick)
        for each in self.live("asked"):
            if each.opens_at <= self.clock.now():
                if self.is_open and self.has_terms and self.is_allowed:
                    self.begin_reading(each)
                else:
                    each.state = "over"

    @invariant()
    def only_the_right_ones_read(self) -> None:
        if not hasattr(self, "accesses"):
            return
        stands = self.is_open and self.has_terms and self.is_allowed
        may = {(self.world.people[KOMATSU, each.by], each.id) for each in self.live("open") if stands}
        people = [person for (code, _), person in self.world.people.items() if code != TOME]
        assert self.run(readers, people, [each.id for each in self.accesses]) == may


@pytest.mark.parametrize("database_url", ["sqlite", pytest.param("postgres", marks=pytest.mark.deep)], indirect=True)
async def test_only_who_may_reads_and_only_while_all_of_it_stands(
    database_url: str, surroundings: Surroundings, clock: ManualClock
) -> None:
    database = open_database(database_url, replace(surroundings, listeners=LISTENERS), SERVICE)
    world = await database.write(worlds.build, codes=(TOME, KOMATSU, TAMA), coordinator=TAMA, stock={})
    await run_model(Emergencies, database, examples=6, clock=clock, world=world)
    await database.close()
