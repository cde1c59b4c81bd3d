"""A test of a gateway goes the way of any message: a row, the courier, the gateway, a receipt."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.audit import Audit
from foundation.clock import ManualClock
from notifications.gateways.base import Channel
from notifications.gateways.opening import Gateways
from notifications.models import Attempt
from notifications.worker import Courier
from service import cli, commands
from service.errors import RefusedError
from service.house import open_house
from service.wiring import WORDINGS
from tests.api_client import settings_for
from tests.notifications.alerting import BUSY, Scripted, addressee, courier, raise_alert
from tests.notifications.conftest import OPERATOR, Room

PHONE = "080-1234-5678"


def recorded(session: Session) -> list[tuple[str, str]]:
    rows = session.execute(select(Audit.act, Audit.subject).where(Audit.act == "notifications.test_gateway"))
    return [(row.act, row.subject) for row in rows]


def routes(room: Room) -> tuple[Scripted, Scripted, Scripted]:
    made = Scripted("first"), Scripted("second"), Scripted("post", Channel.EMAIL)
    room.app.state.gateways = Gateways(mail=made[2:], sms=made[:2])
    return made


async def test_it_goes_by_the_gateway_that_was_named_and_no_other(room: Room) -> None:
    first, second, post = routes(room)
    room.act_as(OPERATOR)
    answer = await room.client.post("/api/gateways/second/test", json={"address": PHONE})
    assert answer.status_code == 202
    assert (answer.json()["status"], answer.json()["tries"]) == ("queued", [])
    await room.database.write(raise_alert, addressee(5))
    await courier(room.database, first, second, post).drain()
    assert [message.to for message in second.messages] == ["+818012345678"]
    assert "送信路「second」の試験です" in second.messages[0].text
    assert [message.to[-1] for message in first.messages] == ["5"]
    (test,) = (await room.client.get("/api/gateways/second/tests")).json()["items"]
    assert (test["status"], [each["state"] for each in test["tries"]]) == ("accepted", ["accepted"])
    assert "8012345678" not in str(test)
    assert await room.database.read(recorded) == [("notifications.test_gateway", "gateway:second")]


async def test_a_gateway_that_fails_is_not_covered_up_by_another(room: Room, clock: ManualClock) -> None:
    first, second, post = routes(room)
    second.answer = lambda _: BUSY
    room.act_as(OPERATOR)
    await room.client.post("/api/gateways/second/test", json={"address": PHONE})
    worker = courier(room.database, first, second, post)
    await worker.drain()
    clock.advance(timedelta(minutes=5))
    await worker.drain()
    assert first.messages == []
    (test,) = (await room.client.get("/api/gateways/second/tests")).json()["items"]
    assert {(each["state"], each["code"]) for each in test["tries"]} == {("temporary", "busy")}
    assert len(test["tries"]) >= 2


async def test_a_receipt_shows_in_the_result_and_a_failure_is_final(room: Room) -> None:
    first, second, post = routes(room)
    room.act_as(OPERATOR)
    await room.client.post("/api/gateways/first/test", json={"address": PHONE})
    await courier(room.database, first, second, post).drain()

    def only(session: Session) -> str:
        return session.scalars(select(Attempt.id)).one()

    attempt = await room.database.read(only)
    await room.client.get("/hooks/sms/first/s3cret/receipt", params={"attempt": attempt, "type": "2"})
    (test,) = (await room.client.get("/api/gateways/first/tests")).json()["items"]
    assert (test["status"], test["tries"][0]["fate"]) == ("failed", "failed")


async def test_mail_is_tested_as_well(room: Room) -> None:
    *_, post = made = routes(room)
    room.act_as(OPERATOR)
    answer = await room.client.post("/api/gateways/post/test", json={"address": "taro..a@docomo.ne.jp"})
    assert answer.status_code == 202
    await courier(room.database, *made).drain()
    assert post.messages[0].to == "taro..a@docomo.ne.jp"
    assert post.messages[0].subject == "【結まーる】送信路の試験（post）"


@pytest.mark.parametrize(
    ("path", "address", "status"),
    [
        ("/api/gateways/nobody/test", PHONE, 404),
        ("/api/gateways/first/test", "0466-25-0000", 422),
        ("/api/gateways/first/test", "abc", 422),
        ("/api/gateways/post/test", PHONE, 422),
    ],
)
async def test_what_can_not_be_tested_is_refused(room: Room, path: str, address: str, status: int) -> None:
    routes(room)
    room.act_as(OPERATOR)
    answer = await room.client.post(path, json={"address": address})
    assert answer.status_code == status
    if status == 422:
        assert answer.json()["errors"][0]["pointer"] == "/address"


async def test_the_command_waits_for_the_gateways_answer(tmp_path: Path) -> None:
    settings = settings_for(f"sqlite:///{tmp_path / 'yuimaru.db'}", tmp_path)
    await asyncio.to_thread(cli._migrate, settings, None)
    async with open_house(settings) as house:
        waiting = {"gateway": "console", "address": PHONE, "patience": 0}
        assert "送信待ちです" in await commands.run(house, "gateways.test", waiting)
        stop, wake = asyncio.Event(), asyncio.Event()
        running = asyncio.create_task(
            Courier(house.database, house.gateways, WORDINGS, "https://oen.example", "w").run(stop, wake)
        )
        said = await commands.run(house, "gateways.test", {"gateway": "console", "address": PHONE})
        assert said.startswith("送信路 console: 受け付けられました。")
        stop.set()
        wake.set()
        await running
        with pytest.raises(RefusedError, match="console"):
            await commands.run(house, "gateways.test", {"gateway": "pigeon", "address": PHONE})
        with pytest.raises(RefusedError):
            await commands.run(house, "gateways.test", {"gateway": "console", "address": "x"})
