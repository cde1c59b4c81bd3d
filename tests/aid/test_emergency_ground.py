"""Each thing that an emergency access hangs on, taken away behind the back of all acts: the next call is refused."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from agreements.models import Contact, Group, GroupMember, Member
from aid.models import Commitment, Incident
from foundation import clock
from foundation.ids import new_id
from inventory.grants.models import EmergencyPermission, ReadingGrant
from tests.aid.emergencies import Stage, stage
from tests.api_client import Service
from tests.world import KOMATSU, TOME


def forbid(session: Session, _at: Stage) -> None:
    session.scalars(select(EmergencyPermission)).one().is_allowed = False


def take_back(session: Session, _at: Stage) -> None:
    session.scalars(select(ReadingGrant)).one().ended_at = clock.now(session)


def end_aid(session: Session, at: Stage) -> None:
    row = session.get_one(Commitment, at.commitment)
    end = {"offer_id": row.offer_id, "line_id": row.line_id, "ends_id": row.id}
    session.add(Commitment(id=new_id(), quantity=-row.quantity, at=clock.now(session), **end))


def close(session: Session, at: Stage) -> None:
    session.get_one(Incident, at.world.incident).status = "closed"


def let_leave(code: str) -> Callable[[Session, Stage], None]:
    def leave(session: Session, at: Stage) -> None:
        of_member = select(GroupMember).where(GroupMember.member_id == at.world.members[code])
        session.scalars(of_member).one().status = "left"

    return leave


def take_the_vote(session: Session, at: Stage) -> None:
    session.get_one(Member, at.world.members[TOME]).kind = "associate"


def end_group(session: Session, at: Stage) -> None:
    session.get_one(Group, at.world.group).status = "ended"


def dismiss(session: Session, at: Stage) -> None:
    session.execute(delete(Contact).where(Contact.person_id == at.world.people[KOMATSU, "disaster"]))


GROUNDS = {
    "permission": forbid,
    "grant": take_back,
    "aid": end_aid,
    "incident": close,
    "owner leaves": let_leave(TOME),
    "reader leaves": let_leave(KOMATSU),
    "owner without vote": take_the_vote,
    "group": end_group,
    "designation": dismiss,
}


@pytest.mark.parametrize("ground", GROUNDS)
async def test_nothing_is_read_without_it(service: Service, ground: str) -> None:
    at = await stage(service)
    access = await at.opened()
    assert await at.status(access) == 200
    await service.database.write(GROUNDS[ground], at)
    assert await at.status(access) == 410
