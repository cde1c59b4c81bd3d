"""The worst moment: the database is lost after the commit and before its answer; the sender just sends again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import make_url

from foundation.clock import ManualClock
from foundation.settings import Settings
from service.app import create_app
from tests.api_client import BASE, Service, check_against_document, settings_for
from tests.engines import Engines
from tests.foundation.cutting import CuttingProxy
from tests.world import TOME


@asynccontextmanager
async def serving(settings: Settings, clock: ManualClock) -> AsyncIterator[Service]:
    app = create_app(settings, clock=clock, has_worker=False)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    hooks = {"response": [check_against_document]}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=BASE, event_hooks=hooks) as client,
    ):
        yield Service(app, clock, client)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_request_whose_answer_was_lost_counts_once(
    database_url: str, engines: Engines, tmp_path: Path, clock: ManualClock
) -> None:
    assert engines.cluster is not None
    proxy = CuttingProxy(engines.cluster.directory / ".s.PGSQL.5432", make_url(database_url).database or "")
    async with proxy, serving(settings_for(proxy.url, tmp_path), clock) as service:
        world = await service.build()
        draft = {
            "incident": world.incident,
            "group": world.group,
            "requester": TOME,
            "lines": [{"kind": "pc", "quantity": 5}],
        }
        token = {"Idempotency-Key": "k"}
        await service.token(world.email(TOME))
        proxy.cuts_next_commit = True
        lost = await service.call("POST", "/api/requests", by=world.email(TOME), json=draft, headers=token)
        assert lost.status_code == 503, lost.text
        assert lost.headers["retry-after"]
        assert "二重には登録されません" in lost.json()["detail"]
        again = await service.call("POST", "/api/requests", by=world.email(TOME), json=draft, headers=token)
        assert again.status_code == 201, again.text
        listed = (await service.call("GET", "/api/requests", by=world.email(TOME))).json()["items"]
        assert [each["id"] for each in listed] == [again.json()["id"]]
