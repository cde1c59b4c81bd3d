"""A whole year of information security: from no policy at all to the training that follows the review."""

import csv
import io
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from agreements.models import ChannelKind, Person, PersonRole
from agreements.people.channels import channel
from foundation import clock
from foundation.audit import Audit
from foundation.ids import new_id
from readiness.security.questions import Question
from service.identity.models import Method
from service.identity.people import Claimed
from service.identity.sessions.actions import Proof, begin
from service.identity.terminals import actions as terminals
from tests.api_client import Service
from tests.journeys.asking import get, post
from tests.world import FUJISAWA, KOMATSU, TOME, World

AUDITOR, APPROVER = "auditor@demo.example", "approver@demo.example"
FOUND = "窓口の端末で全員が朝の担当者のまま操作している"
HOME = f"/api/security/{TOME}"
YEAR = f"{HOME}/cycles/2026"
SHARED = {"fiscal_year": 2026, "text": FOUND, "severity": "high", "due_on": "2026-06-30"}


async def put(service: Service, path: str, *, by: str, expect: int = 200, **body: Any) -> dict[str, Any]:
    answer = await service.call("PUT", path, by=by, json=body)
    assert answer.status_code == expect, answer.text
    found: dict[str, Any] = answer.json()
    return found


def staffed(session: Session, world: World) -> None:
    """Let 登米市 have an auditor and an approver, both no contacts."""
    for email in (AUDITOR, APPROVER):
        person = Person(id=new_id(), member_id=world.members[TOME], name=email, created_at=clock.now(session))
        person.channels = [channel(session, world.members[TOME], ChannelKind.EMAIL, email)]
        person.roles = [PersonRole(role=email.partition("@")[0], given_at=clock.now(session))]
        session.add(person)


def shared_morning(session: Session, world: World, times: int) -> None:
    """Let one person sign in at the counter each morning, and nobody take turns."""
    person, member = world.people[TOME, "disaster"], world.members[TOME]
    terminal, _ = terminals.settle(session, Claimed(person, "朝の担当者", member, None), None, is_shared=True)
    for _ in range(times):
        begin(session, Proof(person, "朝の担当者", member, Method.PASSWORD, 1, terminal))


async def office(service: Service) -> World:
    world = await service.build()
    await service.database.write(staffed, world)
    return world


async def answered(service: Service, world: World, sheet: dict[str, Any]) -> None:
    """Answer every question, as the record suggests or else with a ○."""
    for each in sheet["answers"]:
        mark = each["suggested"] or "good"
        path = f"{HOME}/self-checks/{sheet['id']}/answers/{each['question']}"
        await put(
            service, path, by=world.email(TOME), mark=mark, comment=None if mark == "good" else "来月までに直す"
        )


def steps(cycle: dict[str, Any]) -> dict[str, bool]:
    return {each["step"]: each["is_done"] for each in cycle["steps"]}


async def with_a_policy(service: Service, world: World) -> None:
    """正規取扱: a member without a policy is led step by step."""
    by, path = world.email(TOME), f"{HOME}/policy"
    nothing = await get(service, path, by=by)
    assert (nothing["stage"], [each["code"] for each in nothing["next_steps"]]) == (None, ["state"])
    await post(service, f"{path}/readings", by=by, expect=409)
    assert (await put(service, path, by=by, stage="none"))["next_steps"][0]["code"] == "name"
    await put(service, path, by=by, stage="adopted", expect=422)
    adopted = {"stage": "adopted", "made_on": "2026-05-01", "revision_due_on": "2027-04-30", "kept_at": "文書庫"}
    await put(service, path, by=by, **adopted)
    for _ in range(2):
        assert (await post(service, f"{path}/readings", by=by, expect=201))["edition_on"] == "2026-05-01"
    assert (await get(service, path, by=AUDITOR))["readers"] == 1


async def checked(service: Service, world: World) -> str:
    """自己点検: filled from the record, answered and finished by a named person."""
    by = world.email(TOME)
    sheet = await post(service, f"{HOME}/self-checks", by=by, expect=201, fiscal_year=2026)
    await post(service, f"{HOME}/self-checks", by=by, expect=409, fiscal_year=2026)
    found = {each["question"]: each for each in sheet["answers"]}
    assert set(found) == set(Question)
    assert found["own_id"]["numbers"] == {"people": 4, "signed_in": 1, "sign_ins": 5, "most": 5}
    assert (found["own_id"]["suggested"], found["switching"]["suggested"]) == ("bad", "bad")
    assert found["switching"]["numbers"] == {"terminals": 1, "switches": 0, "never_switched": 1}
    assert found["policy"]["numbers"] == {"adopted": 1, "people": 4, "readers": 1}
    assert found["record"]["numbers"]["faults"] == 0 < found["record"]["numbers"]["rows"]
    path = f"{HOME}/self-checks/{sheet['id']}"
    await put(service, f"{path}/answers/own_id", by=by, expect=422, mark="good")
    refused = await post(service, f"{path}/completion", by=by, expect=409)
    assert f"{len(Question)}問" in refused["detail"]
    await answered(service, world, sheet)
    assert (await post(service, f"{path}/completion", by=by))["finished_by"] == world.people[TOME, "disaster"]
    await put(service, f"{path}/answers/record", by=by, expect=409, mark="good")
    return str(sheet["id"])


async def audited(service: Service, world: World, sheet: str) -> str:
    """監査: a finding with an owner and a due day, and an opinion on the whole."""
    path, owner = f"{HOME}/findings", world.people[TOME, "ict"]
    draft = {**SHARED, "sheet": sheet, "question": "switching"}
    await post(service, path, by=AUDITOR, expect=422, **{**draft, "owner": owner, "due_on": "2026-05-31"})
    await post(service, path, by=AUDITOR, expect=422, **{**draft, "owner": world.people[KOMATSU, "ict"]})
    finding = await post(service, path, by=AUDITOR, expect=201, **draft, owner=owner)
    await post(service, f"{YEAR}/audit", by=AUDITOR, note="共用の習慣を除き良好")
    return str(finding["id"])


async def reminded(service: Service, world: World) -> None:
    """Overdue: the owner alone is told, not before, and the mail says nothing of what was found."""
    service.clock.advance(timedelta(days=29))
    await service.tick()
    assert await service.deliver() == 0
    service.clock.advance(timedelta(days=2))
    await service.tick()
    await service.deliver()
    sent = (await get(service, "/api/messages", by=world.email(TOME)))["items"]
    (mail,) = [each for each in sent if "指摘" in (each["subject"] or "")]
    assert mail["to"] == world.email(TOME, "ict")
    assert "2026年6月30日" in mail["text"]
    assert FOUND not in mail["text"]
    counts = (await get(service, YEAR, by=world.email(TOME)))["findings"]
    assert counts == {"open": 1, "overdue": 1, "done": 0, "accepted": 0}


async def put_right(service: Service, world: World, finding: str) -> None:
    """Put right, given back once, accepted by the auditor."""
    at, by = f"{HOME}/findings/{finding}", world.email(TOME)
    await post(service, f"{at}/acceptance", by=AUDITOR, expect=409)
    await post(service, f"{at}/completion", by=by, note="PINを配った", evidence="情発12号")
    returned = await post(service, f"{at}/return", by=AUDITOR, note="端末の台数が足りない")
    assert (returned["state"], returned["done_at"]) == ("open", None)
    await post(service, f"{at}/completion", by=by, note="端末を2台にした", evidence="情発15号")
    assert (await post(service, f"{at}/acceptance", by=AUDITOR))["state"] == "accepted"


async def reviewed(service: Service, world: World) -> None:
    """見直し: written by a contact, signed by an approver; it closes the year."""
    by = world.email(TOME)
    await post(service, f"{YEAR}/review/approval", by=APPROVER, expect=409)
    review = await post(service, f"{YEAR}/review", by=by, note="共用端末の切り替えを手順に入れた")
    assert (review["is_closed"], steps(review)["review"]) == (True, False)
    await post(service, f"{YEAR}/review/approval", by=by, expect=403)
    assert steps(await post(service, f"{YEAR}/review/approval", by=APPROVER))["review"]
    late = {**SHARED, "owner": world.people[TOME, "ict"], "due_on": "2026-12-31"}
    await post(service, f"{HOME}/findings", by=AUDITOR, expect=409, **late)


async def trained(service: Service, world: World) -> None:
    """研修: held by the group, attended by somebody of the member."""
    coordinator, starts_at = world.email(FUJISAWA), (service.clock.now() + timedelta(days=30)).isoformat()
    course = {"title": "交代の操作", "kind": "annual", "starts_at": starts_at, "place": "会議室"}
    training = await post(service, "/api/trainings", by=coordinator, expect=201, group=world.group, **course)
    await post(service, f"{YEAR}/trainings", by=world.email(TOME), expect=422, training=world.group)
    linked = await post(service, f"{YEAR}/trainings", by=world.email(TOME), training=training["id"])
    assert linked["steps"][-1]["lacks"][0]["code"] == "nobody_attended"
    service.clock.advance(timedelta(days=31))
    attendance = {"person": world.people[TOME, "ict"], "attended": True}
    await post(service, f"/api/trainings/{training['id']}/attendance", by=coordinator, **attendance)


async def test_a_whole_year(service: Service) -> None:
    world = await office(service)
    await service.database.write(shared_morning, world, 5)
    await with_a_policy(service, world)
    await post(service, f"{YEAR}/audit", by=AUDITOR, expect=409, note="早すぎる")
    finding = await audited(service, world, await checked(service, world))
    await post(service, f"{YEAR}/audit", by=AUDITOR, expect=409, note="もう一度")
    await reminded(service, world)
    await put_right(service, world, finding)
    await reviewed(service, world)
    await trained(service, world)
    done = await get(service, YEAR, by=AUDITOR)
    assert all(steps(done).values())
    service.clock.advance(timedelta(days=300))
    following = await get(service, f"{HOME}/cycles/2027", by=AUDITOR)
    assert steps(following) == dict.fromkeys(steps(done), False)
    assert following["steps"][0]["lacks"][0]["code"] == "revision_overdue"
    assert all(steps(await get(service, YEAR, by=AUDITOR)).values())
    await get(service, f"{HOME}/cycles/2028", by=AUDITOR, expect=404)


async def test_a_coordinator_sees_what_is_done_and_nothing_of_what_was_found(service: Service) -> None:
    world = await office(service)
    by = world.email(TOME)
    sheet = await post(service, f"{HOME}/self-checks", by=by, expect=201, fiscal_year=2026)
    await answered(service, world, sheet)
    await post(service, f"{HOME}/self-checks/{sheet['id']}/completion", by=by)
    draft = {"fiscal_year": 2026, "text": FOUND, "severity": "low", "due_on": "2026-07-31"}
    await post(service, f"{HOME}/findings", by=AUDITOR, expect=201, owner=world.people[TOME, "ict"], **draft)
    await post(service, f"{HOME}/cycles/2026/audit", by=AUDITOR, note=FOUND)
    path = f"/api/groups/{world.group}/security-status"
    answer = await service.call("GET", path, by=world.email(FUJISAWA))
    rows = {each["municipality"]: each for each in answer.json()["items"]}
    assert len(rows) == len(world.members)
    done = {each["step"]: each["done_on"] for each in rows[TOME]["steps"] if each["is_done"]}
    assert done == {"self_check": "2026-06-01", "audit": "2026-06-01"}
    assert not any(each["is_done"] for each in rows[KOMATSU]["steps"])
    assert FOUND not in answer.text
    await get(service, path, by=by, expect=403)
    for other in (world.email(FUJISAWA), world.email(KOMATSU)):
        for what in ("policy", "self-checks", "findings", "cycles/2026", f"self-checks/{sheet['id']}/export"):
            await get(service, f"{HOME}/{what}", by=other, expect=404)


async def test_nobody_accepts_their_own_work(service: Service) -> None:
    world = await office(service)
    by = world.email(TOME)

    def make_auditor(session: Session) -> None:
        session.add(PersonRole(person_id=world.people[TOME, "disaster"], role="auditor", given_at=clock.now(session)))

    await service.database.write(make_auditor)
    sheet = await post(service, f"{HOME}/self-checks", by=by, expect=201, fiscal_year=2026)
    await answered(service, world, sheet)
    await post(service, f"{HOME}/self-checks/{sheet['id']}/completion", by=by)
    await post(service, f"{HOME}/cycles/2026/audit", by=by, expect=409, note="自分で")
    draft = {"fiscal_year": 2026, "text": FOUND, "severity": "low", "due_on": "2026-07-31"}
    finding = await post(service, f"{HOME}/findings", by=by, expect=201, owner=world.people[TOME, "ict"], **draft)
    at = f"{HOME}/findings/{finding['id']}"
    await post(service, f"{at}/completion", by=by, note="直した", evidence="情発12号")
    assert (await post(service, f"{at}/acceptance", by=by, expect=409))["type"].endswith("own-work")
    await post(service, f"{at}/acceptance", by=AUDITOR)
    await post(service, f"{HOME}/self-checks/{sheet['id']}/completion", by=AUDITOR, expect=403)


async def test_the_sheet_prints_and_says_who_took_it_out(service: Service) -> None:
    world = await office(service)
    by = world.email(TOME)
    draft = {"fiscal_year": 2026, "kind": "ad_hoc", "title": "=異動の後", "since_on": "2026-05-01"}
    sheet = await post(service, f"{HOME}/self-checks", by=by, expect=201, **draft)
    answer = await service.call("GET", f"{HOME}/self-checks/{sheet['id']}/export", by=by)
    assert answer.content.startswith(b"\xef\xbb\xbf")
    title, period, taken, head, *rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert title == ["【訓練】情報セキュリティ自己点検票", "登米市", "令和8年度(2026年度)", "'=異動の後"]
    assert period[:2] == ["期間", "2026-05-01 から 2026-06-01"]
    assert taken[-1] == "登米市 disaster"
    assert len(rows) == len(Question)
    assert {len(row) for row in rows} == {len(head)}
    acts = await service.database.read(acts_of, world.members[TOME])
    assert {"readiness.self_check_started", "readiness.self_check_exported"} <= acts


async def test_numbers_come_anew_until_the_sheet_is_finished(service: Service) -> None:
    world = await office(service)
    by = world.email(TOME)
    await post(service, f"{HOME}/self-checks", by=by, expect=422, fiscal_year=2026, since_on="2026-03-31")
    await post(service, f"{HOME}/self-checks", by=by, expect=409, fiscal_year=2024)
    sheet = await post(service, f"{HOME}/self-checks", by=by, expect=201, fiscal_year=2026)
    await service.database.write(leave, world.people[TOME, "ict"])
    await service.database.write(shared_morning, world, 2)
    filled = await post(service, f"{HOME}/self-checks/{sheet['id']}/refill", by=by)
    found = {each["question"]: each for each in filled["answers"]}
    assert found["leavers"]["numbers"] == {"with_rights": 1, "idle": 0}
    assert (found["leavers"]["suggested"], found["own_id"]["numbers"]["sign_ins"]) == ("bad", 2)
    await answered(service, world, filled)
    await post(service, f"{HOME}/self-checks/{sheet['id']}/completion", by=by)
    await post(service, f"{HOME}/self-checks/{sheet['id']}/refill", by=by, expect=409)


def leave(session: Session, person: str) -> None:
    """Somebody is disabled past the product's own checks, and stays designated."""
    session.execute(update(Person).where(Person.id == person).values(is_active=False))


def acts_of(session: Session, member: str) -> set[str]:
    return set(session.scalars(select(Audit.act).where(Audit.chain == member)))
