"""Steps of an emergency access: 小松市 has committed aid to 登米市, whose inventory it reads once 多摩市 agrees."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.terms import Terms
from foundation.audit import Audit
from tests.agreements.secrecy import with_two_factors
from tests.api_client import Service
from tests.inventory.recording import SYSTEM, keep
from tests.journeys.asking import ask, get, offer, post
from tests.world import KOMATSU, TAMA, TOME, World

REASON = "住民記録の復旧手順を確かめるため"


@dataclass
class Stage:
    """Everything stands for an access to be asked for."""

    service: Service
    world: World
    request: str
    offer: str
    commitment: str
    record: str

    @property
    def owner(self) -> str:
        return self.world.email(TOME)

    @property
    def reader(self) -> str:
        return self.world.email(KOMATSU)

    @property
    def second(self) -> str:
        return self.world.email(TAMA)

    async def ask(self, *, by: str | None = None, expect: int = 201, **more: Any) -> dict[str, Any]:
        draft = {"commitment": self.commitment, "reason": REASON, "undertaking": 1, **more}
        return await post(self.service, "/api/emergency-accesses", by=by or self.reader, expect=expect, **draft)

    async def act(self, access: str, act: str, by: str, *, expect: int = 200, **body: Any) -> dict[str, Any]:
        return await post(self.service, f"/api/emergency-accesses/{access}/{act}", by=by, expect=expect, **body)

    async def opened(self, **more: Any) -> str:
        access: str = (await self.ask(**more))["id"]
        await self.act(access, "confirmation", self.second)
        return access

    async def show(self, access: str, by: str | None = None) -> dict[str, Any]:
        return await get(self.service, f"/api/emergency-accesses/{access}", by=by or self.reader)

    async def read(self, access: str, *, by: str | None = None, code: str = TOME, path: str = "") -> httpx.Response:
        whole = f"/api/inventory/{code}/records{path}"
        return await self.service.call("GET", whole, by=by or self.reader, params={"access": access})

    async def status(self, access: str, **more: Any) -> int:
        return (await self.read(access, **more)).status_code

    async def allow(self, *, is_allowed: bool = True, by: str | None = None, code: str = TOME) -> httpx.Response:
        path = f"/api/inventory/{code}/emergency-permissions/{self.world.group}"
        return await self.service.call("PUT", path, by=by or self.owner, json={"is_allowed": is_allowed})

    async def change_terms(self, **terms: Any) -> None:
        path, coordinator = f"/api/groups/{self.world.group}/versions", self.world.email("142051")
        await post(self.service, path, by=coordinator, expect=201, text="第2版", terms=terms)

    async def pass_time(self, **more: float) -> None:
        self.service.clock.advance(timedelta(**more))
        await self.service.tick()

    async def told(self, subject: str, channel: str | None = None) -> list[dict[str, Any]]:
        """Send what is due, and return the messages about something, of one channel or of both."""
        await self.service.deliver()
        found: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            page = await get(self.service, f"/api/messages{cursor}", by=self.reader)
            found += [each for each in page["items"] if subject in (each["subject"] or "") + each["text"]]
            cursor = f"?cursor={page['next']}" if page["next"] else None
        return [each for each in found if channel in {None, each["channel"]}]

    async def acts(self, prefix: str = "aid.emergency_access") -> dict[str, set[str]]:
        """Return in whose chains each act stands."""

        def look(session: Session) -> dict[str, set[str]]:
            found: dict[str, set[str]] = {}
            for row in session.scalars(select(Audit).where(Audit.act.startswith(prefix))):
                found.setdefault(row.act.removeprefix(prefix).lstrip("_"), set()).add(row.chain)
            return found

        return await self.service.database.read(look)


async def stage(
    service: Service, *, is_allowed: bool = True, terms: Terms | None = None, world: World | None = None
) -> Stage:
    """Let 小松市 commit aid to 登米市, which keeps a record and allows emergencies."""
    return await staged(
        service, world or await service.build(terms=terms or Terms(emergency_access=True)), is_allowed=is_allowed
    )


async def staged(service: Service, world: World, *, is_allowed: bool = True) -> Stage:
    """Do so in a world that stands already."""
    owner = await with_two_factors(service, world.email(TOME))
    for code in (KOMATSU, TAMA):
        await with_two_factors(service, world.email(code))
    request = await ask(service, world, ("pc", 10))
    made = await offer(service, world, request, KOMATSU, 10)
    accepted = await post(service, f"/api/offers/{made['id']}/acceptance", by=owner)
    record = await keep(service, world, code=TOME, **SYSTEM)
    found = Stage(service, world, request["id"], made["id"], accepted["commitments"][0]["id"], record["id"])
    if is_allowed:
        assert (await found.allow()).status_code == 200
    return found
