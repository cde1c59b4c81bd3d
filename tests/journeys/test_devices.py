"""The devices themselves: they answer as people do, and nothing that they did not expect passes unseen."""

import pytest

from tests.api_client import Service
from tests.devices import Devices
from tests.journeys.asking import ask, get
from tests.world import FUJISAWA, KOMATSU, TOME

BOTH = [KOMATSU, TOME]


async def test_a_phone_and_a_mailbox_expect_and_answer(service: Service, devices: Devices) -> None:
    world = await service.build(codes=BOTH, coordinator=KOMATSU)
    phone = devices.phone(world.mobile(KOMATSU))
    request = await ask(service, world, ("pc", 20))

    await phone.expects_sms("【訓練】【結まーる】", "応援要請", "PC20台").replies("{code}　１　５")
    await phone.expects_sms("受け付けました")
    shown = await devices.mailbox(world.email(KOMATSU)).expects_mail("応援要請", "登米市").opens_link()
    assert shown["lines"][0]["quantity"] == 20
    ict = devices.mailbox(world.email(KOMATSU, "ict"))
    await ict.expects_mail("応援要請").replies("{code} 1 20")
    await ict.expects_mail("受け付けました")
    await devices.phone(world.mobile(KOMATSU, "ict")).expects_sms("応援要請").answers("accept", 15)

    (line,) = (await get(service, f"/api/requests/{request['id']}", by=world.email(TOME)))["lines"]
    assert line["offered"] == 15
    assert (await devices.everybody("申出あり"))[world.email(TOME)] == 3
    # Too little, and nobody is left to ask: people telephone
    assert set(await devices.everybody("照会できる団体がもうありません")) >= {world.email(TOME), world.mobile(TOME)}
    assert not await devices.everybody("申出あり"), "each message is expected once"


async def test_a_message_that_nobody_expects_is_shown(service: Service, devices: Devices) -> None:
    world = await service.build(codes=BOTH, coordinator=KOMATSU)
    await ask(service, world, ("pc", 20))
    with pytest.raises(AssertionError, match=r"nobody expected these messages:\n(.*応援要請.*\n?){4}"):
        await devices.close()
    with pytest.raises(AssertionError, match="expects"):
        await devices.phone(world.mobile(KOMATSU)).expects_sms("待機解除")
    with pytest.raises(AssertionError, match="応援要請"):
        await devices.phone(world.mobile(KOMATSU)).silence()
    await devices.everybody("応援要請")


async def test_time_brings_what_is_due_in_its_turn(service: Service, devices: Devices) -> None:
    world = await service.build(codes=[FUJISAWA, *BOTH], coordinator=FUJISAWA)
    request = await ask(service, world, requested_orally_at="2026-06-01T10:00:00+09:00", via="phone")
    assert set(await devices.everybody("応援要請")) == {
        address for code in (KOMATSU, FUJISAWA) for function in ("disaster", "ict")
        for address in (world.mobile(code, function), world.email(code, function))
    }  # fmt: skip
    assert request["written_due_at"] == "2026-06-04T01:00:00Z"
    await devices.forward(hours=69, minutes=59)
    assert not [each for each in devices.arrivals if "提出期限" in each.text]
    await devices.forward(minutes=1)
    await devices.everybody("提出期限")
    await devices.everybody()
