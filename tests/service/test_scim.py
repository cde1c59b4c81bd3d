"""People arrive and leave from the member's directory, and nobody else's people are within its reach."""

import asyncio
import json
from itertools import groupby
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agreements.models import Channel, Contact, Person, PersonRole
from agreements.nda_models import Nda
from foundation.audit import Audit
from foundation.database.statements import table_of
from foundation.sealing import BLANK
from service.identity.models import ApiToken, PersonSession
from service.identity.scim.models import DirectoryPerson
from service.identity.scim.pace import Pace
from tests.agreements.secrecy import adopt, sign
from tests.api_client import Service
from tests.service.scim_door import CORE, ENTERPRISE, PATCH, READING, Directory, directory, locks
from tests.world import FUJISAWA, KOMATSU, TOME, World

HANAKO = {
    "externalId": "e-1",
    "displayName": "応援 花子",
    "name": {"familyName": "応援", "givenName": "花子"},
    "active": True,
    "emails": [{"value": "private@example.com", "type": "home"}, {"value": "hanako@tome.example", "type": "work"}],
    "phoneNumbers": [{"value": "0220-22-2111", "type": "work"}, {"value": "090-1234-5678", "type": "mobile"}],
    ENTERPRISE: {"department": "総務課", "employeeNumber": "77"},
    READING: {"phoneticName": "おうえん はなこ"},
    "title": "主事",
}
NOBODY = "/Users/" + "01900000-0000-7000-8000-000000000000"
INACTIVE = {"op": "replace", "path": "active", "value": False}
ACTIVE = {"op": "replace", "path": "active", "value": True}


@pytest.fixture
async def world(service: Service) -> World:
    return await service.build()


@pytest.fixture
async def tome(service: Service, world: World) -> Directory:
    return await directory(service, world, TOME)


async def test_a_person_arrives_with_everything_their_directory_says(
    service: Service, world: World, tome: Directory
) -> None:
    made = await tome.create("hanako@tome.example", **HANAKO)
    seen = (await service.call("GET", f"/api/people/{made['id']}", by=world.email(TOME))).json()
    wanted = ("応援 花子", "おうえん はなこ", "総務課", "hanako@tome.example", "+819012345678", TOME)
    assert tuple(seen[each] for each in ("name", "kana", "department", "email", "mobile", "municipality")) == wanted
    assert [each["value"] for each in made["emails"]] == ["hanako@tome.example"]
    assert "title" not in made
    found = await tome.search('userName eq "HANAKO@tome.example"')
    assert [each["id"] for each in found["Resources"]] == [made["id"]]
    for wanted_by in ('externalId eq "e-1"', 'emails eq "hanako@tome.example"', f'id eq "{made["id"]}"'):
        assert (await tome.search(wanted_by))["totalResults"] == 1
    assert (await tome.search('emails[type eq "work" and value eq "hanako@tome.example"]'))["totalResults"] == 1
    assert (await tome.search('externalId eq "E-1"'))["totalResults"] == 0
    refused = await tome.search('displayName co "花"', expect=400)
    assert refused["scimType"] == "invalidFilter"


async def test_a_change_is_taken_up_and_told_at_the_former_address(
    service: Service, world: World, tome: Directory
) -> None:
    made = await tome.create("hanako", **HANAKO)
    mail = {"op": "replace", "path": 'emails[type eq "work"].value', "value": "suzuki@tome.example"}
    await tome.patch(made["id"], mail, {"op": "replace", "value": {"displayName": "鈴木 花子"}})
    after = await tome.read(made["id"])
    assert (after["displayName"], after["emails"][0]["value"]) == ("鈴木 花子", "suzuki@tome.example")
    assert after["meta"]["version"] != made["meta"]["version"]
    await service.deliver()
    told = (await service.call("GET", "/api/messages", by=world.email(TOME))).json()["items"]
    assert any("これはこれまでのアドレスへのお知らせです" in each["text"] for each in told)


async def test_hand_made_people_are_found_and_taken_over(service: Service, world: World, tome: Directory) -> None:
    found = await tome.search(f'userName eq "{world.email(TOME)}"')
    (user,) = found["Resources"]
    assert user["id"] == world.people[TOME, "disaster"]
    await tome.patch(user["id"], {"op": "add", "path": "externalId", "value": "e-9"})
    assert (await tome.search('externalId eq "e-9"'))["totalResults"] == 1
    assert await service.database.read(rights, user["id"]) == {"contacts": 1, "roles": 0}


@pytest.mark.asvs("7.4.2")
async def test_who_is_disabled_loses_everything_in_the_same_transaction(
    service: Service, world: World, tome: Directory
) -> None:
    person, email = world.people[TOME, "disaster"], world.email(TOME)
    await adopt(service, world)
    await sign(service, world, email)
    await service.database.write(give_role, person)
    token = await service.token(email)
    await tome.patch(person, INACTIVE)
    answer = await service.http.get("/api/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert await service.database.read(rights, person) == {"contacts": 0, "roles": 0}
    assert await service.database.read(live, person) == 0
    members = await service.call("GET", f"/api/groups/{world.group}/members", by=world.email(FUJISAWA))
    assert members.status_code == 200
    await tome.patch(person, ACTIVE)
    assert await service.database.read(rights, person) == {"contacts": 0, "roles": 0}
    assert await service.database.read(live, person) == 0
    answer = await service.http.get("/api/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


async def test_a_gap_in_the_duties_is_seen_and_refuses_nothing(
    service: Service, world: World, tome: Directory
) -> None:
    path = f"/api/groups/{world.group}/members/{TOME}/contacts"
    await tome.patch(world.people[TOME, "disaster"], INACTIVE)
    listed = (await service.call("GET", path, by=world.email(FUJISAWA))).json()["items"]
    assert [each["function"] for each in listed] == ["ict"]
    by_hand = await service.call(
        "PATCH", f"/api/people/{world.people[TOME, 'ict']}", by=world.email(FUJISAWA), json={"is_active": False}
    )
    assert by_hand.status_code in {403, 409}


async def test_the_hand_done_act_ends_as_much(service: Service, world: World) -> None:
    extra = await service.call(
        "POST", "/api/people", by=world.email(TOME), json={"name": "三人目", "email": "x@t.example"}
    )
    person = extra.json()["id"]
    await service.database.write(give_role, person)
    token = await service.token("x@t.example")
    for is_active in (False, True):
        changed = await service.call(
            "PATCH", f"/api/people/{person}", by=world.email(TOME), json={"is_active": is_active}
        )
        assert changed.status_code == 200
        assert await service.database.read(rights, person) == {"contacts": 0, "roles": 0}
        answer = await service.http.get("/api/me", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401


async def test_what_does_not_fit_keeps_nobody_in(service: Service, tome: Directory) -> None:
    made = await tome.create("hanako", **HANAKO)
    bad = {**HANAKO, "active": False, "phoneNumbers": [{"value": "内線 12", "type": "mobile"}]}
    answer = await tome.call(
        "PUT", f"/Users/{made['id']}", json={**bad, "userName": "hanako", "schemas": made["schemas"]}
    )
    assert answer.status_code == 200
    assert answer.json()["active"] is False
    assert answer.json()["phoneNumbers"][0]["value"] == "+819012345678"


async def test_who_leaves_is_gone_for_the_directory_and_kept_for_the_record(
    service: Service, tome: Directory
) -> None:
    made = await tome.create("hanako", **HANAKO)
    gone = await tome.call("DELETE", f"/Users/{made['id']}")
    assert gone.status_code == 204
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        body = {"PUT": {"json": made}, "PATCH": {"json": {"schemas": [PATCH], "Operations": [ACTIVE]}}}
        assert (await tome.call(method, f"/Users/{made['id']}", **body.get(method, {}))).status_code == 404
    assert (await tome.search('userName eq "hanako"'))["totalResults"] == 0
    kept = await service.database.read(person_of, made["id"])
    assert kept == ("応援 花子", False, 0)
    again = await tome.create("hanako", **HANAKO)
    assert again["id"] != made["id"]


async def test_of_who_left_no_name_stays_in_the_directorys_row(
    service: Service, world: World, tome: Directory
) -> None:
    written = await tome.create("hanako@tome.example", **HANAKO)
    for person in (written["id"], world.people[TOME, "disaster"]):
        assert (await tome.call("DELETE", f"/Users/{person}")).status_code == 204
    kept = await service.database.read(directory_rows)
    assert len(kept) == 2
    for row in kept:
        names = (row.external_id_sealed, row.external_digest, row.display_name, row.family_name, row.given_name)
        assert (row.user_name_sealed, names, row.left_at is not None) == (BLANK, (None,) * 5, True)


@pytest.mark.parametrize("still", ["active", "disabled"])
async def test_who_was_taken_back_by_hand_is_the_directorys_again(
    service: Service, world: World, tome: Directory, still: str
) -> None:
    made = await tome.create("hanako@tome.example", **HANAKO)
    await tome.call("DELETE", f"/Users/{made['id']}")
    for change in [{"is_active": True, "email": "hanako@tome.example"}, {"is_active": still == "active"}]:
        path = f"/api/people/{made['id']}"
        answer = await service.call("PATCH", path, by=world.email(TOME, "ict"), json=change)
        assert answer.status_code == 200, answer.text
    (found,) = (await tome.search('userName eq "hanako@tome.example"'))["Resources"]
    assert (found["id"], found["active"]) == (made["id"], still == "active")
    await tome.patch(made["id"], {"op": "add", "path": "externalId", "value": "e-1"}, ACTIVE)
    assert (await tome.search('externalId eq "e-1"'))["totalResults"] == 1


async def test_writes_at_once_follow_one_another(tome: Directory) -> None:
    made = [await tome.create(f"u{number}", displayName="x") for number in range(4)]
    change = {"op": "replace", "path": "displayName"}

    async def rename(user: str, name: str) -> int:
        body = {"schemas": [PATCH], "Operations": [{**change, "value": name}]}
        return (await tome.call("PATCH", f"/Users/{user}", json=body)).status_code

    answers = await asyncio.gather(*(rename(each["id"], f"n{number}") for each in made for number in range(6)))
    assert set(answers) == {204}, "nobody named a version that could be stale"


async def test_the_members_row_is_locked_before_the_persons(
    service: Service, world: World, tome: Directory, database_url: str
) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("an embedded database has one writer")
    made = await tome.create("hanako", **HANAKO)
    path, by = f"/api/people/{made['id']}", world.email(TOME, "ict")
    patch = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "displayName", "value": "別名"}]}
    with locks() as taken:
        assert (await tome.call("PATCH", f"/Users/{made['id']}", json=patch)).status_code == 204
        for change in ({"department": "防災課"}, {"is_active": False}):
            assert (await service.call("PATCH", path, by=by, json=change)).status_code == 200
        draft = {"kind": "fax", "address": "0220-22-2111"}
        assert (await service.call("POST", f"{path}/channels", by=by, json=draft)).status_code == 201
        assert (await tome.call("DELETE", f"/Users/{made['id']}")).status_code == 204
    transactions = [list(group) for is_end, group in groupby(taken, lambda table: table is None) if not is_end]
    assert [each[0] for each in transactions] == ["members"] * 5
    assert "people" in taken


@pytest.mark.parametrize(
    "same",
    [
        {"userName": "HANAKO", "externalId": "e-2", "emails": []},
        {"userName": "other", "externalId": "e-1", "emails": []},
        {"userName": "other", "externalId": "e-2", "emails": [{"value": "Hanako@tome.example", "type": "work"}]},
    ],
)
async def test_a_name_is_given_once(tome: Directory, same: dict[str, Any]) -> None:
    await tome.create("hanako", **HANAKO)
    body = {**HANAKO, **same}
    refused = await tome.create(body.pop("userName"), expect=409, **body)
    assert refused["scimType"] == "uniqueness"


async def test_another_members_address_is_refused_without_telling_whose(world: World, tome: Directory) -> None:
    taken = world.email(KOMATSU)
    answers = [
        await tome.create(taken, expect=409),
        await tome.create("free", expect=409, emails=[{"value": taken, "type": "work"}]),
        await tome.create(world.email(TOME), expect=409),
    ]
    assert len({str(each) for each in answers}) == 1
    assert KOMATSU not in str(answers)


async def test_two_that_arrive_at_once_are_one(tome: Directory) -> None:
    answers = await asyncio.gather(
        *(
            tome.call("POST", "/Users", json={"schemas": [CORE], "userName": "twin", "externalId": "e-5"})
            for _ in range(5)
        )
    )
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409, 409]


async def test_another_members_people_are_not_there_for_any_method(
    service: Service, world: World, tome: Directory
) -> None:
    komatsu = await directory(service, world, KOMATSU)
    made = await tome.create("hanako", **HANAKO)
    body = {"schemas": made["schemas"], "userName": "mine", "active": False}
    patch = {"schemas": [PATCH], "Operations": [INACTIVE]}
    hidden = world.people[TOME, "disaster"], made["id"], "01900000-0000-7000-8000-000000000000"
    for method, more in [("GET", {}), ("PUT", {"json": body}), ("PATCH", {"json": patch}), ("DELETE", {})]:
        answers = [await komatsu.call(method, f"/Users/{each}", **more) for each in hidden]
        assert {each.status_code for each in answers} == {404}
        assert len({each.text for each in answers}) == 1
    for wanted in (
        f'id eq "{made["id"]}"',
        'userName eq "hanako"',
        'externalId eq "e-1"',
        f'emails eq "{world.email(TOME)}"',
    ):
        assert (await komatsu.search(wanted))["totalResults"] == 0
    listed = (await komatsu.call("GET", "/Users")).json()
    own = {world.people[KOMATSU, each] for each in ("disaster", "ict")}
    assert {each["id"] for each in listed["Resources"]} == own
    for path in ("/.search", "/Users/.search"):
        schema = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
        answer = (await komatsu.call("POST", path, json={"schemas": [schema]})).json()
        assert {each["id"] for each in answer["Resources"]} == own
    assert (await tome.read(made["id"]))["active"] is True
    assert (await komatsu.create("hanako", externalId="e-1"))["id"] != made["id"]


async def test_no_door_opens_without_a_token_that_counts(service: Service, world: World, tome: Directory) -> None:
    strangers = ["", "x" * 43, await service.token(world.email(TOME, "ict"))]
    for token in strangers:
        for method, path in [
            ("GET", "/Users"),
            ("POST", "/Users"),
            ("GET", "/Schemas"),
            ("DELETE", NOBODY),
            ("GET", "/"),
        ]:
            answer = await Directory(service, token).call(method, path)
            assert answer.status_code == 401, f"{method} {path}"
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert answer.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    config = await service.http.get("/scim/v2/ServiceProviderConfig")
    assert config.status_code == 200
    assert config.headers["x-content-type-options"] == "nosniff"
    # Nor does the directory's token open anything else.
    for path in ("/api/me", "/api/people", "/api/directory-tokens"):
        answer = await service.http.get(path, headers={"Authorization": f"Bearer {tome.token}"})
        assert answer.status_code == 401


async def test_groups_are_not_offered(tome: Directory) -> None:
    types = (await tome.call("GET", "/ResourceTypes")).json()
    assert [each["name"] for each in types["Resources"]] == ["User"]
    assert (await tome.call("GET", "/Groups")).status_code == 404
    assert (await tome.call("POST", "/Bulk", json={})).status_code == 501


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff", b'{"schemas": {}}', b'{"userName": "\\u0000"}'])
async def test_what_can_not_be_read_is_refused_in_the_protocols_words(tome: Directory, body: bytes) -> None:
    for method, path in [("POST", "/Users"), ("PUT", NOBODY), ("PATCH", NOBODY)]:
        answer = await tome.call(method, path, content=body, headers={"Content-Type": "application/scim+json"})
        assert answer.status_code in {400, 404}, f"{method} {path}: {answer.text}"
        assert answer.json()["status"] == str(answer.status_code)
        assert "Traceback" not in answer.text


@pytest.mark.parametrize("odd", ["%00", "%F0%9F%8D%8A", "x" * 300, "..%2F..", "a'b"])
async def test_odd_ids_and_searches_find_nobody(tome: Directory, odd: str) -> None:
    assert (await tome.call("GET", f"/Users/{odd}")).status_code == 404
    for attribute in ("userName", "externalId", "id", "emails"):
        answer = await tome.call("GET", f"/Users?filter={attribute}%20eq%20%22{odd}%22")
        assert answer.status_code in {200, 400}
        assert not answer.json().get("Resources")


@pytest.mark.parametrize(
    "query",
    [
        {"startIndex": "9" * 23, "count": "9" * 23},
        {"startIndex": "-" + "9" * 23},
        {"filter": r'userName eq "\ud800"'},
        {"filter": r'emails[value eq "\ud800"]'},
        {"filter": " and ".join(['id eq "a"'] * 2000)},
        {"filter": "emails[" + " and ".join(['value eq "a"'] * 2000) + "]"},
        {"filter": "(" * 3000 + 'id eq "a"' + ")" * 3000},
    ],
)
async def test_no_search_is_too_much(tome: Directory, query: dict[str, str]) -> None:
    answer = await tome.call("GET", "/Users", params=query)
    assert answer.status_code in {200, 400}, answer.text
    assert (await tome.call("GET", "/Users", params={"filter": " and ".join(["active eq true"] * 20)})).is_success


@pytest.mark.parametrize(
    "odd",
    [
        {"userName": "\ud800"},
        {"displayName": "\ud800"},
        {"emails": [{"value": "\ud800@tome.example", "type": "work"}]},
        {"phoneNumbers": [{"value": "\ud800", "type": "mobile"}]},
        {"externalId": "\ud800"},
    ],
)
async def test_half_a_character_is_refused(tome: Directory, odd: dict[str, Any]) -> None:
    body = json.dumps({"schemas": [CORE], "userName": "hanako", **odd})
    answer = await tome.call("POST", "/Users", content=body, headers={"Content-Type": "application/scim+json"})
    assert answer.status_code == 400, answer.text


async def test_a_stale_version_is_refused(tome: Directory) -> None:
    made = await tome.create("hanako", **HANAKO)
    await tome.patch(made["id"], {"op": "replace", "path": "displayName", "value": "別名"})
    old = {"If-Match": made["meta"]["version"]}
    assert (await tome.call("DELETE", f"/Users/{made['id']}", headers=old)).status_code == 412


async def test_what_the_directory_calls_somebody_stands_nowhere_in_plain(
    service: Service, world: World, tome: Directory
) -> None:
    made = await tome.create("hanako-of-the-directory", **{**HANAKO, "externalId": "employee-4711"})
    assert (await tome.read(made["id"]))["externalId"] == "employee-4711"
    rows = await service.database.read(lambda session: str(session.execute(select(table_of(DirectoryPerson))).all()))
    assert "employee-4711" not in rows
    assert "hanako-of-the-directory" not in rows
    await tome.patch(made["id"], {"op": "replace", "path": "externalId", "value": "employee-4712"})
    assert (await tome.search('externalId eq "employee-4711"'))["totalResults"] == 0
    assert (await tome.search('externalId eq "employee-4712"'))["totalResults"] == 1
    await tome.patch(made["id"], {"op": "remove", "path": "externalId"})
    assert "externalId" not in await tome.read(made["id"])


async def test_every_write_names_the_token_in_the_members_record(
    service: Service, world: World, tome: Directory
) -> None:
    made = await tome.create("hanako", **HANAKO)
    await tome.create("hanako", expect=409)
    await tome.call("DELETE", f"/Users/{made['id']}")
    written = await service.database.read(acts, world.members[TOME])
    assert written.count("identity.directory_wrote") == 2
    assert {"agreements.person_added", "agreements.person_disabled", "agreements.person_left"} <= set(written)


@pytest.mark.asvs("2.4.1")
def test_too_many_calls_wait_and_go_on() -> None:
    now = [0.0]
    pace = Pace(per_second=2, burst=3, now=lambda: now[0])
    assert [pace.seconds_to_wait("a") for _ in range(5)] == [0, 0, 0, 1, 1]
    assert pace.seconds_to_wait("b") == 0
    assert [pace.seconds_to_wait("c", counts=False) for _ in range(5)] == [0] * 5
    now[0] = 1.0
    assert [pace.seconds_to_wait("a") for _ in range(3)] == [0, 0, 1]


def rights(session: Session, person: str) -> dict[str, int]:
    def many(table: Any, column: Any) -> int:
        return session.scalar(select(func.count()).select_from(table).where(column == person)) or 0

    return {"contacts": many(Contact, Contact.person_id), "roles": many(PersonRole, PersonRole.person_id)}


def live(session: Session, person: str) -> int:
    """Count what still lets somebody in or lets them read."""
    counts = [
        select(func.count()).where(ApiToken.person_id == person, ApiToken.revoked_at.is_(None)),
        select(func.count()).where(PersonSession.person_id == person, PersonSession.ended_at.is_(None)),
        select(func.count()).where(Nda.person_id == person, Nda.revoked_at.is_(None)),
    ]
    return sum(session.scalar(each) or 0 for each in counts)


def give_role(session: Session, person: str) -> None:
    row = session.get_one(Person, person)
    row.roles = [PersonRole(role="approver", given_at=row.created_at)]


def person_of(session: Session, person: str) -> tuple[str, bool, int]:
    row = session.get_one(Person, person)
    channels = session.scalar(select(func.count()).where(Channel.person_id == person)) or 0
    assert session.get_one(DirectoryPerson, person).left_at is not None
    return row.name, row.is_active, channels


def directory_rows(session: Session) -> list[DirectoryPerson]:
    rows = list(session.scalars(select(DirectoryPerson)))
    for row in rows:
        session.expunge(row)
    return rows


def acts(session: Session, member: str) -> list[str]:
    return list(session.scalars(select(Audit.act).where(Audit.chain == member)))
