from tests.api_client import Service
from tests.world import FUJISAWA, KAGOSHIMA, TAMA, TOME

COORDINATOR = f"disaster1.{FUJISAWA}@demo.example"
TOME_ICT = f"ict1.{TOME}@demo.example"


async def test_the_directory_is_open_to_whoever_is_signed_in(service: Service) -> None:
    await service.build()
    assert (await service.call("GET", "/api/municipalities")).status_code == 401
    found = (await service.call("GET", "/api/municipalities?q=ゆすはら&prefecture=", by=TOME_ICT)).json()
    assert [(each["code"], each["prefecture"], each["name"]) for each in found["items"]] == [
        ("394050", "高知県", "檮原町")
    ]
    assert found["next"] is None
    twice = (await service.call("GET", "/api/municipalities?q=伊達市", by=TOME_ICT)).json()
    assert [each["prefecture"] for each in twice["items"]] == ["北海道", "福島県"]


async def test_the_directory_is_read_page_by_page(service: Service) -> None:
    await service.build()
    first = (await service.call("GET", "/api/municipalities?prefecture=北海道", by=TOME_ICT)).json()
    assert len(first["items"]) == 100
    path = f"/api/municipalities?prefecture=北海道&cursor={first['next']}"
    second = (await service.call("GET", path, by=TOME_ICT)).json()
    assert second["next"] is None
    codes = [each["code"] for each in first["items"] + second["items"]]
    assert len(codes) == len(set(codes)) == 180  # 179 municipalities and the prefecture
    beyond = await service.call("GET", "/api/municipalities?cursor=nothing", by=TOME_ICT)
    assert beyond.json() == {"items": [], "next": None}


async def test_a_group_is_founded_and_brought_into_force(service: Service) -> None:
    world = await service.build()
    made = await service.call("POST", "/api/groups", by=COORDINATOR, json={"name": "新協定", "purpose": "相互応援"})
    assert made.status_code == 201
    group = made.json()["id"]
    assert (made.json()["status"], made.json()["coordinator"]) == ("preparing", FUJISAWA)
    base = f"/api/groups/{group}"
    added = await service.call(
        "POST", f"{base}/members", by=COORDINATOR, json={"municipality": TOME, "kind": "member"}
    )
    assert (added.status_code, added.json()["member"]) == (201, world.members[TOME])
    for code, by in ((FUJISAWA, COORDINATOR), (TOME, TOME_ICT)):
        signature = {"signatory_name": "某", "signatory_title": "市長", "signed_on": "2026-05-01"}
        signed = await service.call("POST", f"{base}/members/{code}/signature", by=by, json=signature)
        assert (signed.json()["status"], signed.json()["joined_on"]) == ("signed", "2026-05-01")
    version = {"text": "第1条", "terms": {"written_within_hours": 48, "answer_minutes": {"1": 15}}}
    kept = await service.call("POST", f"{base}/versions", by=COORDINATOR, json=version)
    assert (kept.status_code, kept.json()["terms"]["answer_minutes"]["2"]) == (201, 60)
    for status in ("inviting", "signed", "in_force"):
        stepped = await service.call("POST", f"{base}/status", by=COORDINATOR, json={"status": status})
        assert stepped.json()["status"] == status
    again = await service.call("POST", f"{base}/status", by=COORDINATOR, json={"status": "inviting"})
    assert (again.status_code, again.json()["type"]) == (409, "urn:yuimaru:problem:bad-step")
    outside = f"ict1.{TAMA}@demo.example"
    assert (await service.call("GET", base, by=outside)).status_code == 404
    seen = [(await service.call("GET", "/api/groups", by=who)).json()["items"] for who in (outside, TOME_ICT)]
    assert [[each["id"] for each in items] for items in seen] == [[world.group], [world.group, group]]


async def test_a_person_is_entered_changed_and_designated(service: Service) -> None:
    world = await service.build()
    draft = {"name": "髙橋﨑𠮷葛󠄀", "email": "new@tome.example", "mobile": "090-1234-5678", "municipality": TOME}
    made = await service.call("POST", "/api/people", by=TOME_ICT, json=draft)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    person = made.json()
    assert (person["name"], person["mobile"]) == (draft["name"], "+819012345678")
    path = f"/api/people/{person['id']}"
    headers = {"If-Match": '"1"'}
    changed = await service.call("PATCH", path, by=TOME_ICT, json={"department": "情報課"}, headers=headers)
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    stale = await service.call("PATCH", path, by=TOME_ICT, json={"department": "旧課"}, headers=headers)
    assert stale.status_code == 412
    contacts = f"/api/groups/{world.group}/members/{TOME}/contacts"
    contact = {"person": person["id"], "function": "ict", "order": 2}
    designated = await service.call("POST", contacts, by=TOME_ICT, json=contact)
    assert (designated.status_code, designated.json()["missing_functions"]) == (201, [])
    assert (await service.call("POST", contacts, by=TOME_ICT, json=contact)).status_code == 409
    me = (await service.call("GET", "/api/me", by="new@tome.example")).json()
    assert me["memberships"][0]["roles"] == ["ict"]
    removed = await service.call("DELETE", f"{contacts}/{designated.json()['id']}", by=TOME_ICT)
    assert removed.status_code == 204
    assert len((await service.call("GET", contacts, by=TOME_ICT)).json()["items"]) == 2


async def test_refusals_name_field_and_remedy(service: Service) -> None:
    await service.build()
    taken = {"name": "某", "email": TOME_ICT.upper()}
    refused = await service.call("POST", "/api/people", by=f"ict1.{TAMA}@demo.example", json=taken)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:yuimaru:problem:email-taken")
    wrong = {"name": "某", "email": "x", "mobile": "12"}
    refused = await service.call("POST", "/api/people", by=TOME_ICT, json=wrong)
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/email", "/mobile"]
    other = {"name": "某", "municipality": KAGOSHIMA}
    assert (await service.call("POST", "/api/people", by=TOME_ICT, json=other)).status_code == 403


async def test_the_same_key_enters_one_person(service: Service) -> None:
    await service.build()
    draft = {"name": "某", "email": "once@tome.example"}
    headers = {"Idempotency-Key": "key-1"}
    first = await service.call("POST", "/api/people", by=TOME_ICT, json=draft, headers=headers)
    second = await service.call("POST", "/api/people", by=TOME_ICT, json=draft, headers=headers)
    assert first.json() == second.json()
    assert (first.status_code, second.status_code) == (201, 201)


async def test_seats_desks_and_temporary_contacts(service: Service) -> None:
    world = await service.build()
    seat = {"name": "迫体育館", "latitude": 38.69, "longitude": 141.19}
    moved = await service.call("PUT", f"/api/members/{TOME}/seat", by=TOME_ICT, json=seat)
    assert (moved.status_code, moved.json()["is_moved"]) == (200, True)
    shown = await service.call("GET", f"/api/members/{world.members[TOME]}/seat", by=COORDINATOR)
    assert shown.json() == moved.json()
    desk = await service.call("POST", f"/api/members/{TOME}/desks", by=TOME_ICT, json={"name": "宿直"})
    channel = {"kind": "satellite_phone", "address": "8816-1234-5678"}
    path = f"/api/desks/{desk.json()['id']}/channels"
    assert (await service.call("POST", path, by=TOME_ICT, json=channel)).status_code == 201
    assert len((await service.call("GET", path, by=COORDINATOR)).json()["items"]) == 1
    temporary = {"incident": world.incident, "channel": "email", "address": "tome@free.example"}
    path = f"/api/members/{TOME}/temporary-contacts"
    unknown = await service.call("POST", path, by=TOME_ICT, json={**temporary, "incident": "no-such-incident"})
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/incident")
    entered = await service.call("POST", path, by=TOME_ICT, json=temporary)
    assert (entered.status_code, entered.json()["confirmed_at"]) == (201, None)
    path = f"/api/temporary-contacts/{entered.json()['id']}/confirmation"
    assert (await service.call("POST", path, by=TOME_ICT, json={"how": "member"})).status_code == 403
    confirmed = await service.call("POST", path, by=COORDINATOR, json={"how": "member"})
    assert (confirmed.status_code, confirmed.json()["confirmed_how"]) == (200, "member")
