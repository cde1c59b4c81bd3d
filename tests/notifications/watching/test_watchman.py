import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from foundation import clock as clocks
from foundation.clock import ManualClock
from foundation.database import Database
from foundation.ids import new_id
from foundation.leases import LEASE
from foundation.timers import Timer, claim_due, schedule
from notifications.gateways.base import Channel, Message, Outcome, Verdict
from notifications.gateways.beating import Beat
from notifications.gateways.opening import Gateways
from notifications.gateways.operators import operators
from notifications.models import Attempt, Delivery, InboundMessage
from notifications.watching import looking, rounds
from notifications.watching.models import Trouble
from notifications.watching.worker import Pulse, Station, Upkeep, Watchman
from tests.notifications.alerting import ACCEPTED, BUSY, Scripted, addressee, courier, raise_alert, states
from tests.notifications.gateways.sinks import HttpSink

TOLD = operators(("mailto:ops@example.lg.jp", "sms:+819012345678"))


class Scene:
    """A watchman with a mail and an SMS gateway, and a clock that is moved round by round."""

    def __init__(self, database: Database, clock: ManualClock, beat: Path) -> None:
        self.database, self.clock, self.file = database, clock, beat
        self.mail = Scripted("mail", Channel.EMAIL)
        self.sms = Scripted("sms")
        self.gateways = Gateways(mail=(self.mail,), sms=(self.sms,))
        self.station = Station(self.gateways, TOLD, Beat(str(beat), ""), "https://oen.example", "")
        self.pulse = Pulse()

    async def round(self, after: timedelta = timedelta(seconds=30)) -> bool:
        self.clock.advance(after)
        return await Watchman(self.database, self.station, "w1", self.pulse).round()

    async def rounds(self, seconds: int) -> None:
        for _ in range(seconds // 30):
            await self.round()

    def told(self) -> list[tuple[str, str]]:
        """Return what operators got since the last look, with the channel."""
        both = [("mail", each.subject + each.text) for each in self.mail.messages if "ops@" in each.to]
        both += [("sms", each.text) for each in self.sms.messages if each.to == "+819012345678"]
        self.mail.messages.clear()
        self.sms.messages.clear()
        return both


@pytest.fixture
def scene(database: Database, clock: ManualClock, tmp_path: Path) -> Scene:
    return Scene(database, clock, tmp_path / "beat")


def open_troubles(session: Session) -> list[tuple[str, str, int]]:
    rows = session.scalars(select(Trouble).where(Trouble.is_open).order_by(Trouble.kind))
    return [(row.kind, row.place, row.count) for row in rows]


async def test_a_healthy_outbox_is_told_of_to_nobody_and_the_beat_is_given(scene: Scene) -> None:
    await scene.database.write(raise_alert, addressee(1))
    await courier(scene.database, scene.sms).drain()
    assert await scene.round()
    assert scene.told() == []
    assert json.loads(scene.file.read_text()) == {"at": scene.clock.now().isoformat(), "troubles": []}


async def test_what_nobody_tries_is_told_once_and_its_end_too(scene: Scene) -> None:
    await scene.database.write(raise_alert, addressee(1))
    await scene.rounds(90)
    assert scene.told() == []
    await scene.round()
    told = scene.told()
    # SMS is what is stuck: mail says so
    assert [channel for channel, _ in told] == ["mail"]
    assert "【結まーる】監視: 送信箱に異常があります" in told[0][1]
    assert "SMSの送信が始まりません（1件）" in told[0][1]
    await scene.rounds(600)
    assert scene.told() == []
    await courier(scene.database, scene.sms).drain()
    scene.told()
    await scene.rounds(90)
    over = scene.told()
    assert [channel for channel, _ in over] == ["mail", "sms"]
    assert "回復" in over[1][1]
    await scene.rounds(600)
    assert scene.told() == []


@pytest.mark.parametrize("database_url", ["sqlite", pytest.param("postgres", marks=pytest.mark.deep)], indirect=True)
async def test_a_restart_does_not_tell_again_and_only_after_an_hour_it_is_told_once_more(scene: Scene) -> None:
    """Each round is made by a watchman of its own, as after a restart."""
    await scene.database.write(raise_alert, addressee(1))
    await scene.rounds(120)
    assert len(scene.told()) == 1
    await scene.rounds(3570)
    assert scene.told() == []
    await scene.round()
    assert len(scene.told()) == 1


async def test_where_mail_is_broken_operators_get_an_sms(scene: Scene) -> None:
    scene.mail.answer = lambda _: BUSY
    for number in range(3):
        await scene.database.write(raise_alert, addressee(number, channel=Channel.EMAIL))
    for _ in range(4):
        await courier(scene.database, scene.mail).drain()
        await scene.round()
    assert await scene.database.read(open_troubles) == []
    await courier(scene.database, scene.mail).drain()
    await scene.round()
    assert await scene.database.read(open_troubles) == [("failing", "email", 3)]
    told = scene.told()
    assert [channel for channel, _ in told] == ["sms"]
    assert "メールの送信がすべて失敗しています（3件）" in told[0][1]


async def test_nobody_told_means_no_beat_until_somebody_is(scene: Scene) -> None:
    scene.mail.answer = scene.sms.answer = lambda _: BUSY
    await scene.database.write(raise_alert, addressee(1))
    await scene.rounds(90)
    before = scene.file.read_text()
    assert not await scene.round()
    assert scene.file.read_text() == before
    scene.mail.answer = lambda _: ACCEPTED
    assert await scene.round()
    assert json.loads(scene.file.read_text())["troubles"] == ["untried:sms"]


def lease(session: Session, seconds_ago: float) -> None:
    """Leave a delivery as a dead worker left it, with its try open."""
    taken = clocks.now(session) - timedelta(seconds=seconds_ago)
    delivery = session.scalars(select(Delivery.id)).one()
    session.execute(update(Delivery).values(state="leased", leased_by="dead", leased_until=taken + LEASE, attempt=1))
    session.add(Attempt(id=new_id(), delivery_id=delivery, number=1, gateway="sms", state="posting", posted_at=taken))


async def test_leases_and_tries_of_a_dead_worker_are_taken_back(scene: Scene) -> None:
    await scene.database.write(raise_alert, addressee(1))
    await scene.database.write(lease, 59)
    await scene.round()
    assert await scene.database.read(states) == ["leased"]
    await scene.round(timedelta(seconds=32))
    assert await scene.database.read(states) == ["due"]
    tries = await scene.database.read(lambda s: s.execute(select(Attempt.state, Attempt.code)).one())
    assert tuple(tries) == ("unknown", "worker-lost")
    kinds = await scene.database.read(open_troubles)
    assert kinds == [("open-attempt", "", 1), ("stale-lease", "", 1)]
    await courier(scene.database, scene.sms).drain()
    assert await scene.database.read(states) == ["accepted"]


async def test_a_stale_lease_of_a_timer_is_taken_back(scene: Scene) -> None:
    await scene.database.write(lambda s: schedule(s, "kind", "subject", clocks.now(s)))
    await scene.database.write(claim_due, "dead")
    await scene.round(timedelta(seconds=91))
    assert await scene.database.read(lambda s: s.scalar(select(Timer.state))) == "due"


async def test_a_missing_timer_of_a_room_above_is_set(scene: Scene) -> None:
    upkeep = Upkeep(
        lambda s: [] if s.scalar(select(Timer.id)) else ["request-1"],
        lambda s, subject: schedule(s, "next", subject, clocks.now(s)),
    )
    scene.station = replace(scene.station, upkeep=(upkeep,))
    await scene.round()
    assert await scene.database.read(open_troubles) == [("missing-timer", "", 1)]
    await scene.round()
    assert await scene.database.read(open_troubles) == []


def _receive(session: Session) -> None:
    session.add(
        InboundMessage(
            id=new_id(),
            gateway="sms",
            channel="sms",
            sender_sealed=b"",
            sender_digest=b"",
            text_sealed=b"",
            text_digest=b"",
            received_at=clocks.now(session),
        )
    )


async def test_what_came_in_and_is_not_handled_is_told(scene: Scene) -> None:
    await scene.database.write(_receive)
    await scene.round(timedelta(seconds=60))
    assert await scene.database.read(open_troubles) == []
    await scene.round()
    assert await scene.database.read(open_troubles) == [("unhandled", "", 1)]


@pytest.mark.parametrize("database_url", ["sqlite", pytest.param("postgres", marks=pytest.mark.deep)], indirect=True)
async def test_a_delivery_that_is_gone_is_missed_within_the_hour(scene: Scene) -> None:
    await scene.database.write(raise_alert, addressee(1), addressee(2))
    await courier(scene.database, scene.sms).drain()
    await scene.round()
    await scene.database.write(raise_alert, addressee(3), topic="later")
    await courier(scene.database, scene.sms).drain()
    await scene.rounds(3600)
    assert await scene.database.read(open_troubles) == []
    await scene.database.write(_lose_one)
    await scene.rounds(3600)
    assert await scene.database.read(open_troubles) == [("counts-differ", "", 1)]


def _lose_one(session: Session) -> None:
    row = session.scalars(select(Delivery.id).order_by(Delivery.id)).first()
    session.execute(delete(Attempt).where(Attempt.delivery_id == row))
    session.execute(delete(Delivery).where(Delivery.id == row))


async def test_an_acceptance_without_its_try_is_noticed(scene: Scene) -> None:
    await scene.database.write(raise_alert, addressee(1))
    await courier(scene.database, scene.sms).drain()
    await scene.database.write(lambda s: s.execute(update(Attempt).values(state="temporary")))
    await scene.round()
    assert await scene.database.read(open_troubles) == [("counts-differ", "", 1)]


async def test_only_one_of_several_workers_goes_round(database: Database) -> None:
    taken = [await database.write(rounds.begin, worker) for worker in ("w1", "w2")]
    assert taken == [True, False]


async def test_the_beat_stops_when_a_loop_does(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.pulse.feel("courier")
    assert await scene.round()
    before = scene.file.read_text()
    monkeypatch.setattr("notifications.watching.worker.monotonic", lambda: float("inf"))
    assert not await scene.round()
    assert scene.file.read_text() == before


async def test_a_database_that_is_away_is_cried_once_an_hour(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter((0.0, 119.0, 120.0, 150.0, 3719.0, 3720.0))
    monkeypatch.setattr("notifications.watching.worker.monotonic", lambda: next(moments))
    watchman = Watchman(scene.database, scene.station, "w1", scene.pulse)
    cries = []
    for _ in range(6):
        await watchman._cry_blind()
        cries.append(len(scene.told()))
    assert cries == [0, 0, 2, 0, 0, 2]


def test_addresses_of_operators_are_read_and_never_repeated_in_errors() -> None:
    assert [each.to for each in TOLD.people] == ["ops@example.lg.jp", "+819012345678"]
    for wrong in ("mailto:nobody", "sms:secret", "https://secret.example", "secret", "apprise:secret"):
        with pytest.raises(ValueError, match=r"YUIMARU_OPERATOR_URLS.* #1") as refused:
            operators((wrong,))
        assert "secret" not in str(refused.value)


async def test_the_beat_calls_its_address_and_a_dead_one_is_no_beat(tmp_path: Path) -> None:
    called: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.append((await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[0])
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        assert await Beat("", f"http://127.0.0.1:{port}/ping").give({})
    assert called == ["GET /ping HTTP/1.1"]
    assert not await Beat("", f"http://127.0.0.1:{port}/ping").give({})
    assert not await Beat(str(tmp_path / "no" / "beat"), "").give({})


async def test_a_chat_hears_where_no_gateway_takes_anything(scene: Scene, http_sink: HttpSink) -> None:
    http_sink.answer = lambda _: web.Response(status=200)
    chat = operators((f"apprise:json://127.0.0.1:{http_sink.port}/ops",), mark="【訓練】")
    scene.station = replace(scene.station, operators=chat)
    scene.sms.answer = scene.mail.answer = lambda _: Outcome(Verdict.PERMANENT)
    await scene.database.write(raise_alert, addressee(1))
    await scene.rounds(150)
    await chat.close()
    assert http_sink.calls
    assert all(call.json["message"].startswith("【訓練】【結まーる】") for call in http_sink.calls)


async def test_a_gateway_that_breaks_is_passed_over_when_operators_are_told(scene: Scene) -> None:
    async def breaks(_message: Message) -> Outcome:
        raise RuntimeError

    broken = Scripted("broken", Channel.EMAIL)
    broken.send = breaks  # type: ignore[method-assign]  # a gateway with a defect
    scene.station = replace(scene.station, gateways=Gateways(mail=(broken, scene.mail), sms=(scene.sms,)))
    scene.sms.answer = lambda _: Outcome(Verdict.PERMANENT)
    await scene.database.write(raise_alert, addressee(1))
    await scene.rounds(120)
    assert [channel for channel, _ in scene.told() if channel == "mail"] == ["mail"]


async def test_the_look_is_nothing_on_an_empty_outbox(database: Database) -> None:
    look = await database.read(looking.look)
    assert (dict(look.figures.channels), look.age_p95, look.tally) == ({}, 0.0, looking.Tally(0, None, 0, 0))
