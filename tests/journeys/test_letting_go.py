"""Who is told what when partners are let go: each hears what concerns it, once, and nobody else does."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.terms import Terms
from aid.models import Ask
from tests.api_client import Service
from tests.journeys.asking import ask, get, offer, post, told
from tests.world import CODES, FUJISAWA, KAGOSHIMA, KOMATSU, TAMA, TOME, TOYOOKA, World

EVERYBODY = Terms(wave_certainty=0.0, wave_cover=1.0, wave_minimum=len(CODES))
ONE = Terms(wave_certainty=0.0, wave_cover=1.0, wave_minimum=1)


async def accept(service: Service, world: World, made: dict[str, Any]) -> None:
    await post(service, f"/api/offers/{made['id']}/acceptance", by=world.email(TOME))


async def withdraw(service: Service, world: World, made: dict[str, Any], code: str) -> dict[str, Any]:
    return await post(service, f"/api/offers/{made['id']}/withdrawal", by=world.email(code), reason="停電")


async def of_every_kind(service: Service, world: World) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Ask everybody: one declines, one withdraws, one offers both things, one printers alone, one is silent."""
    request = await ask(service, world, ("pc", 60), ("printer", 4))
    await told(service, world, "応援要請")
    await offer(service, world, request, KAGOSHIMA, decision="decline")
    await withdraw(service, world, await offer(service, world, request, TOYOOKA, 5, 1), TOYOOKA)
    both = await offer(service, world, request, FUJISAWA, 30, 4)
    return request, {FUJISAWA: both, KOMATSU: await offer(service, world, request, KOMATSU, 0, 4)}


async def test_what_is_covered_is_told_to_whom_it_concerns(service: Service) -> None:
    world = await service.build(terms=EVERYBODY)
    request, made = await of_every_kind(service, world)
    await offer(service, world, request, TAMA, 5)
    await accept(service, world, made[KOMATSU])
    assert set(await told(service, world, "これらの準備は不要です")) == {FUJISAWA}, (
        "the others have offered none of it"
    )
    left = await get(service, f"/api/offers/{made[FUJISAWA]['id']}", by=world.email(TOME))
    assert (left["status"], [each["quantity"] for each in left["lines"]]) == ("offered", [30])
    assert left["version"] > made[FUJISAWA]["version"]
    await accept(service, world, left)
    await accept(service, world, await offer(service, world, request, KOMATSU, 30))
    assert set(await told(service, world, "応援の準備は不要です")) == {TAMA}, (
        "who helps, said no or left needs no word"
    )


@pytest.mark.parametrize(
    ("end", "why", "cancelled"),
    [("closure", "の要請は終了しました", set()), ("cancellation", "の要請は取り消されました", {KOMATSU})],
)
@pytest.mark.parametrize("has_come_back", [False, True])
async def test_an_end_is_told_to_all_who_wait_and_to_no_helper_twice(
    service: Service, end: str, why: str, cancelled: set[str], has_come_back: bool
) -> None:
    """Whoever has withdrawn hears of it only where it has offered anew since."""
    world = await service.build(terms=EVERYBODY)
    request, made = await of_every_kind(service, world)
    await accept(service, world, made[KOMATSU])
    if has_come_back:
        await offer(service, world, request, TOYOOKA, 5)
    await post(service, f"/api/requests/{request['id']}/{end}", by=world.email(TOME), reason="復旧")
    waiting = {FUJISAWA, TAMA} | ({TOYOOKA} if has_come_back else set())
    for said in ("応援の準備は不要です", why):
        assert set(await told(service, world, said)) == waiting
    assert set(await told(service, world, "要請取消")) == cancelled


async def test_who_offered_unasked_is_let_go_too(service: Service) -> None:
    world = await service.build(terms=ONE)
    for end in ("acceptance", "closure"):
        request = await ask(service, world, ("pc", 10))
        await told(service, world, "応援要請")
        before = await told(service, world, "応援の準備は不要です")
        silent = await still_asked(service, request)
        unasked = [code for code in CODES if code != TOME and world.members[code] not in silent][:2]
        first, spare = [await offer(service, world, request, code, 10) for code in unasked]
        if end == "acceptance":
            await accept(service, world, first)
        else:
            await post(service, f"/api/requests/{request['id']}/closure", by=world.email(TOME), reason="足りた")
        told_now = await told(service, world, "応援の準備は不要です")
        assert told_now.get(unasked[1], 0) > before.get(unasked[1], 0)
        assert await still_asked(service, request) == set()
        assert (await get(service, f"/api/offers/{spare['id']}", by=world.email(TOME)))["status"] == "released"


async def still_asked(service: Service, request: dict[str, Any]) -> set[str]:
    def look(session: Session) -> set[str]:
        return set(
            session.scalars(select(Ask.member_id).where(Ask.request_id == request["id"], Ask.stood_down_at.is_(None)))
        )

    return await service.database.read(look)


async def test_who_was_asked_again_after_a_withdrawal_is_let_go_again(service: Service) -> None:
    world = await service.build(terms=EVERYBODY)
    request = await ask(service, world, ("pc", 40))
    counts = []
    for _ in range(2):
        await told(service, world, "応援要請")
        made = await offer(service, world, request, KOMATSU, 40)
        await accept(service, world, made)
        counts.append((await told(service, world, "応援の準備は不要です"))[TAMA])
        await withdraw(service, world, made, KOMATSU)
    assert counts == [2, 4]
