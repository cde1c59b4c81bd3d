"""The main job from the request to the acceptance, on both engines."""

from tests.api_client import Service
from tests.devices import Devices
from tests.journeys.asking import ask, get, offer, post
from tests.world import FUJISAWA, KOMATSU, TAMA, TOME, TOYOOKA, World


async def test_a_hit_member_asks_and_partners_answer(service: Service, devices: Devices) -> None:
    world = await service.build()
    request = await ask(service, world, ("pc", 60), ("printer", 4), priority=1)
    by_mail = devices.mailbox(world.email(KOMATSU, "ict")).expects_mail("応援要請 登米市", "PC60台", "パソコン 60台")
    assert (await by_mail.answers("accept", 40, 4))["is_taken"]
    phone = devices.phone(world.mobile(TAMA))
    await phone.expects_sms("【訓練】【結まーる】登米市応援要請 PC60台").replies("{code}　１　５０")
    await phone.expects_sms("受け付けました")
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
    assert sum((await devices.everybody("応援要請")).values()) == 4 * 2 * 2 - 2, "two were expected by name"
    assert set((await devices.everybody("申出あり")).values()) == {2}
    assert (await devices.everybody("応援決定"))[world.mobile(KOMATSU)] == 1
    assert (await devices.everybody("待機解除"))[world.email(TOYOOKA)] == 2, "the printers, then the PCs"
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


async def chronicled(service: Service, world: World) -> list[str]:
    chronology = await get(service, f"/api/incidents/{world.incident}/chronology", by=world.email(TOME))
    return [each["code"] for each in chronology["items"]]
