"""Guest IDs from the acceptance of aid to the last revocation, on both engines."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.audit import Audit
from inventory.guests.models import GuestId
from migrations.tables import METADATA
from tests.agreements.secrecy import adopt, sign, with_two_factors
from tests.api_client import Service
from tests.journeys.asking import ask, get, offer, post
from tests.world import KOMATSU, TAMA, TOME, World

SECRET = "kakuunokagi-2026"
HELPER = "応援 太郎"
PAPER = {"undertaking": "誓約書 書庫12"}


@dataclass
class Stage:
    """A commitment of 小松市 to 登米市, and a pool of 登米市 with two guest IDs."""

    service: Service
    world: World
    request: str
    offer: str
    commitment: str
    pool: str
    guests: list[str]

    @property
    def owner(self) -> str:
        return self.world.email(TOME)

    async def act(self, guest: int, act: str, *, expect: int = 200, by: str | None = None, **body: Any) -> Any:
        path = f"/api/guest-ids/{self.guests[guest]}/{act}"
        return await post(self.service, path, by=by or self.owner, expect=expect, **body)

    async def reserve(self, guest: int, *, expect: int = 200, **more: Any) -> Any:
        now = self.service.clock.now()
        period = {"starts_at": now.isoformat(), "until_at": (now + timedelta(hours=72)).isoformat()}
        draft = {"commitment": self.commitment, "helper": HELPER, **period, **more}
        return await self.act(guest, "reservation", expect=expect, **draft)

    async def sums(self) -> dict[str, int]:
        found = await get(self.service, f"/api/guest-pools/{self.pool}/reconciliation", by=self.owner)
        return {name: count for name, count in found.items() if name != "at"}


async def stage(service: Service, **pool: Any) -> Stage:
    world = await service.build()
    owner = await with_two_factors(service, world.email(TOME))
    request = await ask(service, world, ("pc", 10))
    made = await offer(service, world, request, KOMATSU, 10)
    accepted = await post(service, f"/api/offers/{made['id']}/acceptance", by=owner)
    draft = {"name": "住民記録の閲覧", "instructions": "初回に変更しない", **pool}
    found = await post(service, "/api/guest-pools", by=owner, expect=201, **draft)
    path = f"/api/guest-pools/{found['id']}/guest-ids"
    guests = [
        await post(service, path, by=owner, expect=201, label="guest-1", secret=SECRET),
        await post(service, path, by=owner, expect=201, label="guest-2", envelope="封筒12番"),
    ]
    commitment = accepted["commitments"][0]["id"]
    return Stage(service, world, request["id"], made["id"], commitment, found["id"], [each["id"] for each in guests])


async def test_a_secret_is_shown_once_and_only_after_the_prerequisites(service: Service) -> None:
    at = await stage(service, needs_training=True)
    await at.act(0, "issue", expect=409, **PAPER)
    await at.reserve(0)
    missing = await at.act(0, "issue", expect=409)
    assert await service.database.read(sealed) == {"guest-1": True, "guest-2": False}
    assert SECRET not in await service.database.read(everything)
    assert "秘密保持契約または誓約書と事前の研修" in missing["detail"]
    await at.act(0, "issue", expect=409, **PAPER)
    draft = {**PAPER, "is_trained": True}
    path, key = f"/api/guest-ids/{at.guests[0]}/issue", {"Idempotency-Key": "0123456789abcdef"}
    answers = await asyncio.gather(
        *(service.call("POST", path, by=at.owner, json=draft, headers=key) for _ in range(5))
    )
    assert sorted(each.status_code for each in answers) == [200, 409, 409, 409, 409]
    assert sum(SECRET in each.text for each in answers) == 1
    assert SECRET not in await service.database.read(everything)
    assert await service.database.read(sealed) == {"guest-1": False, "guest-2": False}


@pytest.mark.asvs("6.3.3")
async def test_one_factor_is_not_enough(service: Service) -> None:
    at = await stage(service)
    await at.reserve(0)
    colleague = at.world.email(TOME, "ict")
    await at.act(0, "issue", by=colleague, expect=403, **PAPER)
    assert (await at.act(0, "issue", by=await with_two_factors(service, colleague), **PAPER))["secret"] == SECRET


async def test_an_nda_in_force_is_pledge_enough_for_who_has_signed(service: Service) -> None:
    at = await stage(service)
    await adopt(service, at.world)
    await sign(service, at.world, at.world.email(KOMATSU, "ict"))
    await at.reserve(0, person=at.world.people[TAMA, "ict"], expect=422)
    await at.reserve(0, person=at.world.people[KOMATSU, "disaster"])
    await at.act(0, "issue", expect=409)
    await at.act(0, "revocation")
    await at.reserve(0, person=at.world.people[KOMATSU, "ict"])
    assert (await at.act(0, "issue"))["secret"] == SECRET


async def test_only_those_concerned_see_it_and_none_the_secret(service: Service) -> None:
    at = await stage(service)
    await at.reserve(0)
    helping, stranger = at.world.email(KOMATSU), at.world.email(TAMA)
    (seen,) = (await get(service, "/api/received-guest-ids", by=helping))["items"]
    assert (seen["label"], seen["state"], seen["owner_name"]) == ("guest-1", "reserved", "登米市")
    await at.act(0, "issue", **PAPER)
    await at.act(0, "receipt", by=stranger, helper=HELPER, expect=404)
    await at.act(0, "receipt", by=at.owner, helper=HELPER, expect=404)
    await at.act(0, "receipt", by=helping, helper="応援 花子", expect=422)
    assert (await at.act(0, "receipt", by=helping, helper="応援太郎"))["state"] == "active"
    assert (await get(service, "/api/received-guest-ids", by=stranger))["items"] == []
    assert (await get(service, "/api/guest-pools", by=helping))["items"] == []
    await get(service, f"/api/guest-pools/{at.pool}/guest-ids", by=helping, expect=404)
    await at.act(0, "revocation", by=helping, expect=404)
    chains = await service.database.read(chains_of, "inventory.guest_issued")
    assert chains == {at.world.members[TOME], at.world.members[KOMATSU]}


async def test_it_expires_by_itself_and_is_given_again_only_with_a_new_secret(service: Service) -> None:
    at = await stage(service)
    await at.reserve(0)
    await at.act(0, "issue", **PAPER)
    await at.reserve(1)
    assert await at.sums() == {"prepared": 2, "free": 0, "reserved": 1, "active": 1, "awaiting_rotation": 0}
    service.clock.advance(timedelta(hours=72))
    assert await at.sums() == {"prepared": 2, "free": 1, "reserved": 0, "active": 0, "awaiting_rotation": 1}
    await at.act(0, "receipt", by=at.world.email(KOMATSU), helper=HELPER, expect=409)
    await at.reserve(0, expect=409)
    await at.act(0, "rotation", secret="atarashiikagi", envelope="封筒9番", expect=422)
    assert (await at.act(0, "rotation", envelope="封筒9番"))["round"] == 2
    await at.reserve(0, helper="応援 花子", expect=409)
    assert (await at.reserve(0))["state"] == "reserved"
    issued = await at.act(0, "issue", **PAPER)
    assert (issued["secret"], issued["envelope"]) == (None, "封筒9番")


async def test_the_owner_is_told_of_what_has_expired_and_of_nothing_else(service: Service) -> None:
    at = await stage(service)
    await at.reserve(0)
    await at.act(0, "issue", **PAPER)
    await at.reserve(1)
    service.clock.advance(timedelta(hours=72))
    await service.tick()
    await service.deliver()
    sent = (await get(service, "/api/messages", by=at.owner))["items"]
    told = {each["to"]: each["text"] for each in sent if "ゲストID" in (each["subject"] or "")}
    assert set(told) == {at.world.email(TOME), at.world.email(TOME, "ict")}
    assert all("住民記録の閲覧" in text and "guest-1" not in text and HELPER not in text for text in told.values())
    both = {at.world.members[TOME], at.world.members[KOMATSU]}
    assert await service.database.read(chains_of, "inventory.guest_expired") == both
    assert await service.database.read(chains_of, "inventory.guest_released") == both
    assert (await at.reserve(1))["state"] == "reserved"
    await at.act(1, "issue", **PAPER)
    await at.act(1, "revocation")
    service.clock.advance(timedelta(hours=72))
    await service.tick()
    assert await service.deliver() == 0


async def test_all_of_an_incident_end_in_one_act(service: Service) -> None:
    at = await stage(service)
    await at.reserve(0)
    await at.act(0, "issue", **PAPER)
    await at.reserve(1)
    path, which = "/api/guest-revocations", {"incident": at.world.incident}
    nothing = await post(service, path, by=at.world.email(KOMATSU), **which)
    assert nothing["guests"] == []
    await post(service, path, by=at.owner, expect=422)
    done = await post(service, path, by=at.owner, reason="応援終了", **which)
    assert (done["revoked"], done["released"], set(done["guests"])) == (1, 1, set(at.guests))
    assert (await post(service, path, by=at.owner, **which))["guests"] == []
    assert (await at.sums())["active"] == 0


@pytest.mark.parametrize("end", ["withdrawal", "cancellation", "closure"])
async def test_they_end_with_the_aid(service: Service, end: str) -> None:
    at = await stage(service)
    await at.reserve(0)
    await at.act(0, "issue", **PAPER)
    await at.reserve(1)
    by = at.world.email(KOMATSU) if end == "withdrawal" else at.owner
    path = f"/api/offers/{at.offer}/withdrawal" if end == "withdrawal" else f"/api/requests/{at.request}/{end}"
    await post(service, path, by=by, reason="事情が変わった")
    assert await at.sums() == {"prepared": 2, "free": 1, "reserved": 0, "active": 0, "awaiting_rotation": 1}
    await at.act(0, "receipt", by=at.world.email(KOMATSU), helper=HELPER, expect=409)
    await at.reserve(1, expect=409)
    both = {at.world.members[TOME], at.world.members[KOMATSU]}
    for act in ("revoked", "released"):
        assert await service.database.read(chains_of, f"inventory.guest_{act}") == both
    await service.deliver()
    sent = (await get(service, "/api/messages", by=at.owner))["items"]
    told = [each for each in sent if "応援の終了によるゲストIDの停止" in (each["subject"] or "")]
    assert {each["to"] for each in told} == {at.world.email(TOME), at.world.email(TOME, "ict")}
    assert all("ゲストID1件" in each["text"] and HELPER not in each["text"] for each in told)


async def test_no_reservation_outlives_the_aid_that_ends_at_the_same_moment(service: Service) -> None:
    at = await stage(service)
    now = service.clock.now()
    period = {"starts_at": now.isoformat(), "until_at": (now + timedelta(hours=72)).isoformat()}
    draft = {"commitment": at.commitment, "helper": HELPER, **period}
    calls = [(f"/api/guest-ids/{guest}/reservation", at.owner, draft) for guest in at.guests]
    calls.insert(1, (f"/api/offers/{at.offer}/withdrawal", at.world.email(KOMATSU), {"reason": "被災"}))
    answers = await asyncio.gather(*(service.call("POST", path, by=by, json=body) for path, by, body in calls))
    assert answers[1].status_code == 200
    assert {answers[0].status_code, answers[2].status_code} <= {200, 409}
    assert (await at.sums())["free"] == 2


async def test_a_pool_is_changed_and_retired(service: Service) -> None:
    at = await stage(service)
    path = f"/api/guest-pools/{at.pool}"
    change = {"name": "住民記録の照会", "instructions": None, "needs_training": True}
    stale = await service.call("PATCH", path, by=at.owner, json=change, headers={"If-Match": '"9"'})
    assert stale.status_code == 412
    changed = (await service.call("PATCH", path, by=at.owner, json=change)).json()
    assert (changed["name"], changed["instructions"], changed["needs_pledge"]) == ("住民記録の照会", None, True)
    secret = {"instructions": "パスワードは Abcdef123456!xyz です"}
    assert (await service.call("PATCH", path, by=at.owner, json=secret)).status_code == 422
    assert (await service.call("PATCH", path, by=at.world.email(TAMA), json=change)).status_code == 404
    await at.reserve(0)
    await at.act(0, "issue", expect=409, **PAPER)
    assert "1件" in (await post(service, f"{path}/retirement", by=at.owner, expect=409))["detail"]
    await at.act(0, "revocation")
    assert (await post(service, f"{path}/retirement", by=at.owner))["retired_at"] is not None
    assert await service.database.read(sealed) == {"guest-1": False, "guest-2": False}
    await post(service, f"{path}/retirement", by=at.owner, expect=409)
    await post(service, f"{path}/guest-ids", by=at.owner, expect=409, label="guest-3", envelope="1")
    await at.reserve(0, expect=409)
    await at.act(0, "rotation", expect=409, envelope="2")
    assert (await service.call("PATCH", path, by=at.owner, json=change)).status_code == 409
    assert (await get(service, "/api/guest-pools", by=at.owner))["items"] == []
    (kept,) = (await get(service, "/api/guest-pools?is_retired=true", by=at.owner))["items"]
    assert kept["reconciliation"]["prepared"] == 2


async def test_a_helper_hands_over_to_the_next(service: Service) -> None:
    at = await stage(service)
    await at.reserve(0)
    await at.act(0, "issue", **PAPER)
    until = (service.clock.now() + timedelta(hours=24)).isoformat()
    body = {"next": at.guests[1], "helper": "応援 花子", "until_at": until}
    await at.act(0, "hand-over", returned_by="応援 花子", expect=422, **body)
    await at.act(0, "hand-over", returned_by=HELPER, expect=409, **{**body, "next": at.guests[0]})
    both = await at.act(0, "hand-over", returned_by=HELPER, **body)
    assert (both["ended"]["state"], both["ended"]["use"]["returned_by"]) == ("revoked", HELPER)
    assert (both["reserved"]["state"], both["reserved"]["use"]["helper"]) == ("reserved", "応援 花子")
    assert (await at.act(1, "issue", **PAPER))["envelope"] == "封筒12番"


async def test_it_is_for_helpers_of_a_standing_commitment_alone(service: Service) -> None:
    at = await stage(service)
    other = await post(service, "/api/guest-pools", by=at.world.email(TAMA), expect=201, name="多摩の財務会計")
    path = f"/api/guest-pools/{other['id']}/guest-ids"
    guest = await post(service, path, by=at.world.email(TAMA), expect=201, label="guest-1", envelope="1")
    now = service.clock.now()
    draft = {"commitment": at.commitment, "helper": HELPER, "starts_at": now.isoformat()}
    draft["until_at"] = (now + timedelta(hours=1)).isoformat()
    refused = await post(
        service, f"/api/guest-ids/{guest['id']}/reservation", by=at.world.email(TAMA), expect=409, **draft
    )
    unknown = await at.reserve(0, commitment=at.pool, expect=409)
    assert refused["detail"] == unknown["detail"]
    await at.reserve(0, until_at=now.isoformat(), expect=422)


def everything(session: Session) -> str:
    """All that the database holds, as text."""
    return repr([session.execute(select(table)).all() for table in METADATA.sorted_tables])


def sealed(session: Session) -> dict[str, bool]:
    return {each.label: each.secret_sealed is not None for each in session.scalars(select(GuestId))}


def chains_of(session: Session, act: str) -> set[str]:
    return set(session.scalars(select(Audit.chain).where(Audit.act == act)))
