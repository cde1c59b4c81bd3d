"""The rule of reading against an oracle in one line: any state of the two members, the group and the NDA."""

import asyncio
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from agreements.errors import MemberNotFound
from agreements.models import Contact, Group, GroupMember, Member
from agreements.nda_models import Nda, NdaVersion
from foundation import clock
from foundation.database import Database
from inventory.records.models import InventorySharing
from inventory.records.reading import reading_of
from inventory.records.schemas import Purpose, ReadingQuery
from service.identity.queries import actor_of_person
from tests import world as worlds
from tests.world import FUJISAWA, KOMATSU, TAMA, World

KINDS = st.sampled_from(["member", "member", "prefecture", "associate", "provider"])
STATUSES = st.sampled_from(["signed", "signed", "invited", "left"])


@dataclass(frozen=True)
class State:
    """Everything that the rule hangs on; the plain case comes first in each choice."""

    owner: str = "signed"
    reader: str = "signed"
    owner_kind: str = "member"
    reader_kind: str = "member"
    group: str = "in_force"
    is_contact: bool = True
    is_shared: bool | None = None
    assurance: int = 2
    nda: str | None = "in_force"

    @property
    def expected(self) -> str | None:
        is_bound = self.owner == self.reader == "signed" and self.group == "in_force" and self.is_contact
        have_votes = {self.owner_kind, self.reader_kind} <= {"member", "prefecture"}
        if not (is_bound and have_votes and self.is_shared is not False):
            return None
        return "nda" if self.nda == "in_force" and self.assurance >= 2 else "group"


STATES = st.builds(
    State,
    owner=STATUSES,
    reader=STATUSES,
    owner_kind=KINDS,
    reader_kind=KINDS,
    group=st.sampled_from(["in_force", "in_force", "signed", "inviting", "ended"]),
    is_contact=st.booleans(),
    is_shared=st.sampled_from([None, True, False]),
    assurance=st.integers(0, 2),
    nda=st.sampled_from(["in_force", "in_force", "expired", "pending", "revoked", "other_person", None]),
)


SINGLE = [
    State(),
    *(State(owner=status) for status in ("invited", "left")),
    *(State(reader=status) for status in ("invited", "left")),
    *(State(owner_kind=kind) for kind in ("prefecture", "associate", "provider")),
    *(State(reader_kind=kind) for kind in ("prefecture", "associate", "provider")),
    *(State(group=status) for status in ("signed", "ended")),
    State(is_contact=False),
    State(is_shared=False),
    State(is_shared=True),
    *(State(assurance=assurance) for assurance in (0, 1)),
    *(State(nda=nda) for nda in ("expired", "pending", "revoked", "other_person", None)),
]
"""Each condition alone: what lacks one of them reads nothing, or what the group may know."""


class Undone(Exception):
    """What the rule said."""


def judge(session: Session, world: World, state: State) -> None:
    """Put the world into a state, read as the rule allows, and undo it.

    Who calls is known from before (the gate looks in its own transaction): the rule still sees what changed since.
    """
    person = world.people[TAMA, "disaster"]
    known_before = actor_of_person(session, person, state.assurance)
    owner, reader = world.members[KOMATSU], world.members[TAMA]
    parts = {each.member_id: each for each in session.scalars(select(GroupMember))}
    parts[owner].status, parts[reader].status = state.owner, state.reader
    session.get_one(Member, owner).kind, session.get_one(Member, reader).kind = state.owner_kind, state.reader_kind
    session.get_one(Group, world.group).status = state.group
    if not state.is_contact:
        session.execute(delete(Contact).where(Contact.person_id == person))
    if state.is_shared is not None:
        session.add(
            InventorySharing(
                member_id=owner,
                group_id=world.group,
                is_shared=state.is_shared,
                changed_by="x",
                changed_at=clock.now(session),
            )
        )
    if state.nda is not None:
        session.add(nda(session, world, state.nda, person))
    session.flush()
    # As what a member takes part is read by the gate alone.
    is_known_anew = state.reader_kind != "member"
    actor = actor_of_person(session, person, state.assurance) if is_known_anew else known_before
    assert actor is not None
    try:
        found = reading_of(session, actor, KOMATSU, ReadingQuery(group=world.group, purpose=Purpose.PLANNING))
    except MemberNotFound:
        raise Undone(None) from None
    raise Undone(found.level.value)


def nda(session: Session, world: World, state: str, person: str) -> Nda:
    today = clock.today(session)
    days: dict[str, tuple[date, date]] = {
        "expired": (today - timedelta(days=30), today - timedelta(days=1)),
        "pending": (today + timedelta(days=1), today + timedelta(days=30)),
    }
    starts_on, ends_on = days.get(state, (today, today))
    now = clock.now(session)
    text = NdaVersion(id="text", group_id=world.group, number=1, text="…", adopted_on=today, created_at=now)
    is_revoked = state == "revoked"
    return Nda(
        id="nda",
        group_id=world.group,
        version=text,
        person_id=world.people[TAMA, "ict"] if state == "other_person" else person,
        member_id=world.members[TAMA],
        way="in_product",
        signed_on=today,
        starts_on=starts_on,
        ends_on=ends_on,
        recorded_at=now,
        revoked_at=now if is_revoked else None,
        revoked_reason="異動" if is_revoked else None,
    )


@pytest.mark.asvs("6.3.3")
async def test_the_rule_says_what_its_sentence_says(database: Database) -> None:
    world = await database.write(worlds.build, codes=(KOMATSU, TAMA, FUJISAWA))
    loop = asyncio.get_running_loop()

    @settings(max_examples=80, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(STATES)
    def hold_any(state: State) -> None:
        hold(state)

    def hold(state: State) -> None:
        with pytest.raises(Undone) as undone:
            asyncio.run_coroutine_threadsafe(database.write(judge, world, state), loop).result()
        assert undone.value.args[0] == state.expected, state

    def hold_all() -> None:
        for state in SINGLE:
            hold(state)
        hold_any()

    await asyncio.to_thread(hold_all)
