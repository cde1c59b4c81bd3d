"""Emergency access (緊急閲覧) from the owner's word to the review, on both engines, in the drill's own mode."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from agreements.models import Person
from agreements.terms import Terms
from aid.emergency_access.ending import end_of_incident
from aid.models import Incident
from foundation.actor import Actor
from inventory.records.reading import DISCLOSED
from notifications import sms
from tests.agreements.secrecy import with_two_factors
from tests.aid.emergencies import REASON, Stage, stage
from tests.api_client import Service
from tests.foundation.documents.fonts import NEEDS_FONT
from tests.inventory.attaching import fetch, rows, upload
from tests.inventory.recording import SYSTEM, keep
from tests.journeys.asking import get, post
from tests.world import FUJISAWA, KAGOSHIMA, KOMATSU, TAMA, TOME, TOYOOKA


async def test_a_helper_reads_what_an_nda_would_show_for_an_hour(service: Service) -> None:
    at = await stage(service)
    withheld = {"kind": "system", "fields": {"name": "秘匿"}, "is_withheld": True}
    await post(service, f"/api/inventory/{TOME}/records", by=at.owner, expect=201, **withheld)
    access = (await at.ask())["id"]
    assert await at.status(access) == 404
    opened = await at.act(access, "confirmation", at.second)
    assert (opened["state"], opened["opening"], opened["confirmed_by_member"]) == (
        "open",
        "confirmed",
        at.world.members[TAMA],
    )
    shown = (await at.read(access)).json()
    (fields,) = [each["fields"] for each in shown["items"]]
    assert (shown["level"], fields["vendor"]) == ("nda", SYSTEM["vendor"])
    assert "own_remarks" not in fields
    assert await at.status(access, path=f"/{at.record}") == await at.status(access, path=f"/{at.record}/revisions")
    service.clock.advance(timedelta(minutes=59))
    assert await at.status(access) == 200
    service.clock.advance(timedelta(minutes=1))
    over = await at.read(access)
    assert (over.status_code, over.json()["type"].rpartition(":")[2]) == (410, "emergency-access-over")
    assert (await at.show(access))["state"] == "ended"


async def test_nobody_else_reads_by_it(service: Service) -> None:
    at = await stage(service)
    access = await at.opened()
    colleague = await with_two_factors(service, at.world.email(KOMATSU, "ict"))
    other = await keep(service, at.world, code=TAMA, **SYSTEM)
    assert await at.status(access) == 200
    assert await at.status(access, by=colleague) == 404
    assert await at.status(access, by=at.second) == 404
    assert await at.status(access, code=TAMA) == 404
    assert await at.status(access, code=TAMA, path=f"/{other['id']}") == 404
    assert await at.status(access, path=f"/{other['id']}") == 404
    await with_two_factors(service, at.reader, assurance=1)
    assert await at.status(access) == 403
    query = {"group": at.world.group, "purpose": "emergency"}
    made_up = await service.call("GET", f"/api/inventory/{TOME}/records", by=at.reader, params=query)
    assert made_up.status_code == 422


async def test_the_owner_and_the_agreement_have_to_allow_it(service: Service) -> None:
    at = await stage(service, is_allowed=False, terms=Terms())
    assert "協定条件" in (await at.ask(expect=409))["detail"]
    await at.change_terms(emergency_access=True)
    assert "承諾していません" in (await at.ask(expect=409))["detail"]
    one_factor = at.world.email(TOME, "ict")
    assert (await at.allow(by=one_factor)).status_code == 403
    assert (await at.allow(by=at.reader)).status_code == 403
    assert (await at.allow(by=at.reader, code=at.world.members[TOME])).status_code == 403
    assert (await at.allow()).status_code == 200
    assert "誓約" in (await at.ask(expect=409, undertaking=2))["detail"]
    await at.ask(expect=422, reason="見たい")
    await at.ask(expect=422, minutes=241)
    await at.ask(expect=422, minutes=14)
    await with_two_factors(service, at.reader, assurance=1)
    await at.ask(expect=403)
    await with_two_factors(service, at.reader)
    assert (await at.ask())["state"] == "asked"
    await at.ask(expect=409)
    assert (await at.acts("inventory.emergency"))["allowed"] == {at.world.members[TOME]}


async def test_only_for_aid_that_stands_in_an_open_incident(service: Service) -> None:
    at = await stage(service)
    unknown = await at.ask(by=at.second, expect=404)
    assert unknown["detail"] == (await at.ask(by=at.second, commitment=at.record, expect=404))["detail"]
    await post(service, f"/api/requests/{at.request}/closure", by=at.owner, reason="終了")
    await at.ask(expect=404)


@pytest.mark.parametrize("end", ["owner", "reader", "incident", "commitment", "closure", "permission", "terms"])
@pytest.mark.asvs("8.3.2")
async def test_it_ends_at_the_next_request(service: Service, end: str) -> None:
    at = await stage(service)
    access = await at.opened()
    assert await at.status(access) == 200
    await ended_by(at, access, end)
    assert await at.status(access) == 410
    shown = await at.show(access)
    if end == "terms":  # nobody's act ended it: time will
        await at.pass_time(minutes=60)
        shown = await at.show(access)
    cause = {"closure": "commitment", "terms": "time"}.get(end, end)
    assert (shown["state"], shown["ending"]) == ("ended", cause)
    both = {at.world.members[TOME], at.world.members[KOMATSU]}
    acts = await at.acts()
    assert acts["started"] >= both
    assert acts["stopped"] >= both
    await at.act(access, "ending", at.owner, expect=409)
    assert await at.status(access) == 410


async def ended_by(at: Stage, access: str, end: str) -> None:
    if end in {"owner", "reader"}:
        await at.act(access, "ending", at.second, expect=403)
        colleague = at.world.email(TOME if end == "owner" else KOMATSU, "ict")
        assert (await at.act(access, "ending", colleague))["state"] == "ended"
    elif end == "commitment":
        await post(at.service, f"/api/offers/{at.offer}/withdrawal", by=at.reader, reason="被災")
    elif end == "closure":
        await post(at.service, f"/api/requests/{at.request}/closure", by=at.owner, reason="終了")
    elif end == "permission":
        one_factor = at.world.email(TOME, "ict")
        assert (await at.allow(is_allowed=False, by=one_factor)).status_code == 200
    elif end == "terms":
        await at.change_terms(emergency_access=False)
    else:
        await at.service.database.write(end_incident, at)


def end_incident(session: Session, at: Stage) -> None:
    """Close the incident over the head of its requests, as nobody can by the API: the reading asks for itself."""
    person = session.get_one(Person, at.world.people[FUJISAWA, "ict"])
    session.get_one(Incident, at.world.incident).status = "closed"
    end_of_incident(session, Actor(person.id, person.name, person.member_id), at.world.incident)


async def test_where_nobody_confirms_it_opens_and_all_are_told(service: Service) -> None:
    at = await stage(service)
    access = (await at.ask())["id"]
    asked = await at.told("緊急閲覧の申請")
    assert {each["municipality"] for each in asked} == {TOME}
    assert {each["channel"] for each in asked} == {"email", "sms"}
    sought = {each["municipality"] for each in await at.told("緊急閲覧の確認のお願い")}
    assert sought == {FUJISAWA, TOYOOKA, KAGOSHIMA, TAMA}
    await at.act(access, "confirmation", await with_two_factors(service, at.world.email(KOMATSU, "ict")), expect=403)
    await at.pass_time(minutes=29)
    assert await at.status(access) == 404
    await at.pass_time(minutes=1)
    assert await at.status(access) == 200
    assert (await at.show(access))["opening"] == "unattended"
    begun = await at.told("緊急閲覧の開始")
    assert {each["municipality"] for each in begun} == {TOME, KOMATSU, FUJISAWA, TOYOOKA, KAGOSHIMA, TAMA}
    assert {each["municipality"] for each in begun if each["channel"] == "sms"} == {TOME, KOMATSU}
    await at.act(access, "confirmation", at.second, expect=409)


@pytest.mark.parametrize(("late", "state"), [(3, "open"), (4, "unopened")])
async def test_what_no_worker_opened_for_hours_lapses(service: Service, late: int, state: str) -> None:
    at = await stage(service)
    access = (await at.ask())["id"]
    await at.pass_time(minutes=30, hours=late)
    shown = await at.show(access)
    assert (shown["state"], shown["ending"]) == (state, "lapsed" if state == "unopened" else None)
    assert bool(await at.told("緊急閲覧の開始")) == (state == "open")
    if state == "unopened":
        assert {each["municipality"] for each in await at.told("開始できないままの失効")} >= {TOME}
        assert (await at.ask())["state"] == "asked"


async def test_messages_are_short_and_marked_as_a_drill(service: Service) -> None:
    at = await stage(service)
    access = await at.opened()
    await at.act(access, "ending", at.owner)
    sent = await at.told("緊急閲覧")
    texts = [each["text"] for each in sent if each["channel"] == "sms"]
    assert texts
    assert all(text.startswith("【訓練】") and sms.units(text) <= sms.SINGLE for text in texts)
    assert not [each for each in sent if SYSTEM["vendor"] in each["text"] or SYSTEM["name"] in each["text"]]
    assert {"申請", "確認のお願い", "開始", "終了"} <= {
        (each["subject"] or "").partition("緊急閲覧の")[2].partition(" ")[0] for each in sent
    }


async def test_the_owner_may_refuse_before_it_opens(service: Service) -> None:
    at = await stage(service)
    access = (await at.ask())["id"]
    refused = await at.act(access, "ending", at.owner)
    assert (refused["state"], refused["ending"], refused["review_due_at"]) == ("unopened", "owner", None)
    await at.act(access, "confirmation", at.second, expect=409)
    await at.pass_time(hours=1)
    assert await at.status(access) == 404
    assert "dropped" in await at.acts()
    assert (await at.ask())["state"] == "asked"


async def test_what_has_lost_its_ground_does_not_open(service: Service) -> None:
    at = await stage(service)
    access = (await at.ask())["id"]
    await at.change_terms(emergency_access=False)
    assert "取消し" in (await at.act(access, "confirmation", at.second, expect=409))["detail"]
    await at.pass_time(minutes=30)
    shown = await at.show(access)
    assert (shown["state"], shown["ending"]) == ("unopened", "permission")
    assert await at.told("緊急閲覧の開始") == []


async def test_each_reading_is_kept_in_both_chains_with_the_reason(service: Service) -> None:
    at = await stage(service)
    access = await at.opened()
    await at.read(access, path=f"/{at.record}")
    (seen,) = (await get(service, f"/api/inventory/{TOME}/disclosures", by=at.owner))["items"]
    assert (seen["purpose"], seen["access"], seen["reason"], seen["nda"]) == ("emergency", access, REASON, None)
    assert (seen["incident"], seen["disclosed"][0]["records"]) == (at.world.incident, [at.record])
    assert await at.acts("inventory.disclosed") == {"": {at.world.members[TOME], at.world.members[KOMATSU]}}


@NEEDS_FONT
async def test_it_opens_attachments_told_at_once_and_none_after_its_end(service: Service) -> None:
    at = await stage(service)
    path = f"/api/inventory/{TOME}/records/{at.record}/attachments"
    plain, form = "復旧の手順\n".encode(), {"title": "架空の手順書", "disclosure": "nda"}
    file = (await upload(service, path, at.owner, plain, **form))["id"]
    kept_back = (await upload(service, path, at.owner, plain, **{**form, "disclosure": "owner"}))["id"]
    access = await at.opened(minutes=15)
    (shown,) = (await service.call("GET", path, by=at.reader, params={"access": access})).json()["items"]
    assert shown["id"] == file
    opened = await fetch(service, file, at.reader, code=TOME, access=access)
    assert (opened.status_code, opened.headers["content-type"]) == (200, "application/pdf")
    assert (await fetch(service, kept_back, at.reader, code=TOME, access=access)).status_code == 404
    of_file = [row for row in await rows(service, DISCLOSED) if row.facts.get("attachment")]
    assert {row.chain for row in of_file} == {at.world.members[TOME], at.world.members[KOMATSU]}
    (said,) = {(row.facts["attachment"], row.facts["purpose"], row.facts["access"]) for row in of_file}
    assert said == (file, "emergency", access)
    mails = await at.told("台帳の添付ファイル 第1号")
    assert {each["municipality"] for each in mails} == {TOME}
    assert all("緊急閲覧により、秘密保持契約なしで" in each["text"] for each in mails)
    assert not [each for each in mails if "秘密保持契約に基づいて" in each["text"] or "架空の手順書" in each["text"]]
    service.clock.advance(timedelta(minutes=15))
    assert (await fetch(service, file, at.reader, code=TOME, access=access)).status_code == 410
    listed = await service.call("GET", path, by=at.reader, params={"access": access})
    assert listed.status_code == 410


async def test_a_review_is_asked_for_and_escalated(service: Service) -> None:
    at = await stage(service)
    access = await at.opened(minutes=15)
    await at.pass_time(minutes=15)
    coordinator = at.world.email(FUJISAWA)
    for by in (at.owner, coordinator):
        (listed,) = (await get(service, "/api/emergency-accesses?is_to_review=true", by=by))["items"]
        assert (listed["id"], listed["is_overdue"]) == (access, False)
    await at.pass_time(days=5)
    assert {each["municipality"] for each in await at.told("緊急閲覧の点検 ")} == {TOME}
    await at.pass_time(days=2)
    assert {each["municipality"] for each in await at.told("緊急閲覧の点検の期限切れ")} == {TOME, FUJISAWA}
    assert (await at.show(access))["is_overdue"]
    await at.act(access, "review", at.reader, expect=403, note="問題なし")
    await at.act(access, "review", at.second, expect=403, note="問題なし")
    await at.act(access, "review", coordinator, expect=422, note=" ")
    done = await at.act(access, "review", coordinator, note="閲覧は理由の範囲内だった")
    assert (done["state"], done["is_overdue"], done["review_note"]) == ("reviewed", False, "閲覧は理由の範囲内だった")
    assert (await at.show(access))["review_note"] is None
    assert (await get(service, "/api/emergency-accesses?is_to_review=true", by=at.owner))["items"] == []


async def consents(at: Stage) -> bool:
    path = f"/api/inventory/{TOME}/emergency-permissions"
    (said,) = (await get(at.service, path, by=at.owner))["items"]
    assert said["is_in_terms"]
    return bool(said["is_allowed"])


async def test_an_old_consent_does_not_come_back_with_the_terms(service: Service) -> None:
    at = await stage(service)
    access = await at.opened(minutes=240)
    for is_known in (False, True):
        service.clock.advance(timedelta(minutes=1))
        await at.change_terms(emergency_access=is_known)
    assert not await consents(at)
    assert await at.status(access) == 410
    assert "承諾していません" in (await at.ask(expect=409, minutes=30))["detail"]
    service.clock.advance(timedelta(minutes=1))
    assert (await at.allow()).status_code == 200
    assert await consents(at)


async def test_an_old_consent_does_not_come_back_with_the_member(service: Service) -> None:
    at = await stage(service)
    access = await at.opened()
    group, coordinator = f"/api/groups/{at.world.group}/members", at.world.email(FUJISAWA)
    await post(service, f"{group}/{TOME}/departure", by=coordinator)
    shown = await at.show(access)
    assert (shown["state"], shown["ending"]) == ("ended", "permission")
    await post(service, group, by=coordinator, expect=201, municipality=TOME)
    signature = {"signatory_name": "某", "signatory_title": "市長", "signed_on": "2026-06-01"}
    await post(service, f"{group}/{TOME}/signature", by=at.owner, **signature)
    assert not await consents(at)
    assert (await at.acts("inventory.emergency_forbidden"))[""] >= {at.world.members[TOME]}


async def test_the_owners_word_stands_beside_the_sharing_and_can_be_given_on_the_day(service: Service) -> None:
    at = await stage(service, is_allowed=False)
    path = f"/api/inventory/{TOME}/sharing/{at.world.group}"
    assert (await service.call("PUT", path, by=at.owner, json={"is_shared": False})).status_code == 200
    await at.ask(expect=409)
    allowed = (await at.allow()).json()["items"][0]
    assert (allowed["is_allowed"], allowed["is_in_terms"]) == (True, True)
    assert await at.status(await at.opened()) == 200


@pytest.mark.asvs("2.3.5")
async def test_a_second_person_and_the_owner_at_once(service: Service) -> None:
    at = await stage(service)
    for _ in range(4):
        access = (await at.ask())["id"]
        await asyncio.gather(
            *(
                service.call("POST", f"/api/emergency-accesses/{access}/{act}", by=by, json={})
                for act, by in (("confirmation", at.second), ("ending", at.owner), ("confirmation", at.second))
            )
        )
        assert await at.status(access) in {404, 410}
        assert (await at.show(access))["ending"] == "owner"


async def test_two_askings_and_the_end_of_the_aid_at_once(service: Service) -> None:
    at = await stage(service)
    draft = {"commitment": at.commitment, "reason": REASON, "undertaking": 1}
    withdrawal = (f"/api/offers/{at.offer}/withdrawal", at.reader, {"reason": "被災"})
    asking = ("/api/emergency-accesses", at.reader, draft)
    answers = await asyncio.gather(
        *(service.call("POST", path, by=by, json=body) for path, by, body in (asking, asking, withdrawal, asking))
    )
    assert answers[2].status_code == 200
    assert sum(each.status_code == 201 for each in answers) <= 1
    assert {each.status_code for each in answers} <= {200, 201, 404, 409}
    live = await get(service, "/api/emergency-accesses?is_live=true", by=at.owner)
    assert live["items"] == []
