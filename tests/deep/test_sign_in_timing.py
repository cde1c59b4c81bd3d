"""Nobody learns from the clock which addresses are known (ASVS 6.3.8): ±10 % between interleaved medians."""

import statistics
import time
from datetime import timedelta

import pytest

from tests.api_client import Service
from tests.service.signing_in import sign_in, with_password
from tests.world import TOME

ROUNDS = 50
TOLERANCE = 0.10

pytestmark = pytest.mark.deep


@pytest.mark.asvs("6.3.8")
async def test_unknown_known_and_without_password_take_as_long(service: Service) -> None:
    world = await service.build()
    await with_password(service, world)
    addresses = {"known": world.email(TOME), "without": world.email(TOME, "ict"), "nobody": "nobody@demo.example"}
    seconds: dict[str, list[float]] = {kind: [] for kind in addresses}
    for _ in range(ROUNDS):
        for kind, email in addresses.items():
            service.clock.advance(timedelta(days=2))
            started = time.perf_counter()
            answer = await sign_in(service, email, "a wrong password")
            seconds[kind].append(time.perf_counter() - started)
            assert answer.status_code == 401
    medians = {kind: statistics.median(each) for kind, each in seconds.items()}
    print({kind: f"{each * 1000:.1f} ms" for kind, each in medians.items()})  # noqa: T201 — the annex of the report
    for kind, median in medians.items():
        assert abs(median / medians["nobody"] - 1) <= TOLERANCE, (kind, medians)
