"""The main job from the request to the acceptance, on both engines."""

from typing import Any

from tests.api_client import Service
from tests.journeys.asking import ask, get, offer, post
from tests.world import FUJISAWA, KOMATSU, TAMA, TOME, World


async def test_a_hit_member_asks_and_partners_answer(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world, ("pc", 60), ("printer", 4), priority=1)
    assert await service.deliver() > 0
    code, link = await how_to_answer(service, world, KOMATSU)

    await answer_by_link(service, link, decision="accept", quantities=[40, 4])
    await answer_by_sms(service, world, TAMA, f"{code}　１　５０")
    await offer(service, world, request, FUJISAWA, decision="decline")

    offers = (await get(service, f"/api/requests/{request['id']}/offers", by=world.email(TOME)))["items"]
    by_code = {each["municipality"]: each for each in offers}
    assert {code: each["status"] for code, each in by_code.items()} == {
        KOMATSU: "offered",
        TAMA: "offered",
        FUJISAWA: "declined",
    }
    for partner in (KOMATSU, TAMA):
        await post(service, f"/api/offers/{by_code[partner]['id']}/acceptance", by=world.email(TOME))
    after = await get(service, f"/api/requests/{request['id']}", by=world.email(TOME))
    assert after["status"] == "covered"
    assert [(line["offered"], line["committed"]) for line in after["lines"]] == [(90, 60), (4, 4)]
    assert await chronicled(service, world) == [
        "request.filed",
        "request.wave_sent",
        "offer.offered",
        "offer.offered",
        "offer.declined",
        "offer.accepted",
        "offer.accepted",
        "request.covered",
    ]


async def how_to_answer(service: Service, world: World, partner: str) -> tuple[str, str]:
    """Return the reply code and the link in the SMS to a partner."""
    messages = (await get(service, "/api/messages", by=world.email(TOME)))["items"]
    text = next(each["text"] for each in messages if each["to"] == world.mobile(partner, "ict"))
    return text.split("返信")[1].split()[0], text.splitlines()[-1]


async def answer_by_link(service: Service, link: str, **answer: Any) -> None:
    answered = await service.call("POST", f"/api/answers/{link.rsplit('/', maxsplit=1)[-1]}", json=answer)
    assert answered.status_code == 200, answered.text
    assert answered.json()["is_taken"]


async def answer_by_sms(service: Service, world: World, partner: str, text: str) -> None:
    sent = {"from": world.mobile(partner), "to": "0005", "text": text, "id": "1"}
    assert (await service.call("GET", "/hooks/sms/console/secret/mo", params=sent)).status_code == 200


async def chronicled(service: Service, world: World) -> list[str]:
    chronology = await get(service, f"/api/incidents/{world.incident}/chronology", by=world.email(TOME))
    return [each["code"] for each in chronology["items"]]
