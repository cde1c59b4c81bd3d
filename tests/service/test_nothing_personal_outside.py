"""Logs, metrics, addresses and refusals name nobody and quote nothing, whatever goes wrong."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import structlog

from foundation import logs
from foundation.operations import operations_in
from foundation.settings import Settings
from notifications.gateways.console import ConsoleGateway
from service.app import ROOMS
from service.portal.pages import portal_routes
from tests.api_client import Service
from tests.journeys.asking import ask
from tests.journeys.secret_story import NEWCOMER, PHONE, SAID, Secrets, found_in, play
from tests.service.keys.test_rotation import keys
from tests.service.processes import DEMO, Served, run
from tests.service.signing_in import at
from tests.world import KOMATSU, TAMA, TOME

CLIENTS = ("httpx", "httpcore")
"""Loggers of the tests' own client, which names every address; in the service only their warnings are told."""
PERSONAL = {"email", "mail", "mobile", "phone", "name", "kana", "password", "secret", "text", "pin", "from"}


class Overheard(logging.Handler):
    """Everything that any library says, at every level, in the form that goes out."""

    def __init__(self, stream: io.StringIO) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logs.LibraryFormatter())
        self.stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith(CLIENTS):
            self.stream.write(self.format(record) + "\n")


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the service writes at level DEBUG, and every library beside it."""
    stream, root, before = io.StringIO(), logging.getLogger(), structlog.get_config()
    monkeypatch.setattr(sys, "stderr", stream)
    structlog.configure(
        processors=list(logs.PROCESSORS),
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.PrintLoggerFactory(stream),
    )
    handler, level = Overheard(stream), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)
    structlog.configure(**before)


@pytest.mark.asvs("13.3.1")
async def test_a_whole_story_leaves_no_trace_of_anybody(
    service: Service, said: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = await play(service)
    answers = await _troubles(service, secrets, monkeypatch)
    await keys(service, "rotate")
    await keys(service, "reseal", member=TOME)
    await keys(service, "erase", member=TAMA, confirmation=TAMA)
    metrics = await service.call("GET", "/metrics", by=secrets.at.owner)
    text = said.getvalue()
    assert text.count('"failed"') >= 2, "the troubles were logged"
    assert "ValueError" in text
    wanted = secrets.sealed | secrets.plain
    assert found_in(text.encode(), wanted) == []
    assert found_in(metrics.content, wanted) == []
    assert found_in("\n".join(answers).encode(), wanted) == []
    # What is looked for would be found
    structlog.get_logger().info("x", name=NEWCOMER["name"], number="０９０ー７７７７", sender="+819077771234")
    assert found_in(said.getvalue().encode(), wanted) == ["new mobile", "new name"]


async def _troubles(service: Service, secrets: Secrets, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let everything fail that can, on the way of somebody's data; return what strangers were answered."""
    world, owner, stranger = secrets.at.world, secrets.at.owner, secrets.at.world.email(KOMATSU)
    person = world.people[TOME, "ict"]
    bad = {**NEWCOMER, "municipality": TOME, "mobile": "12", "unknown": NEWCOMER["email"]}
    taken = {**NEWCOMER, "municipality": TAMA, "mobile": None}
    answers = [
        await service.call("POST", "/api/people", by=owner, json=bad),
        await service.call("POST", "/api/people", by=world.email(TAMA), json=taken),
        await service.call("PATCH", f"/api/people/{person}", by=stranger, json={"name": NEWCOMER["name"]}),
        await service.call("GET", f"/api/guest-pools/{secrets.at.pool}", by=world.email(TAMA)),
        await service.call("POST", "/api/sign-in/password", json={"email": NEWCOMER["email"], "password": SAID * 3}),
        await service.call("GET", "/api/people/" + NEWCOMER["mobile"], by=owner),
        await service.call("GET", "/api/inventory/" + KOMATSU + "/records", by=world.email(TAMA)),
        await service.http.get("/api/answers/" + secrets.sealed["answer token 0"] + "x"),
        await service.http.get("/api/me", headers={"Authorization": f"Bearer {secrets.sealed['session']}x"}),
    ]
    assert {each.status_code for each in answers} >= {401, 404, 422, 409}
    await _failures_of_our_own(service, secrets, monkeypatch)
    return [each.text for each in answers]


async def _failures_of_our_own(service: Service, secrets: Secrets, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError(f"{NEWCOMER} {PHONE} {secrets.sealed['session']}")

    listed = (await service.call("GET", "/api/requests", by=secrets.at.owner)).json()["items"]
    (request,) = [each["id"] for each in listed if each["contact_phone"]]
    await ask(service, secrets.at.world, ("pc", 2))

    async def fail_later(*_: object) -> None:
        fail()

    headers = {"Authorization": f"Bearer {await service.token(secrets.at.owner)}"}
    async with at(service, "192.0.2.7") as http:
        with monkeypatch.context() as broken:
            broken.setattr("agreements.people.queries.person_view", fail)
            assert (await http.get("/api/people", headers=headers)).status_code == 500
            broken.setattr("aid.requests.views.shown", fail)
            assert (await http.get(f"/api/requests/{request}", headers=headers)).status_code == 500
            broken.setattr("notifications.inbound.replies.parse", fail)
            query = {"from": "+819066660002", "to": "1", "text": SAID, "id": "broken"}
            assert (await http.get("/hooks/sms/console/secret/mo", params=query)).status_code == 200
            broken.setattr(ConsoleGateway, "send", fail_later)
            await service.deliver()


@pytest.mark.asvs("16.4.1")
async def test_input_makes_no_line_of_its_own(service: Service, said: io.StringIO) -> None:
    forged = '{"event": "forged"}'
    for end in ("\n", "\r\n", "\r", "\x85", "\u2028", "\u2029", "\x0b", "\x1e"):
        text = f"x{end}{forged}"
        await service.http.get("/api/groups/" + quote(text, safe=""), params={"q": text})
        await service.http.post("/api/sign-in/password", json={"email": text, "password": text, text: 1})
        await service.http.get(f"/hooks/sms/console/{quote(text, safe='')}/mo", params={"from": text, "text": text})
        logging.getLogger("some.package").warning("it said %s", text)
        structlog.get_logger().warning("noted", text=text)
    lines = said.getvalue().splitlines()
    assert len(lines) >= 4 * 8
    assert "forged" not in {json.loads(each)["event"] for each in lines}


@pytest.mark.asvs("14.2.1")
def test_no_address_of_the_service_asks_for_anything_personal() -> None:
    """What stands in an address stands in logs of proxies and in histories; gateways alone call as they do."""
    asked = {
        f"{each.method} {each.path} {name}"
        for each in operations_in(*ROOMS)
        if not each.path.startswith("/hooks/") and each.query is not None and each.method == "GET"
        for name in each.query.model_fields
        if name in PERSONAL
    }
    assert asked == set()
    tokens = {route.path for route in portal_routes(Settings()) if "token" in getattr(route, "path", "")}
    assert tokens <= {"/r/{token}", "/i/{token}"}, "links that stand in messages, each for one purpose"


@pytest.mark.deep
def test_a_served_demo_writes_no_name_number_or_address(demo_folder: Path) -> None:
    gateways = {
        "YUIMARU_MAIL_URLS": "smtp://127.0.0.1:9",
        "YUIMARU_SMS_URLS": "kannel://u:verborgen@127.0.0.1:9?from=0005&hook_secret=demo",
        "YUIMARU_LOG_LEVEL": "DEBUG",
    }
    server = Served(demo_folder, {**DEMO, **gateways})
    with server.http() as http:
        signed_in = http.post("/api/demo/sign-in", json={"email": "ict1.042129@demo.example"}).json()
        headers = {"Authorization": f"Bearer {signed_in['token']}"}
        people = http.get("/api/people", headers=headers).json()["items"]
        incident = http.get("/api/incidents", headers=headers).json()["items"][0]["id"]
        group = http.get("/api/groups", headers=headers).json()["items"][0]["id"]
        draft = {
            "incident": incident,
            "group": group,
            "requester": "042129",
            "lines": [{"kind": "pc", "quantity": 3}],
        }
        made = http.post("/api/requests", headers=headers, json={**draft, "contact_phone": PHONE})
        assert made.status_code == 201, made.text
        http.post("/api/sign-in/password", json={"email": people[0]["email"], "password": SAID * 3})
        http.get("/hooks/sms/kannel/demo/mo", params={"from": people[0]["mobile"], "to": "1", "text": SAID})
        http.get(f"/nowhere/{people[0]['mobile']}")
        http.get("/sign-in")
    told = [run(demo_folder, *words, **DEMO) for words in (("keys", "show"), ("audit", "verify"), ("gateways",))]
    assert [each.returncode for each in told] == [0, 0, 0]
    refused = run(demo_folder, "token", "nobody.at.all@demo.example", **DEMO)
    assert refused.returncode == 2
    server.end(2)
    lines = [json.loads(line) for line in server.said.splitlines() if line.startswith("{")]
    assert any(each["event"] == "answered" for each in lines)
    kinds = ("name", "email", "mobile")
    secrets = {f"{kind} {number}": each[kind] for number, each in enumerate(people) for kind in kinds}
    secrets |= {"token": signed_in["token"], "phone": PHONE, "said": SAID, "gateway": "verborgen"}
    everything = server.said + "".join(each.stdout + each.stderr for each in (*told, refused))
    assert found_in(everything.encode(), {**secrets, "asked": "nobody.at.all"}) == []
