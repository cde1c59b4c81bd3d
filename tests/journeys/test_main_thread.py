"""The main job from the request to the acceptance, on both engines."""

from tests.api_client import Service
from tests.world import FUJISAWA, KOMATSU, TAMA, TOME


async def test_a_hit_member_asks_and_partners_answer(service: Service) -> None:
    world = await service.build()
    asked = await service.call(
        "POST",
        "/api/requests",
        by=world.email(TOME),
        json={
            "incident": world.incident,
            "group": world.group,
            "requester": TOME,
            "lines": [{"kind": "pc", "quantity": 60}, {"kind": "printer", "quantity": 4}],
            "priority": 1,
        },
    )
    assert asked.status_code == 201, asked.text
    request = asked.json()
    pc, printer = (line["id"] for line in request["lines"])
    assert await service.deliver() > 0

    messages = (await service.call("GET", "/api/messages", by=world.email(TOME))).json()["items"]
    text = next(
        each["text"] for each in messages if each["channel"] == "sms" and each["to"] == world.mobile(KOMATSU, "ict")
    )
    code = text.split("返信")[1].split()[0]
    link = text.splitlines()[-1]

    answered = await service.call(
        "POST", f"/api/answers/{link.rsplit('/')[-1]}", json={"decision": "accept", "quantities": [40, 4]}
    )
    assert answered.status_code == 200, answered.text
    assert answered.json()["is_taken"]
    by_sms = await service.call(
        "GET",
        "/hooks/sms/console/secret/mo",
        params={"from": world.mobile(TAMA), "to": "0005", "text": f"{code}　１　５０", "id": "1"},
    )
    assert by_sms.status_code == 200
    by_api = await service.call(
        "POST",
        f"/api/requests/{request['id']}/offers",
        by=world.email(FUJISAWA),
        json={"municipality": FUJISAWA, "decision": "decline", "reason": "人手不足"},
    )
    assert by_api.status_code == 201, by_api.text

    offers = (await service.call("GET", f"/api/requests/{request['id']}/offers", by=world.email(TOME))).json()[
        "items"
    ]
    status = {each["municipality"]: each["status"] for each in offers}
    assert status == {KOMATSU: "offered", TAMA: "offered", FUJISAWA: "declined"}

    for code_, lines in ((KOMATSU, [{"line": pc, "quantity": 40}, {"line": printer, "quantity": 4}]), (TAMA, [])):
        offer = next(each["id"] for each in offers if each["municipality"] == code_)
        accepted = await service.call(
            "POST", f"/api/offers/{offer}/acceptance", by=world.email(TOME), json={"lines": lines}
        )
        assert accepted.status_code == 200, accepted.text
    after = (await service.call("GET", f"/api/requests/{request['id']}", by=world.email(TOME))).json()
    assert after["status"] == "covered"
    assert [(line["offered"], line["committed"]) for line in after["lines"]] == [(90, 60), (4, 4)]
    chronology = (
        await service.call("GET", f"/api/incidents/{world.incident}/chronology", by=world.email(TOME))
    ).json()
    assert [each["code"] for each in chronology["items"]] == [
        "request.filed",
        "request.wave_sent",
        "offer.offered",
        "offer.offered",
        "offer.declined",
        "offer.accepted",
        "offer.accepted",
        "request.covered",
    ]
