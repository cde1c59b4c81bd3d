"""Requests by proxy, changed, recalled; offers that don't fit; what others may see."""

from tests.api_client import Service
from tests.journeys.asking import ask, get, offer, post, told
from tests.world import FUJISAWA, KAGOSHIMA, KOMATSU, TAMA, TOME


async def test_a_neighbour_asks_and_the_member_confirms(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world, by=world.email(TAMA))
    assert (request["status"], request["via"], request["is_proxy"]) == ("unverified", "proxy", True)
    assert [each["code"] for each in request["warnings"]] == ["unconfirmed"]
    path = f"/api/requests/{request['id']}/confirmation"
    await post(service, path, by=world.email(TAMA), expect=403, how="call_back")
    confirmed = await post(service, path, by=world.email(TOME), how="member")
    assert confirmed["status"] == "open"
    await post(service, path, by=world.email(TOME), expect=409, how="member")


async def test_a_covered_request_of_a_proxy_is_covered_once_confirmed(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world, ("pc", 10), by=world.email(TAMA))
    made = await offer(service, world, request, KOMATSU, 10)
    await post(service, f"/api/offers/{made['id']}/acceptance", by=world.email(TOME))
    confirmed = await post(service, f"/api/requests/{request['id']}/confirmation", by=world.email(TOME), how="member")
    assert confirmed["status"] == "covered"


async def test_a_mission_suggests_lines(service: Service) -> None:
    world = await service.build()
    draft = {
        "incident": world.incident,
        "group": world.group,
        "requester": TOME,
        "lines": [{"mission": "certificates"}],
    }
    request = await post(service, "/api/requests", by=world.email(TOME), expect=201, **draft)
    assert {"staff_certificates", "pc", "printer"} <= {line["kind"] for line in request["lines"]}


async def test_a_likely_duplicate_is_taken_with_a_warning(service: Service) -> None:
    world = await service.build()
    first = await ask(service, world)
    second = await ask(service, world, ("pc", 5))
    assert [(each["code"], each["facts"]) for each in second["warnings"]] == [
        ("likely_duplicate", {"number": first["number"]})
    ]


async def test_an_amendment_tells_those_asked_and_keeps_what_is_committed(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world, ("pc", 60))
    await told(service, world, "応援要請")
    made = await offer(service, world, request, KOMATSU, 20)
    await post(service, f"/api/offers/{made['id']}/acceptance", by=world.email(TOME))
    line = request["lines"][0]["id"]
    path = f"/api/requests/{request['id']}/amendment"
    by = world.email(TOME)
    await post(service, path, by=by, expect=409, reason="減", lines=[{"line": line, "quantity": 10}])
    amended = await post(
        service,
        path,
        by=by,
        reason="被害が広がった",
        lines=[{"line": line, "quantity": 80}],
        added=[{"kind": "printer", "quantity": 2}],
    )
    assert [(each["kind"], each["quantity"], each["committed"]) for each in amended["lines"]] == [
        ("pc", 80, 20),
        ("printer", 2, 0),
    ]
    assert await told(service, world, "被害が広がった")


async def test_a_recalled_request_frees_everything(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world, ("pc", 60))
    made = await offer(service, world, request, KOMATSU, 50)
    await post(service, f"/api/offers/{made['id']}/acceptance", by=world.email(TOME))
    await offer(service, world, request, TAMA, 50)
    ended = await post(
        service, f"/api/requests/{request['id']}/cancellation", by=world.email(TOME), reason="復旧した"
    )
    assert (ended["status"], ended["lines"][0]["committed"]) == ("cancelled", 0)
    for code in (KOMATSU, TAMA):
        stock = await get(service, f"/api/capabilities?municipality={code}&kind=pc", by=world.email(code))
        assert stock["items"][0]["available"] == 50
    assert set(await told(service, world, "要請取消")) == {KOMATSU}
    late = await service.call(
        "POST",
        f"/api/requests/{request['id']}/offers",
        by=world.email(KAGOSHIMA),
        json={"municipality": KAGOSHIMA, "decision": "accept"},
    )
    assert late.status_code == 409
    assert "終了" in late.json()["detail"]


async def test_more_than_is_available_is_refused_and_a_bare_yes_means_what_one_has(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world, ("pc", 60))
    line = request["lines"][0]["id"]
    over = await service.call(
        "POST",
        f"/api/requests/{request['id']}/offers",
        by=world.email(KOMATSU),
        json={"municipality": KOMATSU, "decision": "accept", "lines": [{"line": line, "quantity": 51}]},
    )
    assert over.status_code == 409
    made = await offer(service, world, request, KOMATSU)
    assert made["lines"][0]["quantity"] == 50
    changed = await offer(service, world, request, KOMATSU, 20)
    assert (changed["id"], changed["lines"][0]["quantity"]) == (made["id"], 20)


async def test_only_the_requester_accepts_and_others_see_no_foreign_offers(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world)
    made = await offer(service, world, request, KOMATSU, 20)
    seen = await get(service, f"/api/requests/{request['id']}/offers", by=world.email(TAMA))
    assert seen["items"] == []
    await get(service, f"/api/offers/{made['id']}", by=world.email(TAMA), expect=404)
    await post(service, f"/api/offers/{made['id']}/acceptance", by=world.email(KOMATSU), expect=403)
    assert len((await get(service, f"/api/requests/{request['id']}/offers", by=world.email(FUJISAWA)))["items"]) == 1


async def test_a_provisional_offer_holds_nothing_until_it_is_accepted(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world)
    made = await offer(service, world, request, KOMATSU, 40, decision="provisional")
    after = await get(service, f"/api/requests/{request['id']}", by=world.email(TOME))
    assert (after["lines"][0]["offered"], after["lines"][0]["provisional"]) == (0, 40)
    accepted = await post(service, f"/api/offers/{made['id']}/acceptance", by=world.email(TOME))
    assert accepted["commitments"][0]["quantity"] == 40
    stock = await get(service, f"/api/capabilities?municipality={KOMATSU}&kind=pc", by=world.email(KOMATSU))
    assert stock["items"][0]["available"] == 10
