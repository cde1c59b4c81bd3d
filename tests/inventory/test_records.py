"""A member keeps its inventory: every change is a revision, and so is finding nothing to change."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from foundation.audit import Audit
from foundation.database import Scope
from foundation.database.scope import Party
from inventory.records import actions
from inventory.records.facets import folded, members_with
from inventory.records.kinds import Facet
from service.identity.actions import issue_operator_token
from tests.api_client import Service
from tests.inventory.recording import SYSTEM, keep, patch, post
from tests.world import FUJISAWA, KAGOSHIMA, KOMATSU, TAMA, World


async def own(service: Service, world: World, path: str, code: str = KOMATSU, **query: Any) -> dict[str, Any]:
    answer = await service.call("GET", f"/api/inventory/{code}/{path}", by=world.email(code, "ict"), params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_record_is_kept_and_shown_whole_to_its_owner(service: Service) -> None:
    world = await service.build()
    made = await keep(service, world)
    assert (made["kind"], made["name"], made["level"], made["version"]) == ("system", SYSTEM["name"], "owner", 1)
    assert made["fields"] == SYSTEM
    assert made["checked_by"] == world.people[KOMATSU, "disaster"]
    assert await own(service, world, f"records/{made['id']}") == made
    listed = await own(service, world, "records", kind="system")
    assert (listed["items"], listed["next"], listed["lacking"]) == ([made], None, [])
    assert (await own(service, world, "records", kind="site"))["items"] == []


async def test_a_change_is_a_revision_and_the_past_can_be_looked_at(service: Service) -> None:
    world = await service.build()
    made = await keep(service, world)
    first = service.clock.now()
    service.clock.advance(timedelta(days=3))
    changed = await patch(
        service, world, made["id"], fields={"package": "架空住記 V8", "zone": None}, note="更新しました"
    )
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert changed.headers["etag"] == '"2"'
    assert changed.json()["fields"] == {
        **{name: value for name, value in SYSTEM.items() if name != "zone"},
        "package": "架空住記 V8",
    }
    path = f"records/{made['id']}"
    assert (await own(service, world, path, at=first.isoformat()))["fields"] == SYSTEM
    before = (first - timedelta(seconds=1)).isoformat()
    assert (await own(service, world, "records", at=before))["items"] == []
    past = await own(service, world, "records", at=(first + timedelta(days=1)).isoformat())
    assert [(each["version"], each["fields"]["package"]) for each in past["items"]] == [(1, "架空住記 V7")]
    history = (await own(service, world, f"{path}/revisions"))["items"]
    assert [(each["number"], each["change"], each["note"]) for each in history] == [
        (1, "created", None),
        (2, "changed", "更新しました"),
    ]
    assert {each["made_by"] for each in history} == {world.people[KOMATSU, "disaster"]}
    assert {each["made_by_name"] for each in history} == {"小松市 disaster"}


async def test_who_changed_another_version_is_told(service: Service) -> None:
    world = await service.build()
    made = await keep(service, world)
    stale, right = ({"If-Match": f'"{number}"'} for number in (7, 1))
    assert (await patch(service, world, made["id"], fields={"version": "2"}, headers=stale)).status_code == 412
    assert (await patch(service, world, made["id"], fields={"version": "2"}, headers=right)).status_code == 200
    assert (await patch(service, world, made["id"], fields={"version": "3"}, headers=right)).status_code == 412


async def test_finding_nothing_to_change_counts_and_names_who_says_so(service: Service) -> None:
    world = await service.build()
    made = [await keep(service, world), await keep(service, world, "site", name="本庁舎", satellite_phones=2)]
    retired = await keep(service, world, "vendor", name="架空ベンダー")
    await post(service, f"/api/inventory/{KOMATSU}/records/{retired['id']}/retirement", world.email(KOMATSU))
    service.clock.advance(timedelta(days=200))
    colleague = world.email(KOMATSU, "ict")
    one = await post(
        service,
        f"/api/inventory/{KOMATSU}/records/{made[0]['id']}/checks",
        colleague,
        {"note": "現地で確認"},
        expect=201,
    )
    assert (one["change"], one["version"], one["fields"]) == ("checked", 2, SYSTEM)
    assert one["checked_by"] == world.people[KOMATSU, "ict"]
    service.clock.advance(timedelta(days=1))
    whole = await post(service, f"/api/inventory/{KOMATSU}/checks", colleague, {"note": "年次の確認"}, expect=201)
    assert (whole["records"], whole["checked_by"]) == (2, world.people[KOMATSU, "ict"])
    listed = (await own(service, world, "records"))["items"]
    assert [(each["version"], each["change"], each["fields"]) for each in listed] == [
        (3, "checked", SYSTEM),
        (2, "checked", {"name": "本庁舎", "satellite_phones": 2}),
    ]
    assert {each["checked_at"] for each in listed} == {whole["checked_at"]}
    changed = await patch(service, world, made[0]["id"], fields={"version": "8"}, headers={"If-Match": '"3"'})
    assert (changed.status_code, changed.json()["version"]) == (200, 4)


async def test_what_is_retired_stays_in_the_history_and_can_come_back(service: Service) -> None:
    world = await service.build()
    by, made = world.email(KOMATSU), await keep(service, world)
    path = f"/api/inventory/{KOMATSU}/records/{made['id']}"
    await post(service, f"{path}/restoration", by, expect=409)
    gone = await post(service, f"{path}/retirement", by, {"note": "更新のため廃止"})
    assert (gone["is_retired"], gone["version"]) == (True, 2)
    assert (await own(service, world, "records"))["items"] == []
    assert [each["id"] for each in (await own(service, world, "records", is_retired="true"))["items"]] == [made["id"]]
    assert (await patch(service, world, made["id"], fields={"version": "9"})).status_code == 409
    for act in ("checks", "retirement"):
        await post(service, f"{path}/{act}", by, expect=409)
    back = await post(service, f"{path}/restoration", by)
    assert (back["is_retired"], back["version"], back["fields"]) == (False, 3, SYSTEM)


async def test_all_that_is_wrong_is_said_at_once_and_nothing_is_written(service: Service) -> None:
    world = await service.build()
    wrong = {"zone": "moon", "restore_priority": 9, "restore_tested_on": "yesterday", "colour": "blue", "vendor": 7}
    refused = await keep(service, world, expect=422, **wrong)
    pointers = {each["pointer"] for each in refused["errors"]}
    assert pointers == {f"/fields/{name}" for name in (*wrong, "name")}
    assert (await own(service, world, "records"))["items"] == []


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        ("equipment", {"name": "PC", "kind": "pcs"}, "unknown-kind"),
        ("equipment", {"name": "職員", "kind": "staff_kitting"}, "not-equipment"),
        ("equipment", {"name": "PC", "kind": "pc", "quantity": 3, "lendable_quantity": 4}, "more-than-there-is"),
        ("site", {"name": "本庁舎", "manuals": "金庫 パスワード: Kaname2026"}, "looks-like-secret"),
        ("system", {"name": "住記", "export_formats": ["CSV", "password=abcd1234"]}, "looks-like-secret"),
    ],
)
@pytest.mark.asvs("2.2.1", "2.2.3")
async def test_what_no_single_field_can_say(service: Service, kind: str, fields: dict[str, Any], code: str) -> None:
    world = await service.build(codes=(KOMATSU, FUJISAWA))
    refused = await keep(service, world, kind, expect=422, **fields)
    assert [each["code"] for each in refused["errors"]] == [code]


async def test_a_secret_is_refused_by_the_name_of_its_field_and_never_repeated(service: Service) -> None:
    world = await service.build()
    made = await keep(service, world)
    refused = await patch(
        service, world, made["id"], fields={"remarks": "管理者 password=Fuji#2024"}, note="PIN: 482199"
    )
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/fields/remarks", "/note"]
    assert "「備考」" in refused.json()["errors"][0]["detail"]
    assert "Fuji#2024" not in refused.text
    noted = await service.call(
        "POST", f"/api/inventory/{KOMATSU}/checks", by=world.email(KOMATSU), json={"note": "PIN: 482199"}
    )
    assert noted.status_code == 422


async def test_only_the_members_own_people_keep_it(service: Service) -> None:
    world = await service.build()
    made = await keep(service, world)
    service.tokens["operator"] = await service.database.write(issue_operator_token)
    draft = {"kind": "site", "fields": {"name": "本庁舎"}}
    for by, status in ((world.email(FUJISAWA), 403), (world.email(TAMA), 403), ("operator", 403)):
        path = f"/api/inventory/{KOMATSU}"
        record = f"{path}/records/{made['id']}"
        answers = [
            await service.call("POST", f"{path}/records", by=by, json=draft),
            await service.call("PATCH", record, by=by, json={"fields": {"vendor": "偽"}}),
            *[await service.call("POST", f"{record}/{act}", by=by, json={}) for act in ("checks", "retirement")],
            await service.call("POST", f"{path}/checks", by=by, json={}),
        ]
        assert {each.status_code for each in answers} == {status}
    assert (await own(service, world, f"records/{made['id']}"))["version"] == 1
    assert (
        await service.call("POST", "/api/inventory/011002/checks", by=world.email(TAMA), json={})
    ).status_code == 404


async def test_a_member_keeps_no_more_than_so_many(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST_RECORDS", 2)
    world = await service.build(codes=(KOMATSU, FUJISAWA))
    for _ in range(2):
        await keep(service, world)
    assert "2件" in (await keep(service, world, expect=409))["detail"]


async def test_every_change_leaves_an_audit_row_without_values(service: Service) -> None:
    world = await service.build()
    made = await keep(service, world)
    await patch(service, world, made["id"], fields={"package": "架空住記 V8"})
    await post(service, f"/api/inventory/{KOMATSU}/checks", world.email(KOMATSU), expect=201)

    def rows(session: Session) -> list[tuple[str, str, str]]:
        found = session.scalars(select(Audit).where(Audit.act.like("inventory.%")).order_by(Audit.id))
        return [(each.act, str(each.chain), str(each.facts)) for each in found]

    found = await service.database.read(rows)
    assert {act for act, _, _ in found} == {
        "inventory.record_created",
        "inventory.record_changed",
        "inventory.all_checked",
    }
    assert {chain for _, chain, _ in found} == {world.members[KOMATSU]}
    assert not [facts for _, _, facts in found if "架空" in facts]


async def test_members_with_the_same_vendor_are_found_inside_the_service(service: Service) -> None:
    world = await service.build()
    made = await keep(service, world)
    await keep(service, world, code=TAMA, name="税", vendor="（株）架空 システム")
    await keep(service, world, "vendor", code=FUJISAWA, name="架空ｼｽﾃﾑ")
    among = list(world.members.values())

    async def found(name: str = "架空システム") -> set[str]:
        seen = await service.database.read(members_with, Facet.VENDOR, name, among)
        # Inside somebody's transaction, too, in which PostgreSQL shows none of the others' rows.
        person = Scope(Party.PERSON, world.people[KAGOSHIMA, "ict"], world.members[KAGOSHIMA])
        assert await service.database.acting(person).read(members_with, Facet.VENDOR, name, among) == seen
        return seen

    assert await found() == {world.members[code] for code in (KOMATSU, TAMA, FUJISAWA)}
    await patch(service, world, made["id"], fields={"vendor": "別の会社"})
    assert await found() == {world.members[code] for code in (TAMA, FUJISAWA)}
    assert await found("別の会社") == {world.members[KOMATSU]}
    await post(service, f"/api/inventory/{KOMATSU}/records/{made['id']}/retirement", world.email(KOMATSU))
    assert await found("別の会社") == set()
    assert folded("㈱ＡＢＣ ﾃﾞｰﾀ") == folded("abcデータ")
    assert len(folded("﷽" * 200)) <= 200


async def test_a_record_that_comes_while_all_are_checked_stays_whole(service: Service, database_url: str) -> None:
    """On PostgreSQL another writer's record lands between the statements; on SQLite there is no other writer."""
    world = await service.build()
    await keep(service, world)
    come: list[int] = []

    def arrive(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("UPDATE inventory_records") or come:
            return
        come.append(1)
        with psycopg.connect(database_url) as other:
            other.execute(
                "INSERT INTO inventory_records SELECT 'late', member_id, kind, 'late', is_withheld, is_retired,"
                " checked_at, checked_by, created_at, 1 FROM inventory_records LIMIT 1"
            )
            other.execute(
                "INSERT INTO inventory_revisions SELECT 'late', 1, 'created', '{\"name\": \"late\"}', false, null,"
                " made_by, made_at FROM inventory_revisions LIMIT 1"
            )

    if database_url.startswith("postgresql"):
        event.listen(Engine, "before_cursor_execute", arrive)
    try:
        checked = await post(service, f"/api/inventory/{KOMATSU}/checks", world.email(KOMATSU), expect=201)
    finally:
        if database_url.startswith("postgresql"):
            event.remove(Engine, "before_cursor_execute", arrive)
    assert checked["records"] == 1
    listed = (await own(service, world, "records"))["items"]
    assert sorted(each["version"] for each in listed) == [1] * len(come) + [2]
    for each in listed:
        assert (await patch(service, world, each["id"], fields={"remarks": "x"})).status_code == 200
