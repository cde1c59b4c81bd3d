"""sqlmap, level 2, at every parameter of calls of each kind: search, page, path, body, form, hook, sign-in."""

import asyncio
import json
import sqlite3
import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from service.identity.actions import issue_operator_token
from tests.deep.running import Place, asking, free_port, serving
from tests.deep.scanners.programs import scanner
from tests.engines import Engines
from tests.world import FUJISAWA, TOME, World

pytestmark = pytest.mark.deep

SECRET = "s3cret"
TRIED = "*"
"""sqlmap puts its text where this stands."""
CLEAN = "do not appear to be injectable"
FOUND = "identified the following injection point"


@dataclass(frozen=True)
class Target:
    """A call, with `*` at each place where a caller's text goes in."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    form: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    by: str = "asker"
    succeeds: bool = True
    """Whether the call as it stands does something; where not, every try is refused before or beside the others."""


TARGETS = {
    "search": Target("GET", "/api/municipalities?q=登米*&prefecture=宮城県*"),
    "request list": Target("GET", "/api/requests?incident={incident}*&group={group}*"),
    "request page": Target("GET", "/api/requests?cursor={request}*"),
    "request": Target("GET", "/api/requests/{request}*"),
    "matches": Target("GET", "/api/requests/{request}*/matches?line={line}*"),
    "filing": Target(
        "POST",
        "/api/requests",
        {
            "incident": "{incident}*",
            "group": "{group}*",
            "requester": f"{TOME}*",
            "lines": [{"kind": "pc*", "quantity": 1, "spec": "a*", "system": "b*"}],
            "reason": "c*",
            "needed_by": "2026-12-01T00:00:00+09:00*",
        },
        headers={"Idempotency-Key": "k*"},
    ),
    "people": Target("GET", "/api/people?member={member}*"),
    "a new person": Target(
        "POST",
        "/api/people",
        {
            "name": "a*",
            "kana": "b*",
            "email": "c*@demo.example",
            "mobile": "09012345678*",
            "municipality": f"{TOME}*",
        },
    ),
    "stock": Target("GET", f"/api/capabilities?municipality={FUJISAWA}*&kind=pc*&group={{group}}*"),
    "records": Target("GET", f"/api/inventory/{TOME}*/records?kind=system*&at=2026-11-01T00:00:00Z*"),
    "a new record": Target(
        "POST", f"/api/inventory/{TOME}/records", {"kind": "network*", "fields": {"name": "a*"}, "note": "b*"}
    ),
    "audit": Target("GET", "/api/audit?act=a*&subject=b*&actor=c*&from=2026-01-01T00:00:00Z*", by="operator"),
    "chronology": Target("GET", "/api/incidents/{incident}*/chronology?lane=notes*&request={request}*"),
    "chronology entry": Target("POST", "/api/incidents/{incident}/chronology", {"lane": "notes*", "text": "a*"}),
    "answer": Target("GET", "/api/answers/abcdef12*", succeeds=False),
    "answering": Target("POST", "/r/abcdef12*", form="decision=accept*&quantity-1=1*&reason=a*", succeeds=False),
    "short message": Target("GET", f"/hooks/sms/console/{SECRET}/mo?from=%2B818000000001*&to=1*&text=4821+1*&id=a*"),
    "sign-in": Target(
        "POST", "/api/sign-in/password", {"email": "a*@demo.example", "password": "b*"}, succeeds=False
    ),
}


@dataclass
class Prey:
    """A server, the tokens of its callers, and ids that exist."""

    base: str
    tokens: Mapping[str, str]
    ids: Mapping[str, str]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def prey(
    request: pytest.FixtureRequest, engines: Engines, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prey]:
    directory = tmp_path_factory.mktemp("sqlmap")
    with engines.lent(request.param, directory) as url:
        place = Place(url, directory, {"YUIMARU_SMS_URLS": f"console:?hook_secret={SECRET}"})
        world, tokens = asyncio.run(_prepare(place))
        with serving(place):
            yield Prey(place.base, tokens, _ids(place.base, tokens["asker"], world))


async def _prepare(place: Place) -> tuple[World, dict[str, str]]:
    world, asker = await place.build()
    async with place.opened() as database:
        operator = await database.write(issue_operator_token, days=10)
    return world, {"asker": asker, "operator": operator}


def _ids(base: str, token: str, world: World) -> dict[str, str]:
    filed = httpx.post(f"{base}/api/requests", json=asking(world), headers={"Authorization": f"Bearer {token}"})
    assert filed.status_code == 201, filed.text
    made = filed.json()
    return {
        "incident": world.incident,
        "group": world.group,
        "member": world.members[FUJISAWA],
        "request": made["id"],
        "line": made["lines"][0]["id"],
    }


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_tried_works_as_it_stands(name: str, prey: Prey) -> None:
    target = TARGETS[name]
    body = None if target.body is None else json.loads(_filled(json.dumps(target.body), prey).replace(TRIED, ""))
    headers = {"Authorization": f"Bearer {prey.tokens[target.by]}"}
    url = prey.base + _filled(target.path, prey).replace(TRIED, "")
    answer = httpx.request(target.method, url, json=body, headers=headers)
    assert answer.is_success == target.succeeds, answer.text


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.asvs("1.2.4")
def test_no_parameter_reaches_the_database_as_sql(name: str, prey: Prey, tmp_path: Path) -> None:
    said = _attack(prey, TARGETS[name], tmp_path)
    assert CLEAN in said, said
    assert FOUND not in said, said


def test_what_can_be_injected_is_found(tmp_path: Path) -> None:
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(_careless(tmp_path), port=port, log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        prey = Prey(f"http://127.0.0.1:{port}", {"asker": "none"}, {})
        assert FOUND in _attack(prey, Target("GET", "/api/municipalities?q=tome*&prefecture=x*"), tmp_path)
    finally:
        server.should_exit = True
        thread.join()


def _careless(directory: Path) -> Starlette:
    """Make a service that builds SQL from what it is asked."""
    connection = sqlite3.connect(directory / "careless.db", check_same_thread=False)
    connection.execute("CREATE TABLE places (name TEXT)")
    connection.execute("INSERT INTO places VALUES ('tome')")

    async def find(request: Request) -> JSONResponse:
        name = request.query_params["q"]
        rows = connection.execute(f"SELECT name FROM places WHERE name = '{name}'")
        return JSONResponse(rows.fetchall())

    return Starlette(routes=[Route("/api/municipalities", find)])


def _attack(prey: Prey, target: Target, directory: Path) -> str:
    """Run sqlmap at a call; return what it said."""
    command = [scanner("sqlmap"), "--batch", "--level=2", "--flush-session", "--disable-coloring", "--time-sec=2"]
    command += ["--ignore-code=*", f"--output-dir={directory / 'sqlmap'}", f"--method={target.method}"]
    command += ["--url", prey.base + _filled(target.path, prey)]
    headers = {"Authorization": f"Bearer {prey.tokens[target.by]}", **target.headers}
    if target.body is not None:
        command += ["--data", _filled(json.dumps(target.body), prey)]
        headers["Content-Type"] = "application/json"
    elif target.form is not None:
        command += ["--data", target.form]
    command += ["--headers", "\n".join(f"{name}: {value}" for name, value in headers.items())]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    return ended.stdout + ended.stderr


def _filled(text: str, prey: Prey) -> str:
    for name, value in prey.ids.items():
        text = text.replace("{" + name + "}", value)
    return text
