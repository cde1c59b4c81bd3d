"""The portal in front of a running service, and a browser without scripts to visit it with."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from agreements.terms import Terms
from foundation.clock import ManualClock
from service.app import create_app
from service.portal.pages import portal_routes
from tests.api_client import BASE, Service, settings_for
from tests.engines import Engines
from tests.world import World

INPUT = re.compile(r"<(?:input|button)\b([^>]*)>")
ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')


@dataclass
class Portal:
    """What a visitor sees: pages by address, forms by what they post to."""

    service: Service
    world: World
    http: httpx.AsyncClient
    page: httpx.Response = field(init=False)

    @property
    def text(self) -> str:
        return unescape(self.page.text)

    async def open(self, path: str, **more: Any) -> httpx.Response:
        self.page = await self.http.get(path, **more)
        return self.page

    async def send(self, path: str, fields: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
        self.page = await self.http.post(path, data=fields or {}, **more)
        return self.page

    async def sign_in(self, code: str) -> None:
        await self.send("/signin", {"municipality": code})
        assert self.page.url.path == "/incidents", self.text

    def hidden(self, action: str) -> dict[str, str]:
        """The fields that a form carries before anybody types."""
        form = re.search(
            rf'<form method="post" action="{re.escape(action)}"[^>]*>(.*?)</form>', self.page.text, re.DOTALL
        )
        assert form, f"no form for {action} on {self.page.url}"
        inputs = [dict(ATTRIBUTE.findall(each)) for each in INPUT.findall(form.group(1))]
        return {each["name"]: unescape(each.get("value", "")) for each in inputs if "name" in each}

    async def ask(self, **fields: Any) -> str:
        """File a request as whoever is signed in, and return its id."""
        path = f"/incidents/{self.world.incident}/ask"
        await self.open(path)
        key = self.hidden(path)["key"]
        typed = {"kind-1": "pc", "quantity-1": "60", "kind-2": "printer", "quantity-2": "4"}
        await self.send(path, {"group": self.world.group, "key": key, **typed, **fields})
        assert self.page.url.path.startswith("/requests/"), self.text
        return self.page.url.path.rpartition("/")[2]

    async def link_of(self, code: str) -> str:
        """The path of an answer link as the message viewer shows it to the member."""
        await self.open(f"/messages?member={code}")
        found = re.search(rf'href="{BASE}(/r/[0-9a-z]+)"', self.page.text)
        assert found, self.text
        return found.group(1)


@pytest.fixture
def is_demo() -> bool:
    return True


@pytest.fixture
def terms() -> Terms | None:
    return None


@pytest.fixture
async def portal(
    engines: Engines, tmp_path: Path, clock: ManualClock, is_demo: bool, terms: Terms | None, judged_once: None
) -> AsyncIterator[Portal]:
    """On one engine only: the portal knows nothing of the database."""
    settings = settings_for(engines.fresh("sqlite", tmp_path), tmp_path, is_demo=is_demo)
    app = create_app(settings, clock=clock, has_worker=False, pages=portal_routes(settings))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE, follow_redirects=True) as client:
            service = Service(app, clock, client)
            yield Portal(service, await service.build(terms=terms), client)
