"""A person signs for a group; who of which member is bound, until when, and how it ends."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.models import AgreementVersion, GroupMember, Member, Person
from agreements.queries import nda_in_force
from agreements.terms import Duty, Terms
from foundation.audit import Audit
from service.identity.actions import issue_operator_token
from tests.agreements.secrecy import adopt, ndas, revoke, sign
from tests.api_client import Service
from tests.world import FUJISAWA, KOMATSU, TAMA, TOME, World

PAPER = {"way": "paper", "signed_on": "2026-05-20", "note": "総務課の書庫 第3棚"}


async def prepared(service: Service) -> World:
    world = await service.build()
    assert await adopt(service, world) == 1
    return world


async def bound(service: Service, world: World, person: str) -> str | None:
    return await service.database.read(nda_in_force, person, world.group)


async def operator(service: Service) -> str:
    service.tokens["operator"] = await service.database.write(issue_operator_token)
    return "operator"


async def test_somebody_signs_the_shown_text_until_the_end_of_the_fiscal_year(service: Service) -> None:
    world = await prepared(service)
    by, person = world.email(KOMATSU), world.people[KOMATSU, "disaster"]
    assert await bound(service, world, person) is None
    made = await sign(service, world, by)
    assert (made["person"], made["member"], made["municipality"]) == (person, world.members[KOMATSU], KOMATSU)
    assert (made["status"], made["way"], made["text_version"]) == ("in_force", "in_product", 1)
    assert (made["signed_on"], made["starts_on"], made["ends_on"]) == ("2026-06-01", "2026-06-01", "2027-03-31")
    assert await bound(service, world, person) == made["id"]
    own = await service.call("GET", "/api/me/ndas", by=by)
    assert [each["id"] for each in own.json()["items"]] == [made["id"]]


async def test_it_ends_after_the_last_day_in_japan_and_is_renewed_by_a_row_of_its_own(service: Service) -> None:
    world = await prepared(service)
    by, person = world.email(KOMATSU), world.people[KOMATSU, "disaster"]
    first = await sign(service, world, by)
    service.clock.advance(datetime(2027, 3, 31, 14, 59, 59, tzinfo=UTC) - service.clock.now())
    assert await bound(service, world, person) == first["id"]
    renewed = await sign(service, world, by, starts_on="2027-04-01")
    assert (renewed["status"], renewed["ends_on"]) == ("pending", "2028-03-31")
    service.clock.advance(timedelta(seconds=1))
    assert await bound(service, world, person) == renewed["id"]
    listed = await ndas(service, world, by)
    assert [(each["id"], each["status"]) for each in listed] == [
        (first["id"], "expired"),
        (renewed["id"], "in_force"),
    ]
    assert [each["id"] for each in await ndas(service, world, by, "?is_in_force=true")] == [renewed["id"]]
    assert [each["id"] for each in await ndas(service, world, by, "?is_in_force=false")] == [first["id"]]


async def test_the_terms_of_the_group_may_say_other_months(service: Service) -> None:
    world = await prepared(service)

    def shorten(session: Session) -> None:
        version = session.scalars(select(AgreementVersion)).one()
        version.terms = Terms(duty_months={**Terms().duty_months, Duty.NDA: 6}).to_json()

    await service.database.write(shorten)
    assert (await sign(service, world, world.email(TAMA)))["ends_on"] == "2026-11-30"
    refused = await sign(service, world, world.email(TAMA), ends_on="2026-12-01", expect=422)
    assert [each["pointer"] for each in refused["errors"]] == ["/ends_on"]


async def test_only_the_newest_text_is_signed_in_the_product(service: Service) -> None:
    world = await service.build()
    by = world.email(KOMATSU)
    assert "nda-text" in (await sign(service, world, by, expect=409))["type"]
    assert [await adopt(service, world), await adopt(service, world)] == [1, 2]
    assert await adopt(service, world, adopted_on="2026-07-01") == 3
    refused = await sign(service, world, by, version=1, expect=409)
    assert "第2版" in refused["detail"]
    await sign(service, world, by, version=3, expect=409)
    await sign(service, world, by, version=2)
    colleague = {"person": world.people[KOMATSU, "ict"]}
    assert (await sign(service, world, by, version=1, **PAPER, **colleague))["text_version"] == 1
    texts = await service.call("GET", f"/api/groups/{world.group}/nda-versions", by=by)
    assert [each["number"] for each in texts.json()["items"]] == [1, 2, 3]


async def test_only_the_coordinator_adopts_a_text(service: Service) -> None:
    world = await service.build()
    assert await adopt(service, world, by=world.email(KOMATSU)) == 403
    assert await adopt(service, world, by=world.email(FUJISAWA, "ict")) == 1


async def test_nobody_signs_for_another_in_the_product(service: Service) -> None:
    world = await prepared(service)
    colleague = world.people[KOMATSU, "ict"]
    refused = await sign(service, world, world.email(KOMATSU), person=colleague, expect=422)
    assert [each["code"] for each in refused["errors"]] == ["not-oneself"]
    backdated = await sign(service, world, world.email(KOMATSU), signed_on="2026-05-31", expect=422)
    assert [each["pointer"] for each in backdated["errors"]] == ["/signed_on"]


@pytest.mark.parametrize("keeper", [KOMATSU, FUJISAWA])
async def test_paper_is_recorded_by_a_colleague_or_the_coordinator(service: Service, keeper: str) -> None:
    world = await prepared(service)
    person = world.people[KOMATSU, "ict"]
    made = await sign(service, world, world.email(keeper), person=person, **PAPER)
    assert (made["way"], made["signed_on"], made["note"]) == ("paper", "2026-05-20", PAPER["note"])
    assert await bound(service, world, person) == made["id"]
    shown = await ndas(service, world, world.email(TAMA), f"?member={KOMATSU}")
    assert [(each["person"], each["note"]) for each in shown] == [(person, None)]

    def chains(session: Session) -> set[str | None]:
        return set(session.scalars(select(Audit.chain).where(Audit.act == "agreements.nda_signed")))

    assert await service.database.read(chains) == {world.members[KOMATSU], world.members[keeper]}


async def test_paper_is_not_recorded_by_other_members_or_without_its_day_and_place(service: Service) -> None:
    world = await prepared(service)
    person = world.people[KOMATSU, "ict"]
    await sign(service, world, world.email(TAMA), person=person, expect=403, **PAPER)
    wrong = {"way": "paper", "person": person, "signed_on": "2026-06-02"}
    refused = await sign(service, world, world.email(KOMATSU), expect=422, **wrong)
    assert [each["pointer"] for each in refused["errors"]] == ["/signed_on", "/note"]


@pytest.mark.parametrize("who", ["oneself", "colleague", "coordinator", "operator"])
async def test_it_is_revoked_with_a_reason_and_ends_at_once(service: Service, who: str) -> None:
    world = await prepared(service)
    by, person = world.email(KOMATSU), world.people[KOMATSU, "disaster"]
    made = await sign(service, world, by)
    callers = {
        "oneself": by,
        "colleague": world.email(KOMATSU, "ict"),
        "coordinator": world.email(FUJISAWA),
        "operator": await operator(service),
    }
    assert await revoke(service, made["id"], world.email(TAMA)) == 403
    assert await revoke(service, made["id"], callers[who]) == 200
    assert await bound(service, world, person) is None
    assert await revoke(service, made["id"], callers[who]) == 409
    (shown,) = await ndas(service, world, by)
    assert (shown["status"], shown["revoked_reason"]) == ("revoked", "人事異動のため")
    (seen,) = await ndas(service, world, world.email(TAMA))
    assert (seen["status"], seen["revoked_reason"]) == ("revoked", None)


async def test_strangers_and_associates_learn_nothing_of_who_signed(service: Service) -> None:
    world = await prepared(service)
    other = await service.build(codes=("011002", "012025"), coordinator="011002", hit={})
    made = await sign(service, world, world.email(KOMATSU))
    stranger = other.email("011002")
    assert (await service.call("GET", f"/api/groups/{world.group}/ndas", by=stranger)).status_code == 404
    assert await revoke(service, made["id"], stranger) == 404
    missing = await service.call("POST", "/api/ndas/none/revocation", by=stranger, json={"reason": "理由"})
    hidden = await service.call("POST", f"/api/ndas/{made['id']}/revocation", by=stranger, json={"reason": "理由"})
    assert missing.json() == hidden.json()

    def make_associate(session: Session) -> None:
        session.get_one(Member, world.members[TOME]).kind = "associate"

    await service.database.write(make_associate)
    assert await ndas(service, world, world.email(TOME)) == []
    await sign(service, world, world.email(TOME), expect=403)


async def test_who_left_the_office_is_bound_by_nothing_here(service: Service) -> None:
    world = await prepared(service)
    person = world.people[KOMATSU, "disaster"]
    await sign(service, world, world.email(KOMATSU))

    def leave(session: Session) -> None:
        session.get_one(Person, person).is_active = False

    await service.database.write(leave)
    assert await bound(service, world, person) is None


async def test_who_left_the_group_signs_nothing(service: Service) -> None:
    world = await prepared(service)

    def leave(session: Session) -> None:
        part = session.scalars(select(GroupMember).where(GroupMember.member_id == world.members[KOMATSU])).one()
        part.status = "left"

    await service.database.write(leave)
    await sign(service, world, world.email(KOMATSU, "ict"), expect=403)


async def test_who_lost_an_nda_to_another_does_not_take_it_back_alone(service: Service) -> None:
    world = await prepared(service)
    by, coordinator = world.email(KOMATSU), world.email(FUJISAWA)
    nda = await sign(service, world, by)
    assert await revoke(service, nda["id"], coordinator) == 200
    assert (await sign(service, world, by, expect=409))["type"].endswith("nda-taken-away")
    await sign(service, world, by, expect=422, **PAPER)
    await sign(service, world, by, expect=422, person=world.people[KOMATSU, "disaster"], **PAPER)
    again = await sign(service, world, coordinator, person=world.people[KOMATSU, "disaster"], **PAPER)
    assert again["status"] == "in_force"


async def test_who_ended_the_own_nda_may_sign_again(service: Service) -> None:
    world = await prepared(service)
    by = world.email(KOMATSU)
    nda = await sign(service, world, by)
    assert await revoke(service, nda["id"], by) == 200
    await sign(service, world, by)
