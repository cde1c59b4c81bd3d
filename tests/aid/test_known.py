"""What is known of a group: of its bound members alone."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from agreements.models import GroupMember, MembershipStatus
from aid.requests.known import Known
from aid.waves.history import UNKNOWN
from tests.api_client import Service
from tests.journeys.asking import ask, offer
from tests.world import KOMATSU, TAMA, TOME


async def test_who_has_left_gives_nothing_and_teaches_nothing(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world, ("pc", 100))
    for code in (KOMATSU, TAMA):
        await offer(service, world, request, code, 10)

    def leave(session: Session) -> None:
        left = update(GroupMember).where(GroupMember.member_id == world.members[KOMATSU])
        session.execute(left.values(status=MembershipStatus.LEFT))

    def look(session: Session) -> Known:
        known = Known(session, world.incident, world.group)
        assert known.stocks({"pc"})["pc"].keys() == bound - {world.members[TOME]}, "who is hit declares nothing"
        assert known.histories.keys() == bound
        return known

    bound = set(world.members.values())
    assert (await service.database.read(look)).histories[world.members[KOMATSU]].answered == 1
    await service.database.write(leave)
    bound -= {world.members[KOMATSU]}
    found = (await service.database.read(look)).histories
    assert {member for member, history in found.items() if history != UNKNOWN} == {world.members[TAMA]}
