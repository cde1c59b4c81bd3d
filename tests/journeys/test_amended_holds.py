"""What a corrected question asks of a partner is what is held of it, what reminders say and what a bare yes means."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.terms import Terms
from aid.models import Ask, Hold
from tests.api_client import Service
from tests.journeys.asking import ask, offer, post, told
from tests.journeys.test_planned_partners import after, sent_to
from tests.journeys.test_planning import says, sms_to
from tests.world import FUJISAWA, KAGOSHIMA, KOMATSU, TAMA, TOME, TOYOOKA, World

ALL = {FUJISAWA, TOYOOKA, KAGOSHIMA, KOMATSU, TAMA}
EVERYBODY = Terms(wave_certainty=0.0, wave_cover=1.0, wave_minimum=5, planning_from=0)
HALF = {"pc": 10, "printer": 4}
PLANNED = Terms(planning_from=1)


async def held(service: Service, world: World, request: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Return what is held of each partner, by kind."""

    def read(session: Session) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for each in session.scalars(select(Hold).where(Hold.request_id == request["id"])):
            of_member = found.setdefault(each.member_id, {})
            of_member[each.kind] = of_member.get(each.kind, 0) + each.quantity
        return found

    codes = {member: code for code, member in world.members.items()}
    return {codes[member]: units for member, units in (await service.database.read(read)).items()}


def of_each(codes: Iterable[str], units: dict[str, int]) -> dict[str, dict[str, int]]:
    return dict.fromkeys(codes, units)


async def amend(service: Service, world: World, request: dict[str, Any], *quantities: int, **more: Any) -> Any:
    """Change the quantities of the first lines."""
    lines = [{"line": line["id"], "quantity": n} for line, n in zip(request["lines"], quantities, strict=False)]
    path = f"/api/requests/{request['id']}/amendment"
    return await post(service, path, by=world.email(TOME), reason="見直し", lines=lines, **more)


async def bare_yes(service: Service, world: World, request: dict[str, Any], code: str) -> dict[str, int]:
    return given(request, await offer(service, world, request, code))


def given(request: dict[str, Any], made: dict[str, Any]) -> dict[str, int]:
    """Return how many of which kind an offer gives."""
    kinds = {line["id"]: line["kind"] for line in request["lines"]}
    return {kinds[each["line"]]: each["quantity"] for each in made["lines"]}


async def test_what_is_held_follows_the_amendment_and_is_free_for_others_at_once(service: Service) -> None:
    world = await service.build(terms=EVERYBODY)
    request = await ask(service, world, ("pc", 40))
    await amend(service, world, request, 10)
    assert await held(service, world, request) == of_each(ALL, {"pc": 10})
    second = await ask(service, world, ("pc", 35))
    assert await held(service, world, second) == of_each(ALL, {"pc": 35})
    await amend(service, world, request, 30, added=[{"kind": "printer", "quantity": 6}])
    now = {"pc": 15, "printer": 6}
    assert await held(service, world, request) == of_each(ALL, now), "not what the second is asking for"
    third = await ask(service, world, ("printer", 9))
    assert await held(service, world, third) == of_each(ALL, {"printer": 4})
    await amend(service, world, second, 5)
    request = await amend(service, world, request, 45)
    assert await held(service, world, request) == of_each(ALL, now | {"pc": 45})
    assert await bare_yes(service, world, request, KOMATSU) == {"pc": 45, "printer": 6}


async def test_what_is_held_outlasts_a_more_urgent_hold_and_a_dropped_line_lets_go(service: Service) -> None:
    world = await service.build(terms=EVERYBODY)
    request = await ask(service, world, ("pc", 50), ("printer", 5), priority=4)
    await ask(service, world, ("pc", 50), priority=1)
    await amend(service, world, request, 45)
    assert await held(service, world, request) == of_each(ALL, {"pc": 45, "printer": 5})
    made = await offer(service, world, request, KOMATSU, 10, 2)
    await post(service, f"/api/offers/{made['id']}/acceptance", by=world.email(TOME))
    await amend(service, world, request, 10, 7)
    assert await held(service, world, request) == of_each(ALL - {KOMATSU}, {"printer": 5})


async def test_who_has_answered_or_cannot_be_reached_holds_nothing_after_an_amendment(service: Service) -> None:
    world = await service.build(terms=EVERYBODY)
    request = await ask(service, world, ("pc", 40))
    await offer(service, world, request, TAMA, decision="decline")
    await offer(service, world, request, TOYOOKA, 5, decision="provisional")

    def lose(session: Session) -> None:
        ask = session.get_one(Ask, (request["id"], world.members[KAGOSHIMA]))
        ask.unreachable_at = ask.asked_at
        for hold in session.scalars(select(Hold).where(Hold.member_id == ask.member_id)):
            session.delete(hold)

    await service.database.write(lose)
    await amend(service, world, request, 45)
    assert await held(service, world, request) == of_each([FUJISAWA, KOMATSU], {"pc": 45})


async def planned(service: Service) -> tuple[World, dict[str, Any], dict[str, dict[str, int]]]:
    """Let a round ask partners for less than all that is lacking, and return what of whom."""
    world = await service.build(terms=PLANNED, stock=HALF)
    request = await ask(service, world, ("pc", 60), ("printer", 12))
    await after(service, 0)
    before = await held(service, world, request)
    assert before[KOMATSU] == {"pc": 10, "printer": 4}
    return world, request, before


async def test_a_correction_names_what_a_round_has_asked_for(service: Service) -> None:
    world, request, before = await planned(service)
    await sent_to(service, world, KOMATSU)
    await amend(service, world, request, 70, 3)
    assert await held(service, world, request) == {code: units | {"printer": 3} for code, units in before.items()}
    latest = (await sent_to(service, world, KOMATSU))[0]
    assert "見直し" in latest
    assert "パソコン 10台" in latest
    assert "プリンタ 3台" in latest
    assert set(await told(service, world, "パソコン 70台")) == set()
    await says(service, world, KOMATSU, (await sms_to(service, world, KOMATSU))[0].partition("返信")[2][:4], "1")
    assert KOMATSU not in await held(service, world, request)
    shown = await service.call("GET", f"/api/requests/{request['id']}/offers", by=world.email(TOME))
    (made,) = shown.json()["items"]
    assert given(request, made) == {"pc": 10, "printer": 3}


async def test_a_reminder_names_it_too_and_no_more_than_is_lacking(service: Service) -> None:
    world, request, _ = await planned(service)
    await service.deliver()
    await says(service, world, KOMATSU, (await sms_to(service, world, KOMATSU))[0].partition("返信")[2][:4], "0")
    made = await offer(service, world, request, TAMA, 10, 4)
    await post(service, f"/api/offers/{made['id']}/acceptance", by=world.email(TOME))
    other = await offer(service, world, request, TOYOOKA, 10, 4)
    await post(service, f"/api/offers/{other['id']}/acceptance", by=world.email(TOME))
    last = await offer(service, world, request, KAGOSHIMA, 10, 1)
    await post(service, f"/api/offers/{last['id']}/acceptance", by=world.email(TOME))
    await after(service, 60)
    latest = next(each for each in await sent_to(service, world, KOMATSU) if "回答をお待ちしています" in each)
    assert "パソコン 10台" in latest
    assert "プリンタ 3台" in latest
    assert await bare_yes(service, world, request, KOMATSU) == {"pc": 10, "printer": 3}


async def test_whom_an_amendment_leaves_with_nothing_stands_down(service: Service) -> None:
    world = await service.build(terms=PLANNED, stock={"pc": 10})
    request = await ask(service, world, ("pc", 40), ("satphone", 5))
    await after(service, 0)
    await service.deliver()
    made = await offer(service, world, request, TAMA, 10)
    await post(service, f"/api/offers/{made['id']}/acceptance", by=world.email(TOME))
    await amend(service, world, request, 10)
    assert await held(service, world, request) == {}
    assert set(await told(service, world, "応援の準備は不要です")) == ALL - {TAMA}
    assert set(await told(service, world, "見直し")) <= {TAMA, TOME}
    await after(service, timedelta(hours=3) / timedelta(minutes=1))
    assert not await told(service, world, "応援要請(再)")


async def test_whom_an_acceptance_leaves_with_nothing_stands_down(service: Service) -> None:
    world = await service.build(terms=PLANNED, stock={"pc": 10})
    request = await ask(service, world, ("pc", 10), ("satphone", 5))
    await after(service, 0)
    await service.deliver()
    first = set(await held(service, world, request))
    one = min(first)
    made = await offer(service, world, request, one, 10)
    await post(service, f"/api/offers/{made['id']}/acceptance", by=world.email(TOME))
    assert len(first) > 1
    assert set(await told(service, world, "応援の準備は不要です")) == first - {one}


async def test_what_was_named_is_what_a_second_yes_means_and_what_a_later_correction_says(service: Service) -> None:
    """Two people of an office may both answer the same call; nobody promises more by that."""
    world = await service.build(terms=PLANNED, stock={"pc": 50})
    request = await ask(service, world, ("pc", 20))
    await after(service, 0)
    await service.deliver()
    await amend(service, world, request, 60)
    asked = min(await held(service, world, request))
    assert await bare_yes(service, world, request, asked) == {"pc": 20}
    assert await bare_yes(service, world, request, asked) == {"pc": 20}
    await sent_to(service, world, asked)
    await amend(service, world, request, place="市役所の別館")
    latest = (await sent_to(service, world, asked))[0]
    assert "市役所の別館" in latest
    assert "パソコン 20台" in latest
    assert await bare_yes(service, world, request, asked) == {"pc": 20}


async def test_who_was_let_go_once_and_is_asked_again_is_let_go_again(service: Service) -> None:
    world = await service.build(terms=PLANNED, stock={"pc": 10})
    request = await ask(service, world, ("pc", 10))
    await after(service, 0)
    asked = sorted(await held(service, world, request))
    first, again = asked[:2]
    await offer(service, world, request, again, 10)
    made = await offer(service, world, request, first, 10)
    await post(service, f"/api/offers/{made['id']}/acceptance", by=world.email(TOME))
    await service.deliver()
    await post(service, f"/api/offers/{made['id']}/withdrawal", by=world.email(first), reason="停電")
    await amend(service, world, request, added=[{"kind": "satphone", "quantity": 5}])
    await after(service, 15)
    now = await held(service, world, request)
    assert again in now, "the next round asks it anew"
    await service.deliver()
    before = (await told(service, world, "応援の準備は不要です"))[again]
    other = next(code for code in sorted(now) if code != again)
    made = await offer(service, world, request, other, 10)
    await post(service, f"/api/offers/{made['id']}/acceptance", by=world.email(TOME))
    assert await held(service, world, request) == {}
    assert (await told(service, world, "応援の準備は不要です"))[again] > before
