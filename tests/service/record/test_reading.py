"""Who reads which record, and that the reading is recorded."""

import csv
import hashlib
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from agreements.models import Channel, ChannelKind, Person, PersonRole
from agreements.people.channels import channel
from foundation import audit, clock
from foundation.actor import Actor
from foundation.ids import new_id
from service.identity.actions import issue_operator_token
from tests.api_client import Service
from tests.journeys.asking import ask
from tests.world import FUJISAWA, KOMATSU, TOME, World

AUDITOR = "auditor@{}.example"


def _add(session: Session, member: str, email: str, role: str | None) -> str:
    person = Person(id=new_id(), member_id=member, name=f"監査 {email}", created_at=clock.now(session))
    made: Channel = channel(session, member, ChannelKind.EMAIL, email)
    person.channels = [made]
    if role is not None:
        person.roles = [PersonRole(role=role, given_at=clock.now(session))]
    session.add(person)
    session.flush()
    return person.id


@pytest.fixture
async def world(service: Service) -> World:
    built = await service.build()
    for code in (TOME, KOMATSU):
        await service.database.write(_add, built.members[code], AUDITOR.format(code), "auditor")
    await service.database.write(_add, built.members[TOME], "clerk@tome.example", None)
    await service.database.write(_add, built.members[TOME], "chief@tome.example", "administrator")
    return built


async def record_of(service: Service, by: str, **query: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        more = {"cursor": cursor} if cursor else {}
        answer = await service.call("GET", "/api/audit", by=by, params={**query, **more})
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        cursor = answer.json()["next"]
        if cursor is None:
            return items


async def operator(service: Service) -> str:
    service.tokens["operator"] = await service.database.write(issue_operator_token)
    return "operator"


async def test_an_auditor_reads_the_own_member_s_record_newest_first(service: Service, world: World) -> None:
    request = await ask(service, world, ("pc", 5))
    items = await record_of(service, AUDITOR.format(TOME), act="aid.")
    assert [each["act"] for each in items][-1] == "aid.request_filed"
    filed = items[-1]
    assert filed["subject"] == f"request:{request['id']}"
    assert filed["actor"] == {
        "person": world.people[TOME, "disaster"],
        "name": "登米市 disaster",
        "member": world.members[TOME],
    }
    everything = await record_of(service, AUDITOR.format(TOME))
    assert [each["sequence"] for each in everything] == list(range(len(everything), 0, -1))


async def test_another_member_s_auditor_sees_nothing_of_it(service: Service, world: World) -> None:
    request = await ask(service, world, ("pc", 5))
    theirs = await service.call("GET", "/api/audit/export?format=jsonl", by=AUDITOR.format(KOMATSU))
    assert theirs.text.count("\n") >= 1
    assert world.members[TOME] not in theirs.text
    assert request["id"] not in theirs.text
    for query in (
        {"act": "aid."},
        {"subject": f"request:{request['id']}"},
        {"actor": world.people[TOME, "disaster"]},
    ):
        items = await record_of(service, AUDITOR.format(KOMATSU), **query)
        assert not items, query


async def test_of_another_member_s_person_only_the_member_is_told(service: Service, world: World) -> None:
    def proxy(session: Session) -> None:
        actor = Actor(world.people[FUJISAWA, "ict"], "某", world.members[FUJISAWA])
        audit.record(session, actor, "test.for_another", "thing:1", chain=world.members[TOME])

    await service.database.write(proxy)
    (row,) = await record_of(service, AUDITOR.format(TOME), act="test.")
    assert row["actor"] == {"person": None, "name": "藤沢市", "member": world.members[FUJISAWA]}
    auditor, foreign = AUDITOR.format(TOME), world.people[FUJISAWA, "ict"]
    assert not await record_of(service, auditor, actor=foreign)
    assert not await record_of(service, auditor, act="test.", actor=foreign)
    as_csv = await service.call("GET", "/api/audit/export?act=test.", by=auditor)
    as_lines = await service.call("GET", "/api/audit/export?act=test.&format=jsonl", by=auditor)
    assert foreign not in as_csv.text
    assert json.loads(as_lines.text)["actor"] == foreign, "the hash covers it"


@pytest.mark.asvs("16.3.1", "16.3.2", "16.3.3")
async def test_reading_and_exporting_record_themselves(service: Service, world: World) -> None:
    auditor = AUDITOR.format(TOME)
    await record_of(service, auditor, act="aid.", **{"from": "2026-01-01T00:00:00Z"})
    await service.call("GET", "/api/audit/export?subject=thing:1", by=auditor)
    exported, read = (await record_of(service, auditor, act="audit."))[-2:]
    assert read["act"] == "audit.read"
    assert read["subject"] == f"audit:{world.members[TOME]}"
    assert read["facts"] == {"filter": {"act": "aid.", "from": "2026-01-01T00:00:00Z"}}
    assert exported["act"] == "audit.exported"
    assert exported["facts"]["filter"] == {"subject": "thing:1", "format": "csv"}


async def test_filters(service: Service, world: World) -> None:
    request = await ask(service, world, ("pc", 5))
    auditor = AUDITOR.format(TOME)
    now = service.clock.now()
    of_request = await record_of(service, auditor, subject=f"request:{request['id']}")
    assert {each["subject"] for each in of_request} == {f"request:{request['id']}"}
    assert await record_of(service, auditor, act="aid.request_f")
    asker = world.people[TOME, "disaster"]
    assert {each["actor"]["person"] for each in await record_of(service, auditor, actor=asker)} == {asker}
    assert not await record_of(service, auditor, act="aid%")
    assert not await record_of(service, auditor, act="aid.", until=now.isoformat())
    assert await record_of(service, auditor, act="aid.", until=(now + timedelta(seconds=1)).isoformat())
    assert not await record_of(service, auditor, act="aid.", **{"from": (now + timedelta(seconds=1)).isoformat()})
    wrong = await service.call("GET", "/api/audit?from=yesterday&cursor=x", by=auditor)
    assert wrong.status_code == 422
    assert {each["pointer"] for each in wrong.json()["errors"]} == {"/query/from", "/query/cursor"}


async def test_a_number_printed_in_a_watermark_leads_to_its_row(service: Service, world: World) -> None:
    contact = world.email(TOME)
    await service.call("GET", f"/api/inventory/{TOME}/export?kind=system&format=xlsx", by=contact)
    auditor = AUDITOR.format(TOME)
    (row,) = await record_of(service, auditor, act="inventory.exported")
    number = row["facts"]["number"]
    await service.call("GET", f"/api/inventory/{TOME}/export?kind=system&format=xlsx", by=contact)
    for typed in (number, number.lower()):
        assert [each["sequence"] for each in await record_of(service, auditor, number=typed)] == [row["sequence"]]
    assert not await record_of(service, auditor, number=f"{number[:7]}0000-0000")
    refused = await service.call("GET", "/api/audit?number=1", by=auditor)
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/query/number"]


async def test_pages_never_shift_though_reading_adds_rows(service: Service, world: World) -> None:
    def many(session: Session) -> None:
        for number in range(250):
            audit.record(session, Actor("p", "", world.members[TOME]), "test.many", f"thing:{number}")

    await service.database.write(many)
    items = await record_of(service, AUDITOR.format(TOME), act="test.many")
    assert [each["subject"] for each in items] == [f"thing:{number}" for number in range(249, -1, -1)]


async def test_only_auditor_administrator_and_operator_read_it(service: Service, world: World) -> None:
    for email, status in (
        ("clerk@tome.example", 403),
        (world.email(TOME), 403),
        ("chief@tome.example", 200),
        (AUDITOR.format(TOME), 200),
    ):
        for path in ("/api/audit", "/api/audit/export"):
            assert (await service.call("GET", path, by=email)).status_code == status, email


async def test_an_operator_sees_the_service_s_own_record_alone(service: Service, world: World) -> None:
    await ask(service, world, ("pc", 5))
    items = await record_of(service, await operator(service))
    assert {each["act"] for each in items} <= {"identity.token_issued", "audit.read"}
    assert not [each for each in items if each["actor"]["member"]]


async def test_an_auditor_who_is_no_contact_changes_nothing(service: Service, world: World) -> None:
    auditor = AUDITOR.format(TOME)
    for method, path, body in (
        ("POST", "/api/groups", {"name": "某", "purpose": "某"}),
        ("POST", "/api/people", {"name": "某"}),
        ("POST", "/api/capabilities", {"municipality": TOME, "kind": "pc", "quantity": 1, "lead_time_hours": 1}),
        ("PUT", f"/api/people/{world.people[TOME, 'ict']}/roles", {"roles": []}),
    ):
        assert (await service.call(method, path, by=auditor, json=body)).status_code == 403, path
    assert (await service.call("GET", "/api/me", by=auditor)).status_code == 200


@pytest.mark.asvs("1.2.10")
async def test_the_export_as_csv_holds_no_formula(service: Service, world: World) -> None:
    def formula(session: Session) -> None:
        audit.record(session, Actor("p", "", world.members[TOME]), "=HYPERLINK(1)", "@x", note="+1")

    await service.database.write(formula)
    answer = await service.call("GET", "/api/audit/export", by=AUDITOR.format(TOME))
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    assert answer.content.startswith("\ufeff".encode())
    head, *rows = csv.reader(io.StringIO(answer.text.lstrip("\ufeff")))
    assert head[:4] == ["sequence", "at", "act", "actor"]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert ["'=HYPERLINK(1)", "'@x"] in [[row[2], row[6]] for row in rows]


async def test_the_export_as_json_lines_can_be_checked_by_hand(service: Service, world: World) -> None:
    def many(session: Session) -> None:
        for number in range(2100):
            audit.record(session, Actor("p", "", world.members[TOME]), "test.many", f"thing:{number}", name="髙")

    await service.database.write(many)
    answer = await service.call("GET", "/api/audit/export?format=jsonl", by=AUDITOR.format(TOME))
    previous, count = bytes(32), 0
    for line in answer.text.splitlines():
        row = json.loads(line)
        stored, before = row.pop("hash"), row.pop("previous_hash")
        text = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert before == previous.hex()
        previous = hashlib.sha256(previous + text.encode()).digest()
        assert previous.hex() == stored
        count += 1
    assert count > 2100
