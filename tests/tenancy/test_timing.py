"""What somebody may not see takes no longer and no shorter than what does not exist."""

import random
import statistics
import time

import pytest

from tests.api_client import Service
from tests.tenancy.callers import Caller, Relation
from tests.tenancy.matrix import Cell, call, cells, named
from tests.tenancy.scene import Scene
from tests.tenancy.test_matrix import rehearsed

PAIRS = 300
OPERATIONS = 20
RESAMPLES = 400
TELLING = 0.15
"""A ratio of medians that far from 1, with its whole interval, would tell one from the other over a network."""


@pytest.mark.deep
async def test_hidden_and_missing_take_the_same_time(service: Service) -> None:
    scene = await rehearsed(service)
    telling = []
    for cell, name in await _hidden(scene):
        low, ratio, high = await _compared(scene, cell, name)
        print(f"{cell.operation.name}: {ratio:.3f} [{low:.3f}, {high:.3f}]")  # noqa: T201 — the annex of the report
        if low > 1 + TELLING or high < 1 - TELLING:
            telling.append(f"{cell}: {ratio:.3f} [{low:.3f}, {high:.3f}]")
    assert not telling, "\n".join(telling)


async def _hidden(scene: Scene) -> list[tuple[Cell, str]]:
    """Return calls about things that a contact of another group does not see, and the id that names each.

    Only those that are answered like a missing one: that an incident exists, everybody may know.
    """
    found = {}
    for cell in cells():
        is_strangers = cell.caller is Caller.DISASTER_CONTACT and cell.relation is Relation.OTHER
        things = [name for name in sorted(named(cell)) if f"{{{name}}}" in cell.operation.path]
        if is_strangers and not cell.is_allowed and cell.operation.permission and things:
            answers = [await call(scene, cell), await call(scene, cell, missing=things[-1])]
            if len({(each.status_code, each.text) for each in answers}) == 1:
                found[cell.operation.name] = (cell, things[-1])
    return random.Random(1).sample(list(found.values()), OPERATIONS)


async def _compared(scene: Scene, cell: Cell, name: str) -> tuple[float, float, float]:
    """Return the ratio of medians, hidden to missing, in the middle of its 95 % interval."""
    taken: dict[str | None, list[float]] = {None: [], name: []}
    draw = random.Random(1)
    for _ in range(PAIRS):
        # By turns, what happens at every second call (the collector's rounds) would always meet the same of the two
        for which in draw.sample((None, name), 2):
            taken[which].append(await _timed(scene, cell, which))
    hidden, missing = taken[None], taken[name]
    ratios = sorted(
        statistics.median(draw.choices(hidden, k=PAIRS)) / statistics.median(draw.choices(missing, k=PAIRS))
        for _ in range(RESAMPLES)
    )
    ratio = statistics.median(hidden) / statistics.median(missing)
    return ratios[RESAMPLES // 40], ratio, ratios[-RESAMPLES // 40]


async def _timed(scene: Scene, cell: Cell, missing: str | None) -> float:
    started = time.perf_counter()
    await call(scene, cell, missing=missing)
    return time.perf_counter() - started
