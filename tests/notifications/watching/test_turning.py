"""A clock put back by days stalls nothing for days, and operators hear of it."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from foundation import clock as clocks
from foundation.database import Database
from foundation.ids import least_id
from foundation.leases import LEASE
from foundation.timers import Timer
from notifications.gateways.base import Channel
from notifications.models import Delivery
from notifications.watching import turning
from tests.notifications.alerting import ACCEPTED, BUSY, addressee, courier, raise_alert, states
from tests.notifications.watching.test_watchman import Scene, scene

__all__ = ["scene"]
DAYS = timedelta(days=10)
HOUR = timedelta(hours=1)


def set_timer(
    session: Session, subject: str, made_at: datetime, due_at: datetime, *, is_leased: bool = False
) -> None:
    lease = {"state": "leased", "leased_until": clocks.now(session) + LEASE, "leased_by": "w9"} if is_leased else {}
    session.add(Timer(id=least_id(made_at), kind="test", subject=subject, due_at=due_at, **lease))


def timers(session: Session) -> dict[str, tuple[str, datetime]]:
    return {row.subject: (row.state, row.due_at) for row in session.scalars(select(Timer))}


def dues(session: Session) -> list[datetime]:
    return list(session.scalars(select(Delivery.due_at)))


async def test_what_was_set_by_a_clock_ten_days_ahead_comes_in_time(scene: Scene) -> None:
    before = scene.clock.now()
    yearly = before + timedelta(days=365)
    await scene.database.write(set_timer, "yearly", before, yearly)
    ahead = scene.clock.advance(DAYS)
    await scene.round()
    await scene.database.write(raise_alert, addressee(1, channel=Channel.EMAIL))
    scene.mail.answer = lambda message: BUSY if "p1@" in message.to else ACCEPTED
    await courier(scene.database, scene.mail, scene.sms).drain()
    await scene.database.write(set_timer, "soon", ahead, ahead + HOUR)
    await scene.database.write(set_timer, "claimed", ahead + HOUR, ahead, is_leased=True)
    scene.told()
    scene.clock.advance(-DAYS)
    now = scene.clock.now() + timedelta(seconds=30)
    await scene.round()
    found = await scene.database.read(timers)
    assert found["yearly"] == ("due", yearly)
    assert found["claimed"] == ("due", now)
    assert abs(found["soon"][1] - (now + HOUR)) <= timedelta(minutes=1)
    (due_at,) = await scene.database.read(dues)
    assert due_at <= now + timedelta(minutes=1)
    told = scene.told()
    assert {channel for channel, _ in told} == {"mail", "sms"}
    assert all("時計が戻り" in words for _, words in told)
    scene.mail.answer = lambda _: ACCEPTED
    scene.clock.advance(timedelta(minutes=1))
    await courier(scene.database, scene.mail, scene.sms).drain()
    assert await scene.database.read(states) == ["accepted"]
    assert await scene.round()
    assert await scene.database.write(turning.put_right) == timedelta()


async def test_workers_whose_clocks_differ_by_minutes_put_nothing_right(scene: Scene) -> None:
    await scene.round()
    scene.clock.advance(timedelta(minutes=-10))
    assert await scene.database.write(turning.put_right) == timedelta()
    await scene.round()
    assert scene.told() == []


async def test_a_delivery_that_was_put_off_before_keeps_its_time(database: Database, scene: Scene) -> None:
    await database.write(raise_alert, addressee(1))
    later = scene.clock.now() + timedelta(days=3)
    await database.write(
        lambda session: (
            session.execute(update(Delivery).values(id=least_id(clocks.now(session)), due_at=later)) and None
        )
    )
    scene.clock.advance(DAYS)
    await scene.round()
    scene.clock.advance(-DAYS)
    await scene.round()
    assert await database.read(dues) == [later]
