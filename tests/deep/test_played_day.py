"""A day of thirty members on the real code, with planning: it ends, and it is the same again."""

import sys
import time
from dataclasses import replace

import pytest

from agreements.groups.schemas import TermsBody
from aid.simulation import making
from service.simulation import run

pytestmark = pytest.mark.deep

WORLD = making.make(30, 1)
PLANNED = TermsBody(planning_from=5)
FEW = 6


async def test_a_planned_day_ends_and_promises_nothing_twice() -> None:
    began = time.process_time()
    day = await run(WORLD, terms=PLANNED)
    sys.stdout.write(f"{time.process_time() - began:.1f} s of CPU, {dict(day.told)}\n")
    assert day.ledger.promised_twice == 0
    assert sum(day.ledger.missing.values()) < sum(request.quantity for request in WORLD.requests)
    # Only a round asks about several requests in one message
    assert day.told["request.several"] > 0


async def test_a_planned_day_is_the_same_again() -> None:
    few = replace(WORLD, requests=WORLD.requests[:FEW])
    logs = [(await run(few, terms=PLANNED)).ledger.log for _ in range(2)]
    assert logs[0] == logs[1]
    assert logs[0]
