"""From the fifth open request on all are planned together, round by round, on an injected clock."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.terms import Terms
from aid.models import Ask
from aid.plans.models import PlanRound
from tests.api_client import Service
from tests.journeys.asking import ask

MINUTE = timedelta(minutes=1)
SOON = Terms(planning_from=3)


async def tick(service: Service) -> None:
    while await service.tick():
        pass


async def after(service: Service, minutes: float) -> None:
    service.clock.advance(minutes * MINUTE)
    await tick(service)


async def rounds(service: Service) -> list[PlanRound]:
    def look(session: Session) -> list[PlanRound]:
        found = list(session.scalars(select(PlanRound).order_by(PlanRound.number)))
        session.expunge_all()
        return found

    return await service.database.read(look)


async def asked(service: Service, request: dict[str, Any]) -> set[str]:
    def look(session: Session) -> set[str]:
        return set(session.scalars(select(Ask.member_id).where(Ask.request_id == request["id"])))

    return await service.database.read(look)


async def test_the_third_request_begins_planning_and_asks_by_the_round(service: Service) -> None:
    world = await service.build(terms=SOON)
    first = [await ask(service, world, ("pc", 5)) for _ in range(2)]
    assert all([await asked(service, each) for each in first])
    third = await ask(service, world, ("printer", 12))
    assert await asked(service, third) == set()
    assert await rounds(service) == []
    await tick(service)
    assert await asked(service, third)
    made = await rounds(service)
    assert [(each.number, each.solver, each.is_optimal, each.dropped) for each in made] == [(1, "optimum", True, 0)]
    fourth = await ask(service, world, ("staff_certificates", 3))
    await after(service, 1)
    assert len(await rounds(service)) == 1
    await after(service, 1)
    assert len(await rounds(service)) == 2
    assert await asked(service, fourth)
    await after(service, 9)
    assert len(await rounds(service)) == 2
    await after(service, 1)
    assert len(await rounds(service)) == 3
