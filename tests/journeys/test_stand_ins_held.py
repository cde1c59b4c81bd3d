"""What stands in is held like what is asked for: the same units of a partner are asked for once."""

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agreements.terms import Terms
from aid.models import Hold, Incident, Planning
from aid.plans import rounds
from aid.plans.facts import Facts
from aid.plans.state import Made
from foundation import clock
from foundation.ids import new_id
from tests.aid.plans.books import acted
from tests.api_client import Service
from tests.journeys.asking import ask, get
from tests.journeys.test_late_rounds import dropped
from tests.journeys.test_planning import asked
from tests.world import KOMATSU, TOME, World


async def other_incident(service: Service, world: World) -> str:
    """Let a second disaster happen beside the first, to the same group."""

    def write(session: Session) -> str:
        first = session.get_one(Incident, world.incident)
        happened = clock.now(session)
        second = Incident(id=new_id(), name="試験停電", kind="other", occurred_at=happened, opened_at=happened)
        second.opened_by = first.opened_by
        session.add(second)
        session.flush()
        return second.id

    return await service.database.write(write)


async def planned_for(service: Service, incident: str) -> tuple[str, Made]:
    """Look and plan for one of two disasters, and do not act yet."""

    def look(session: Session) -> tuple[str, Facts]:
        planning = session.scalars(select(Planning.id).where(Planning.incident_id == incident)).one()
        return planning, rounds.look(session, planning)

    planning, facts = await service.database.read(look)
    return planning, rounds.plan(facts)


STOOD_IN = [("staff_victim_support", "staff_certificates"), ("pc", "notebook")]
"""What is asked for, and what alone there is of it; the first is among what no request here asks for."""


@pytest.mark.parametrize(("held", "given"), STOOD_IN)
async def test_a_look_counts_what_is_held_of_a_stand_in_for_another_disaster(
    service: Service, held: str, given: str
) -> None:
    world = await service.build(terms=Terms(planning_from=1), stock={given: 3})
    second = await other_incident(service, world)
    await ask(service, world, (held, 60), priority=1)
    await ask(service, world, (given, 60), incident=second)
    _, made = await planned_for(service, second)
    assert not made.asks, "all that there is would be given to the first, in the place of what it asks for"


async def test_an_act_counts_what_has_been_held_of_a_stand_in_since_the_look(service: Service) -> None:
    held, given = STOOD_IN[0]
    world = await service.build(terms=Terms(planning_from=1), stock={given: 3})
    second = await other_incident(service, world)
    wanted = await ask(service, world, (given, 60), incident=second)
    planning, made = await planned_for(service, second)
    assert made.asks
    await ask(service, world, (held, 60), priority=1)
    await service.database.write(acted, planning, made)
    assert not await asked(service, wanted)
    assert set((await dropped(service)).values()) == {"nothing_left"}


EVERYBODY = Terms(wave_certainty=0.0, wave_cover=1.0, wave_minimum=5, planning_from=0)
EITHER_WAY = [("notebook", "pc"), ("staff_victim_support", "staff_certificates")]


async def held_of(service: Service, world: World, request: dict[str, Any], code: str) -> int:
    """Return how many units a request is asking of a member on all its lines."""

    def read(session: Session) -> int:
        mine = Hold.request_id == request["id"], Hold.member_id == world.members[code]
        return session.scalar(select(func.coalesce(func.sum(Hold.quantity), 0)).where(*mine)) or 0

    return await service.database.read(read)


@pytest.mark.parametrize(("held", "wanted"), EITHER_WAY)
async def test_a_wave_does_not_ask_for_what_another_asks_for_in_its_place(
    service: Service, held: str, wanted: str
) -> None:
    """All that the partners have is of one kind, and asked for as such or as what stands in for another."""
    there = "staff_certificates" if held == "staff_victim_support" else "notebook"
    world = await service.build(terms=EVERYBODY, stock={there: 10})
    first = await ask(service, world, (held, 7), priority=2)
    second = await ask(service, world, (wanted, 30), priority=4)
    assert await held_of(service, world, first, KOMATSU) == 7
    assert await held_of(service, world, second, KOMATSU) == 3
    third = await ask(service, world, (held, 30), priority=4)
    assert await held_of(service, world, third, KOMATSU) == 0, "less urgent, it waits"
    found = await get(service, f"/api/requests/{third['id']}/matches", by=world.email(TOME))
    shown = next(each for each in found["lines"][0]["candidates"] if each["municipality"] == KOMATSU)
    unit = "人" if there.startswith("staff") else "台"
    assert f"他の要請で照会中（10{unit}）" in shown["reasons"]


async def test_one_request_asks_for_the_same_units_on_one_of_its_lines(service: Service) -> None:
    world = await service.build(terms=EVERYBODY, stock={"notebook": 10})
    request = await ask(service, world, ("pc", 8), ("notebook", 8))
    assert await held_of(service, world, request, KOMATSU) == 10
