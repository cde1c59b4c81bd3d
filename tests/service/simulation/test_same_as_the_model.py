"""The real code beside the pure model of the waves: the same day where their rules are the same."""

import sys
from dataclasses import replace

import pytest

from agreements.groups.schemas import TermsBody, WeightsBody
from aid.simulation import making
from aid.simulation.candidates import Candidates
from aid.simulation.ledger import Ledger
from aid.simulation.policies import Waves
from aid.simulation.report import figures
from aid.simulation.world import World, pool_of
from service.simulation import run

MUCH = 100_000
IN_WAVES = TermsBody(planning_from=0, ranking=WeightsBody(least_fit=1_000))
"""Every request by itself and nothing that stands in, as the model of the waves has it."""
NEAR_UNMET = 0.08
NEAR_MESSAGES = 1.6
"""Measured: 0.010 and 0.050 less unmet than the model, 1.32 and 1.34 times its messages (seeds 1 and 3)."""


def scarce(seed: int) -> World:
    """A world in which every request needs all that its partners have, and no two want the same of anybody.

    Then there is one thing to do, whatever the waves are made of: ask everybody at once.
    """
    made = making.make(30, seed)
    asked: dict[str, str] = {}
    for each in made.requests:
        asked.setdefault(each.kind, each.key)
    lines = [each for each in made.lines if pool_of(each) is None]
    kinds = {each.kind for each in lines}
    requests = [
        replace(each, quantity=MUCH) for each in made.requests if asked[each.kind] == each.key and each.kind in kinds
    ]
    return World("scarce", made.members, lines, requests, seed)


def entries(ledger: Ledger) -> list[tuple[float, str, str, str, int]]:
    found = [
        (float(str(each["at"])), str(each["what"]), str(each["request"]), str(each["line"]), int(str(each["units"])))
        for each in ledger.log
    ]
    return sorted(found)


@pytest.mark.deep
@pytest.mark.parametrize("seed", [1, 4])
async def test_where_everybody_is_asked_at_once_the_log_is_the_same(seed: int) -> None:
    world = scarce(seed)
    model = Waves(world, Candidates(world)).run()
    real = (await run(world, terms=IN_WAVES)).ledger
    assert len(model.given) > 10
    assert entries(real) == entries(model)
    nothing = dict.fromkeys(model.missing, 0)
    assert figures(real, nothing) == figures(model, nothing)


@pytest.mark.deep
@pytest.mark.parametrize("seed", [1, 3])
async def test_a_whole_day_of_thirty_is_near_the_model(seed: int) -> None:
    """Near on both sides, not the same: the rules differ (docs/played-day.md), and one urgent request weighs much."""
    world = making.make(30, seed)
    nothing = {request.key: 0 for request in world.requests}
    model = figures(Waves(world, Candidates(world)).run(), nothing)
    real = figures((await run(world, terms=IN_WAVES)).ledger, nothing)
    sys.stdout.write(f"seed {seed}: real {real}; model {model}\n")
    assert real["double_commitments"] == model["double_commitments"] == 0
    assert abs(float(real["unmet"] or 0) - float(model["unmet"] or 0)) <= NEAR_UNMET
    ratio = float(real["messages_per_unit"] or 0) / float(model["messages_per_unit"] or 1)
    assert 1 / NEAR_MESSAGES <= ratio <= NEAR_MESSAGES
