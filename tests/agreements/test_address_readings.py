"""Who looked up how another member's people are reached stands in both records; one's colleagues leave nothing."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.people.reading import ADDRESSES_READ
from foundation.audit import Audit
from tests.api_client import Service
from tests.journeys.asking import get
from tests.world import KOMATSU, TOME


def readings(session: Session) -> list[tuple[str, dict[str, Any]]]:
    """What the record says of readings, by chain."""
    rows = session.execute(select(Audit.chain, Audit.facts).where(Audit.act == ADDRESSES_READ).order_by(Audit.chain))
    return [(row.chain, row.facts) for row in rows]


async def test_readings_of_others_are_kept_in_both_chains(service: Service) -> None:
    world = await service.build()
    by, owner = world.email(KOMATSU), world.members[TOME]
    people = sorted(world.people[TOME, function] for function in ("disaster", "ict"))
    shown = (await get(service, f"/api/people?member={TOME}", by=by))["items"]
    assert world.mobile(TOME) in {each["mobile"] for each in shown}
    kept = await service.database.read(readings)
    assert {chain for chain, _ in kept} == {owner, world.members[KOMATSU]}
    assert kept[0][1] == kept[1][1] == {"owner": owner, "people": people, "fields": ["email", "mobile"]}
    await get(service, f"/api/people/{people[0]}", by=by)
    await get(service, f"/api/people/{people[0]}/channels", by=by)
    kept = await service.database.read(readings)
    assert [facts["fields"] for chain, facts in kept if chain == owner][1:] == [["email", "mobile"], ["email", "sms"]]
    assert not [facts for _, facts in kept if "+8180" in repr(facts) or "@" in repr(facts)]


async def test_colleagues_and_who_sees_no_address_leave_nothing(service: Service) -> None:
    world = await service.build()
    by, person = world.email(TOME), world.people[TOME, "ict"]
    for path in ("people", f"people?member={TOME}", f"people/{person}", f"people/{person}/channels"):
        await get(service, f"/api/{path}", by=by)
    await get(service, "/api/people/nobody", by=by, expect=404)
    assert await service.database.read(readings) == []
