"""Who looked: no row, no reading; the owner sees who, what and why, and is told once a month."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from foundation.audit import Audit, recording
from foundation.timers import Timer
from inventory.records import disclosures
from inventory.records.reading import DIGEST, DISCLOSED, next_digest
from inventory.records.wording import WORDINGS
from notifications.models import Delivery
from notifications.wording import Notice
from tests.api_client import Service
from tests.inventory.recording import SYSTEM, bound_reader, keep, post, read
from tests.world import FUJISAWA, KOMATSU, TAMA, World

WHEN = "NEW.act = 'inventory.disclosed' AND NEW.chain = '{chain}'"
REFUSING = {
    "sqlite": [
        f"CREATE TRIGGER refuse BEFORE INSERT ON audit WHEN {WHEN} BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    ],
    "postgresql": [
        "RESET ROLE",
        "CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$ LANGUAGE plpgsql",
        f"CREATE TRIGGER refuse BEFORE INSERT ON audit FOR EACH ROW WHEN ({WHEN}) EXECUTE FUNCTION refuse()",
    ],
}
"""By engine: how exactly one INSERT comes to fail."""


async def rows(service: Service) -> list[Audit]:
    def find(session: Session) -> list[Audit]:
        return list(session.scalars(select(Audit).where(Audit.act == DISCLOSED).order_by(Audit.id)))

    return await service.database.read(find)


async def looked(service: Service, world: World, by: str, **query: Any) -> list[dict[str, Any]]:
    answer = await service.call("GET", f"/api/inventory/{KOMATSU}/disclosures", by=by, params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_a_page_goes_on_where_the_last_one_ended_whatever_the_ids_say(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids of one millisecond have no order among them; the sequence of the chain has."""
    world = await service.build()
    await keep(service, world)
    by = await bound_reader(service, world)
    falling = (f"{number:036d}" for number in range(900, 0, -1))
    monkeypatch.setattr(recording, "new_id", lambda: next(falling))
    monkeypatch.setattr(disclosures, "PAGE", 2)
    numbers = [(await read(service, world, by)).json()["watermark"]["number"] for _ in range(5)]
    shown: list[str] = []
    cursor: str | None = None
    while len(shown) < len(numbers):
        page = await service.call(
            "GET",
            f"/api/inventory/{KOMATSU}/disclosures",
            by=world.email(KOMATSU),
            params={"cursor": cursor} if cursor else {},
        )
        shown += [each["number"] for each in page.json()["items"]]
        cursor = page.json()["next"]
    assert (shown, cursor) == (numbers[::-1], None)
    made_up = await looked(service, world, world.email(KOMATSU), cursor="made-up")
    assert made_up == []


@pytest.mark.asvs("16.3.1", "16.3.2", "16.3.3")
async def test_every_reading_is_kept_in_the_owners_and_the_readers_chain(service: Service) -> None:
    world = await service.build()
    system = await keep(service, world)
    by = await bound_reader(service, world)
    await read(service, world, by, path=f"records/{system['id']}", reason="同じパッケージの復旧手順")
    first, second = await rows(service)
    assert {first.chain, second.chain} == {world.members[KOMATSU], world.members[TAMA]}
    assert first.facts == second.facts
    assert (first.actor, first.actor_member) == (world.people[TAMA, "disaster"], world.members[TAMA])
    facts = first.facts
    assert (facts["purpose"], facts["group"], facts["level"]) == ("planning", world.group, "nda")
    assert (facts["owner"], facts["reason"]) == (world.members[KOMATSU], "同じパッケージの復旧手順")
    (disclosed,) = facts["disclosed"]
    assert disclosed == {
        "kind": "system",
        "records": [system["id"]],
        "fields": sorted(set(SYSTEM) - {"own_remarks"}),
    }
    values = {str(value) for name, value in SYSTEM.items() if name not in {"hosting", "business"}}
    assert not [value for value in values if value in str(facts)]


@pytest.mark.parametrize("chain", [KOMATSU, TAMA])
@pytest.mark.asvs("16.5.1", "16.5.2", "16.5.3", "16.5.4")
async def test_without_its_row_nothing_is_read(service: Service, chain: str) -> None:
    world = await service.build()
    system = await keep(service, world)
    by = await bound_reader(service, world)
    assert (await read(service, world, by)).status_code == 200
    before = len(await rows(service))

    def refuse(session: Session) -> None:
        for statement in REFUSING[session.get_bind().dialect.name]:
            session.execute(text(statement.format(chain=world.members[chain])))

    await service.database.write(refuse)
    service.http.event_hooks = {}  # A failing disk stands in no document.
    for path in ("records", f"records/{system['id']}", f"records/{system['id']}/revisions"):
        with capture_logs():
            answer = await read(service, world, by, path=path)
        assert answer.status_code >= 500
        assert "架空" not in answer.text
    assert len(await rows(service)) == before


async def test_refused_and_empty_readings_without_an_nda_leave_no_row(service: Service) -> None:
    world = await service.build()
    await keep(service, world)
    await read(service, world, world.email(TAMA))
    await read(service, world, world.email(TAMA), group="none")
    await service.call("GET", f"/api/inventory/{KOMATSU}/records", by=world.email(KOMATSU))
    assert await rows(service) == []
    await keep(service, world, "equipment")
    assert (await read(service, world, world.email(TAMA))).json()["level"] == "group"
    assert [(each.facts["level"], each.facts["nda"]) for each in await rows(service)] == [("group", None)] * 2


async def test_the_owners_contacts_see_who_looked_and_nobody_else_does(service: Service) -> None:
    world = await service.build()
    system = await keep(service, world)
    by = await bound_reader(service, world)
    await read(service, world, by, purpose="drill")
    service.clock.advance(timedelta(days=2))
    await read(service, world, by, path=f"records/{system['id']}", purpose="incident", incident=world.incident)
    newest, oldest = await looked(service, world, world.email(KOMATSU, "ict"))
    assert (newest["purpose"], newest["incident"], newest["way"]) == ("incident", world.incident, "record")
    assert (oldest["purpose"], oldest["way"], oldest["level"]) == ("drill", "records", "nda")
    assert (oldest["name"], oldest["member_name"], oldest["municipality"]) == ("多摩市 disaster", "多摩市", TAMA)
    assert oldest["disclosed"][0]["records"] == [system["id"]]
    assert [each["id"] for each in await looked(service, world, world.email(KOMATSU), until="2026-06-01")] == [
        oldest["id"]
    ]
    assert [each["id"] for each in await looked(service, world, world.email(KOMATSU), since="2026-06-03")] == [
        newest["id"]
    ]
    for other in (by, world.email(FUJISAWA)):
        answer = await service.call("GET", f"/api/inventory/{KOMATSU}/disclosures", by=other)
        assert answer.status_code == 404
        assert (await service.call("GET", f"/api/inventory/{TAMA}/disclosures", by=by)).json()["items"] == []


async def mails(service: Service) -> list[str]:
    """Send what is due; return who got a mail."""
    await service.deliver()

    def find(session: Session) -> list[str]:
        return [each.name for each in session.scalars(select(Delivery).order_by(Delivery.id))]

    return await service.database.read(find)


async def test_the_owner_is_told_once_a_month(service: Service) -> None:
    world = await service.build()
    system = await keep(service, world)
    by = await bound_reader(service, world)
    for _ in range(3):
        await read(service, world, by, path=f"records/{system['id']}")
    service.clock.advance(datetime(2026, 6, 30, 23, 59, tzinfo=UTC) - service.clock.now())
    assert await service.tick() == 0
    await read(service, world, by)
    service.clock.advance(timedelta(minutes=2))
    assert await service.tick() == 1
    assert sorted(await mails(service)) == ["小松市 disaster", "小松市 ict"]
    messages = (await service.call("GET", "/api/messages", by=by)).json()["items"]
    body = messages[0]["text"]
    assert "多摩市 多摩市 disaster：3回（検討）" in body
    assert "2026年6月" in messages[0]["subject"]
    assert "架空" not in body
    # The one of July 1 in Japan belongs to the next digest.
    service.clock.advance(timedelta(days=31))
    assert await service.tick() == 1
    assert len(await mails(service)) == 4
    service.clock.advance(timedelta(days=31))
    assert await service.tick() == 0


async def test_a_worker_that_was_away_drops_no_month(service: Service) -> None:
    world = await service.build()
    await keep(service, world)
    by = await bound_reader(service, world)
    await read(service, world, by)
    service.clock.advance(datetime(2026, 7, 15, tzinfo=UTC) - service.clock.now())
    await read(service, world, by)
    service.clock.advance(datetime(2026, 8, 5, tzinfo=UTC) - service.clock.now())
    await read(service, world, by)
    assert await service.tick() == 1
    await service.deliver()
    messages = (await service.call("GET", "/api/messages", by=by)).json()["items"]
    months = ("2026年6月", "2026年7月")
    assert [sum(month in each["subject"] for each in messages) for month in months] == [2, 2]
    service.clock.advance(timedelta(days=30))
    assert await service.tick() == 1
    await service.deliver()
    messages = (await service.call("GET", "/api/messages", by=by)).json()["items"]
    assert [sum(f"2026年{month}月" in each["subject"] for each in messages) for month in (6, 7, 8)] == [2, 2, 2]


async def test_the_digest_says_by_what_right_it_was_read(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disclosures, "NAMED", 1)
    world = await service.build()
    await keep(service, world, "equipment")
    await read(service, world, world.email(TAMA))
    await read(service, world, world.email(FUJISAWA))
    by = await bound_reader(service, world)
    await read(service, world, by)
    service.clock.advance(timedelta(days=31))
    assert await service.tick() == 1
    await service.deliver()
    body = (await service.call("GET", "/api/messages", by=by)).json()["items"][0]["text"]
    assert "（秘密保持契約に基づく閲覧 1回、グループに開示する項目だけの閲覧 2回）" in body
    assert ("多摩市 多摩市 disaster：2回" in body, "藤沢市 藤沢市 disaster" in body) == (True, False)
    assert "・ほか1人" in body


@pytest.mark.parametrize(("others", "told"), [(0, None), (3, "・ほか3人")])
def test_a_digest_that_does_not_name_all_readers_says_so(others: int, told: str | None) -> None:
    reader = {"name": "夏", "member": "架空市", "readings": 2, "purposes": ["drill"]}
    facts = {"month": "2026-06", "readings": 2, "under_nda": 0, "readers": [reader], "others": others}
    body = WORDINGS[DIGEST].mail(Notice(facts, "髙橋")).body
    assert ("ほか" in body, "more" in body) == (bool(others), bool(others))
    assert told is None or told in body
    assert "秘密保持契約" not in body


async def test_one_timer_waits_however_often_somebody_reads(service: Service) -> None:
    world = await service.build()
    await keep(service, world)
    by = await bound_reader(service, world)
    for _ in range(3):
        await read(service, world, by)

    def due(session: Session) -> list[datetime]:
        return list(session.scalars(select(Timer.due_at).where(Timer.kind == DIGEST)))

    assert await service.database.read(due) == [datetime(2026, 7, 1, 0, 0, tzinfo=UTC)]


def test_the_next_digest_is_in_the_morning_of_the_first_in_japan() -> None:
    for now, due in (
        (datetime(2026, 12, 31, 14, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        (datetime(2026, 12, 31, 15, 0, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)),
        (datetime(2027, 1, 31, 3, 0, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)),
    ):
        assert next_digest(now) == due


async def test_a_reading_is_idempotent_but_counted_each_time(service: Service) -> None:
    world = await service.build()
    await keep(service, world)
    by = await bound_reader(service, world)
    answers = [(await read(service, world, by)).json() for _ in range(2)]
    numbers = {each.pop("watermark")["number"] for each in answers}
    assert (answers[0], len(numbers)) == (answers[1], 2)
    assert len(await rows(service)) == 4
    await post(service, f"/api/inventory/{KOMATSU}/checks", world.email(KOMATSU), expect=201)
    assert len(await rows(service)) == 4
