"""What nobody from outside gets: metrics, a debugger, pages that explain the inside."""

from collections.abc import Mapping

import httpx
import pytest

from tests.api_client import BASE, Service
from tests.world import TOME

PROXIES: tuple[Mapping[str, str], ...] = (
    {"X-Forwarded-For": "127.0.0.1"},
    {"X-Forwarded-Proto": "https"},
    {"X-Real-IP": "127.0.0.1"},
    {"Forwarded": "for=127.0.0.1"},
    {"Via": "1.1 proxy"},
)
EXPLAINING = (
    "/docs",
    "/redoc",
    "/debug",
    "/console",
    "/swagger",
    "/api/docs",
    "/.git/config",
    "/.env",
    "/server-status",
)


async def _metrics(service: Service, peer: str, headers: Mapping[str, str] | None = None) -> int:
    transport = httpx.ASGITransport(app=service.app, client=(peer, 40_000))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        return (await client.get("/metrics", headers=headers)).status_code


@pytest.mark.asvs("13.4.5")
async def test_metrics_are_for_this_machine_or_a_token(service: Service) -> None:
    world = await service.build()
    assert [await _metrics(service, peer) for peer in ("127.0.0.1", "::1")] == [200, 200]
    assert [await _metrics(service, peer) for peer in ("203.0.113.9", "10.0.0.1", "")] == [401] * 3
    assert {await _metrics(service, "127.0.0.1", each) for each in PROXIES} == {401}
    token = await service.token(world.email(TOME))
    assert await _metrics(service, "203.0.113.9", {"Authorization": f"Bearer {token}"}) == 200
    assert await _metrics(service, "203.0.113.9", {"Authorization": "Bearer wrong"}) == 401


@pytest.mark.asvs("13.4.2", "13.4.5")
@pytest.mark.parametrize("path", EXPLAINING)
async def test_nothing_explains_the_inside(service: Service, path: str) -> None:
    assert not service.app.debug
    assert (await service.http.get(path)).status_code == 404
