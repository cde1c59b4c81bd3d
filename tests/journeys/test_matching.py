"""Who could help with a line, who is left out and why, as people see it over the API."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from agreements import directory
from agreements.models import Channel, GroupMember, Member
from agreements.terms import Terms
from agreements.weights import Weights
from aid.models import Incident
from foundation import clock
from inventory.models import Capability
from tests.api_client import Service
from tests.inventory.recording import keep
from tests.journeys.asking import ask, get, offer, post
from tests.world import FUJISAWA, KAGOSHIMA, KOMATSU, TAMA, TOME, TOYOOKA, World, capability

KB = 1024
DRAFT = {"name": "住民情報", "business": "resident_record", "package": "架空住記 V7", "vendor": "架空システム"}


async def matches(service: Service, world: World, request: dict[str, Any], by: str = TOME) -> dict[str, Any]:
    """Return how the first line is matched, as a member's contact sees it."""
    found = await get(service, f"/api/requests/{request['id']}/matches", by=world.email(by))
    line: dict[str, Any] = found["lines"][0]
    return line


def reasons(line: dict[str, Any], code: str) -> list[str]:
    (found,) = [each["reason_codes"] for each in line["candidates"] if each["municipality"] == code]
    codes: list[str] = found
    return codes


def size(shown: Any) -> int:
    """Return the bytes that something takes in an answer."""
    return len(json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode())


def left_out(line: dict[str, Any]) -> dict[str, str]:
    return {each["municipality"]: each["reason_code"] for each in line["excluded"]}


async def test_what_stands_in_is_ranked_offered_held_and_told(service: Service) -> None:
    world = await service.build(stock={"pc": 20})

    def only_notebooks(session: Session) -> None:
        session.execute(
            update(Capability).where(Capability.member_id == world.members[KOMATSU]).values(kind="notebook")
        )
        session.add(capability(session, world.members[TAMA], "notebook", 30, lead_time_hours=0))

    await service.database.write(only_notebooks)
    request = await ask(service, world, ("pc", 20))
    line = await matches(service, world, request)
    by_code = {each["municipality"]: each for each in line["candidates"]}
    assert (by_code[KOMATSU]["kind"], by_code[KOMATSU]["quantity"]) == ("notebook", 20)
    assert "substitute" in by_code[KOMATSU]["reason_codes"]
    assert "ノートパソコンで代用（適合90％）" in by_code[KOMATSU]["reasons"]
    assert by_code[TAMA]["kind"] == "notebook"  # ready at once, which is worth more than the fit costs
    assert by_code[FUJISAWA]["kind"] == "pc"

    given = await offer(service, world, request, KOMATSU, 12)
    assert given["lines"][0]["instead"] == {"notebook": 12}
    (stand_in,) = given["lines"][0]["stand_ins"]
    assert [stand_in[name] for name in ("name_ja", "quantity", "unit", "fit")] == ["ノートパソコン", 12, "台", 90]
    mixed = await offer(service, world, request, TAMA, 25)
    assert mixed["lines"][0]["instead"] == {"notebook": 5}
    await service.deliver()
    sent = (await get(service, "/api/messages", by=world.email(TOME)))["items"]
    assert any("パソコン 12台 (うちノートパソコン 12台)" in each["text"] for each in sent)
    assert any("ノートパソコン・タブレットでも可" in each["text"] for each in sent)
    accepted = await post(service, f"/api/offers/{given['id']}/acceptance", by=world.email(TOME))
    assert accepted["lines"][0]["instead"] == {"notebook": 12}


async def test_a_group_may_want_no_substitutes(service: Service) -> None:
    world = await service.build(stock={"notebook": 20}, terms=Terms(ranking=Weights(least_fit=1_000)))
    line = await matches(service, world, await ask(service, world, ("pc", 5)))
    assert set(left_out(line).values()) == {"not_declared"}
    assert line["candidates"] == []


async def test_everybody_left_out_is_told_with_the_reason(service: Service) -> None:
    world = await service.build(stock={"staff_certificates": 3})

    def prepare(session: Session) -> None:
        long_ago = clock.now(session) - timedelta(days=31)
        silent = update(Channel).where(Channel.member_id == world.members[KOMATSU])
        session.execute(silent.values(dead_at=long_ago, dead_reason="5.1.1"))
        lately = update(Channel).where(Channel.member_id == world.members[TAMA])
        session.execute(lately.values(dead_at=clock.now(session), dead_reason="5.1.1"))
        company = update(Member).where(Member.id == world.members[KAGOSHIMA])
        session.execute(company.values(kind="associate"))
        unsigned = update(GroupMember).where(GroupMember.member_id == world.members[TOYOOKA])
        session.execute(unsigned.values(status="invited"))

    await service.database.write(prepare)
    request = await ask(service, world, ("staff_certificates", 1))
    line = await matches(service, world, request)
    assert left_out(line) == {KOMATSU: "silent", KAGOSHIMA: "associate", TOYOOKA: "not_bound"}
    assert {each["municipality"] for each in line["candidates"]} == {FUJISAWA, TAMA}
    assert "no_nda" in reasons(line, FUJISAWA)
    assert line["excluded_count"] == 3


async def test_terms_that_want_an_nda_leave_out_who_has_none(service: Service) -> None:
    world = await service.build(stock={"backup_custody": 1, "pc": 1}, terms=Terms(ranking=Weights(nda_required=True)))
    line = await matches(service, world, await ask(service, world, ("backup_custody", 1)))
    assert set(left_out(line).values()) == {"nda_required"}
    line = await matches(service, world, await ask(service, world, ("pc", 1)))
    assert left_out(line) == {}


def scores(line: dict[str, Any]) -> dict[str, int]:
    return {each["municipality"]: each["score"] for each in line["candidates"]}


async def test_the_same_package_is_a_must_for_work_in_it_and_never_named(service: Service) -> None:
    world = await service.build()
    await keep(service, world, code=TOME, **DRAFT)
    await keep(service, world, code=KOMATSU, **{**DRAFT, "vendor": "別の会社"})
    await keep(service, world, code=TAMA, **{**DRAFT, "package": "別の住記"})
    await keep(service, world, code=FUJISAWA, **{**DRAFT, "package": "第三の住記", "vendor": "第三の会社"})
    people = {"kind": "staff_certificates", "quantity": 1, "system": "住民基本台帳"}
    request = await ask(service, world, lines=[people])
    line = await matches(service, world, request)
    assert left_out(line) == {TAMA: "other_package", FUJISAWA: "other_package"}
    assert "same_package" in reasons(line, KOMATSU)
    assert "package_unknown" in reasons(line, KAGOSHIMA)
    assert "架空住記" not in json.dumps(line, ensure_ascii=False)

    things = await ask(service, world, lines=[{"kind": "pc", "quantity": 1, "package": "架空住記 V7"}])
    line = await matches(service, world, things)
    assert [each for each in reasons(line, TAMA) if "vendor" in each] == ["same_vendor"]
    assert "package_differs" in reasons(line, FUJISAWA)

    seen = await matches(service, world, request, by=KAGOSHIMA)  # a third one learns nothing of what two share
    assert set(left_out(seen).values()) == {"unsuitable"}
    assert "system_fit" in reasons(seen, KOMATSU)
    assert not {"same_package", "package_unknown"} & set(reasons(seen, KOMATSU))

    plain = await ask(service, world, lines=[{"kind": "pc", "quantity": 1}])
    for is_told, reader in ((False, KAGOSHIMA), (True, TOME)):
        without = scores(await matches(service, world, plain, by=reader))
        assert (scores(await matches(service, world, things, by=reader)) != without) == is_told, "nor does the score"


async def test_nobody_finds_out_what_others_run_by_naming_packages(service: Service) -> None:
    world = await service.build()
    await keep(service, world, code=KOMATSU, **DRAFT)
    wanted = {"kind": "staff_certificates", "quantity": 1, "package": DRAFT["package"]}
    line = await matches(service, world, await ask(service, world, lines=[wanted]))
    assert left_out(line) == {}
    assert [note["code"] for note in line["notes"]] == ["cost", "not_compared"]
    assert not {"same_package", "package_unknown", "package_differs"} & set(reasons(line, KOMATSU))


async def test_in_a_cyber_incident_who_shares_a_supplier_with_a_victim_is_left_out(service: Service) -> None:
    world = await service.build(hit={TAMA: "heavy"}, coordinator=FUJISAWA)

    def cyber(session: Session) -> None:
        session.get_one(Incident, world.incident).kind = "cyber"

    await service.database.write(cyber)
    await keep(service, world, code=TOME, **DRAFT)
    await keep(service, world, code=TAMA, name="税", package="被害税", data_centre="被害センター")
    await keep(service, world, code=KOMATSU, **{**DRAFT, "package": "別", "vendor": "株式会社架空システム"})
    await keep(service, world, code=FUJISAWA, name="福祉", package="無関係", data_centre="被害センター")
    await keep(service, world, code=KAGOSHIMA, name="福祉", package="無関係")
    line = await matches(service, world, await ask(service, world, ("pc", 10)))
    assert left_out(line) == {TAMA: "hit", KOMATSU: "shared_supplier", FUJISAWA: "shared_supplier"}
    assert {each["municipality"] for each in line["candidates"]} == {KAGOSHIMA, TOYOOKA}


async def test_a_shared_data_centre_ranks_lower_in_an_earthquake(service: Service) -> None:
    world = await service.build()
    centre = {"data_centre": "架空センター"}
    await keep(service, world, code=TOME, **DRAFT, **centre)
    await keep(service, world, code=KOMATSU, name="税", package="別", **centre)
    line = await matches(service, world, await ask(service, world, ("pc", 10)))
    assert "shared_data_centre" in reasons(line, KOMATSU)
    assert "shared_data_centre" not in reasons(line, TAMA)
    assert "架空センター" not in json.dumps(line, ensure_ascii=False)


async def test_old_requests_keep_the_weights_under_which_they_were_made(service: Service) -> None:
    world = await service.build(stock={"notebook": 10})
    first = await ask(service, world, ("pc", 5))
    body = {"text": "第二版", "terms": {"ranking": {"least_fit": 1000, "load": 0}}}
    made = await post(service, f"/api/groups/{world.group}/versions", by=world.email(FUJISAWA), expect=201, **body)
    assert (made["terms"]["ranking"]["least_fit"], made["terms"]["ranking"]["unfit"]) == (1000, Weights().unfit)
    second = await ask(service, world, ("pc", 5))
    assert (await matches(service, world, first))["candidates"]
    assert (await matches(service, world, second))["candidates"] == []


async def test_twenty_candidates_with_all_they_say_for_themselves_fit_ten_kilobytes(service: Service) -> None:
    codes = [each.code for each in directory.municipalities() if not each.is_prefecture][::60]
    world = await service.build(codes=[TOME, FUJISAWA, *codes], stock={})

    def crowd(session: Session) -> None:
        for code in codes:
            row = capability(session, world.members[code], "pc", 9, lead_time_hours=12, max_days=10)
            row.committed, row.conditions = 2, "運搬は要請側の負担で、設定は応援側で済ませて送ります" * 9
            session.add(row)

    await service.database.write(crowd)
    line = await matches(service, world, await ask(service, world, ("pc", 10)))
    assert (len(line["candidates"]), line["next"]) == (20, "20")
    assert min(len(each["reasons"]) for each in line["candidates"]) >= 7
    assert size(line["candidates"]) <= 10 * KB
    model = [{"kind": "pc", "quantity": 10, "spec": "架空PC 900"}]
    line = await matches(service, world, await ask(service, world, lines=model))
    assert size(line["candidates"]) <= 11 * KB


async def test_twenty_left_out_take_two_and_a_half_kilobytes(service: Service) -> None:
    codes = [each.code for each in directory.municipalities() if not each.is_prefecture][::35]
    world = await service.build(codes=[TOME, FUJISAWA, *codes], stock={})

    def crowd(session: Session) -> None:
        session.add_all(capability(session, world.members[code], "pc", 9, lead_time_hours=12) for code in codes[::2])

    await service.database.write(crowd)
    line = await matches(service, world, await ask(service, world, ("pc", 300)))
    assert (len(line["candidates"]), len(line["excluded"])) == (20, 20)
    assert size(line["excluded"]) <= 2.5 * KB


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_the_group_s_rule_of_cost_stands_above_the_candidates(service: Service, language: str) -> None:
    world = await service.build()
    request = await ask(service, world, ("pc", 5))
    answer = await service.call(
        "GET",
        f"/api/requests/{request['id']}/matches",
        by=world.email(TOME),
        headers={"Accept-Language": language},
    )
    (note,) = answer.json()["lines"][0]["notes"]
    assert note["code"] == "cost"
    assert note["text"] == {"ja": "費用は要請団体の負担", "en": "cost: the requester pays"}[language]


async def test_people_sent_elsewhere_weigh_on_people_and_things_on_things(service: Service) -> None:
    world = await service.build()

    def lend(session: Session) -> None:
        row = session.scalars(
            select(Capability).where(
                Capability.member_id == world.members[KOMATSU], Capability.kind == "staff_certificates"
            )
        ).one()
        row.committed = 2

    await service.database.write(lend)
    things = await matches(service, world, await ask(service, world, ("pc", 5)))
    people = await matches(service, world, await ask(service, world, ("staff_certificates", 1)))
    assert "load" not in reasons(things, KOMATSU)
    assert "load" in reasons(people, KOMATSU)
