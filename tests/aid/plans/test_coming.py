"""What a round expects of who is hit, as it reads it: who could help in time, with what they have."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from agreements.terms import Terms
from aid.models import Incident
from aid.plans import rounds, stating
from aid.plans.state import State
from foundation import clock
from inventory.models import Capability
from tests.aid.plans.test_reads import looked
from tests.api_client import Service
from tests.journeys.asking import ask
from tests.world import FUJISAWA, KOMATSU, TAMA, World


async def expecting(service: Service, world: World) -> State:
    """Let the earth have shaken just now and somebody ask; return what a round plans with."""
    shaken = update(Incident).where(Incident.id == world.incident)
    await service.database.write(
        lambda session: session.execute(shaken.values(occurred_at=clock.now(session))).rowcount
    )
    await ask(service, world, ("printer", 1), requester=FUJISAWA, by=world.email(FUJISAWA))
    facts, _ = await looked(service)
    return stating.state_of(facts)


def stores(state: State, priority: int, kind: str) -> set[str]:
    """Return who could serve what is expected of a kind."""
    found = [each for each in state.forecasts if each.key.startswith(f"forecast|{priority}|{kind}|")]
    return {way.store for each in found for way in each.ways}


async def test_who_would_come_too_late_is_no_help_for_what_is_expected(service: Service) -> None:
    world = await service.build(terms=Terms(planning_from=1), stock={"satphone": 4, "printer": 1})
    slow = update(Capability).where(Capability.member_id == world.members[KOMATSU])
    await service.database.write(lambda session: session.execute(slow.values(lead_time_hours=90)).rowcount)
    state = await expecting(service, world)
    near, far = f"{TAMA}|satphone", f"{KOMATSU}|satphone"
    assert near in stores(state, 1, "satphone")
    assert far not in stores(state, 1, "satphone"), "of use within some 30 hours"
    assert {near, far} <= stores(state, 2, "satphone"), "of use within some 78"


async def test_what_is_expected_makes_a_round_long_as_well(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of who is hit first few have asked, and a nation is ranked for what the others will ask."""
    world = await service.build(terms=Terms(planning_from=1), stock={"printer": 1})
    await expecting(service, world)
    facts, _ = await looked(service)
    monkeypatch.setattr(rounds, "LONG", len(facts.codes))
    assert rounds.is_long(facts)
    assert not rounds.is_long(replace(facts, coming=None))


async def test_what_stands_in_is_expected_of_who_has_it(service: Service) -> None:
    world = await service.build(terms=Terms(planning_from=1), stock={"pc": 20, "printer": 1})
    mine = update(Capability).where(Capability.member_id == world.members[KOMATSU], Capability.kind == "pc")
    await service.database.write(lambda session: session.execute(mine.values(kind="notebook")).rowcount)
    state = await expecting(service, world)
    found = stores(state, 1, "pc")
    assert {f"{TAMA}|pc", f"{KOMATSU}|notebook"} <= found
    assert f"{KOMATSU}|pc" not in found
    assert found <= state.members.keys()
