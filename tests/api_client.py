"""The service as a test sees it: an HTTP client whose every answer is held against the OpenAPI document."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from starlette.applications import Starlette

from foundation.clock import ManualClock
from foundation.database import Database
from foundation.settings import Settings
from notifications.worker import Courier
from service.app import create_app, describe
from service.identity.actions import issue_token
from service.worker import Worker
from tests import images
from tests.world import World

BASE = "http://testserver"


@dataclass
class Service:
    """A running service without its worker: tests let time pass and messages out themselves."""

    app: Starlette
    clock: ManualClock
    http: httpx.AsyncClient
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        database: Database = self.app.state.database
        return database

    async def build(self, **choices: Any) -> World:
        return await self.database.write(images.built, **choices)

    async def token(self, email: str) -> str:
        if email not in self.tokens:
            self.tokens[email] = await self.database.write(issue_token, email, days=3650)
        return self.tokens[email]

    async def call(self, method: str, path: str, *, by: str | None = None, **more: Any) -> httpx.Response:
        """Call the API as the person with this mail address (None: nobody)."""
        headers = dict(more.pop("headers", {}))
        if by is not None:
            headers["Authorization"] = f"Bearer {await self.token(by)}"
        return await self.http.request(method, path, headers=headers, **more)

    async def deliver(self) -> int:
        """Send everything that is due now."""
        courier = Courier(
            self.database, self.app.state.gateways, self.app.state.wordings, base_url=BASE, worker_name="test"
        )
        return await courier.drain()

    async def tick(self) -> int:
        """Let the timers that are due go off."""
        courier = Courier(
            self.database, self.app.state.gateways, self.app.state.wordings, base_url=BASE, worker_name="test"
        )
        return await Worker(self.database, courier, "test").tick()


def settings_for(url: str, directory: Path, **more: Any) -> Settings:
    values = {
        "mode": "drill",
        "is_demo": True,
        "base_url": BASE,
        "key_file": str(directory / "key"),
        "mail_urls": ("console:",),
        "sms_urls": ("console:?hook_secret=secret",),
    }
    return Settings(database_url=url, **{**values, **more})


@pytest.fixture
def service_settings(database_url: str, tmp_path: Path) -> Settings:
    key = tmp_path / "key"
    key.write_text(images.KEY, encoding="utf-8")
    key.chmod(0o600)
    return settings_for(database_url, tmp_path)


@pytest.fixture
async def service(service_settings: Settings, clock: ManualClock, judged_once: None) -> AsyncIterator[Service]:
    app = create_app(service_settings, clock=clock, has_worker=False)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        hooks = {"response": [check_against_document]}
        async with httpx.AsyncClient(transport=transport, base_url=BASE, event_hooks=hooks) as client:
            yield Service(app, clock, client)


async def check_against_document(response: httpx.Response) -> None:
    """Fail on an answer that the OpenAPI document does not describe."""
    path, method = response.request.url.path, response.request.method.lower()
    template, described = _described(path)
    if described is None or method == "head" or "text/event-stream" in response.headers.get("content-type", ""):
        return
    await response.aread()
    operation = described.get(method)
    if operation is None:
        assert response.status_code in {405, 401}, f"{method} {path}: {response.status_code}"
        return
    answers = operation["responses"]
    status = str(response.status_code)
    assert status in answers, f"{method} {path} answered {status}, described are {sorted(answers)}: {response.text}"
    described_types = answers[status].get("content", {})
    given = response.headers.get("content-type", "")
    assert not described_types or any(given.startswith(each.partition(";")[0]) for each in described_types)
    for media_type, content in described_types.items():
        if media_type.endswith("json"):
            _validator(method, template, status).validate(response.json())
            assert content


def _described(path: str) -> tuple[str, dict[str, Any] | None]:
    for template, pattern in _paths():
        if pattern.fullmatch(path):
            return template, _document()["paths"][template]
    return path, None


@cache
def _validator(method: str, template: str, status: str) -> Draft202012Validator:
    content = _document()["paths"][template][method]["responses"][status]["content"]
    schema = next(each["schema"] for each in content.values())
    return Draft202012Validator({**schema, "components": _document()["components"]})


@cache
def _document() -> dict[str, Any]:
    return describe()


@cache
def _paths() -> list[tuple[str, re.Pattern[str]]]:
    """Fixed paths before those with names in braces: /requests/x before /requests/{request}."""
    templates = sorted(_document()["paths"], key=lambda path: path.count("{"))
    return [(each, re.compile(re.sub(r"{\w+}", "[^/]+", each))) for each in templates]
