from datetime import timedelta

from foundation.clock import ManualClock
from foundation.database import Database
from notifications.gateways.base import Channel
from notifications.watching import queries
from tests.notifications.alerting import BUSY, Scripted, addressee, courier, raise_alert


async def test_the_outbox_says_what_waits_and_why(database: Database, clock: ManualClock) -> None:
    await database.write(raise_alert, addressee(1), addressee(2, channel=Channel.EMAIL))
    sms, mail = Scripted("kannel"), Scripted("relay", Channel.EMAIL, answer=lambda _: BUSY)
    await courier(database, sms, mail).drain()
    await database.write(raise_alert, addressee(3), topic="later")
    clock.advance(timedelta(minutes=3))
    found = await database.read(queries.outbox)
    counts = [(each.channel.value, each.status.value, each.count) for each in found.waiting]
    assert counts == [("email", "queued", 1), ("sms", "queued", 1)]
    assert [(each.channel.value, each.status.value) for each in found.tried] == [
        ("email", "queued"),
        ("sms", "accepted"),
    ]
    assert [(each.gateway, each.outcome, each.count) for each in found.gateways] == [
        ("kannel", "accepted", 1),
        ("relay", "temporary", 1),
    ]
    stuck = {(each.channel.value, each.reason, each.gateway, each.attempts) for each in found.stuck}
    assert stuck == {("email", "busy", "relay", 1), ("sms", "untried", None, 0)}
    assert "+8180" not in found.model_dump_json()
    assert "担当" not in found.model_dump_json()


async def test_what_is_young_is_not_stuck(database: Database, clock: ManualClock) -> None:
    await database.write(raise_alert, addressee(1))
    clock.advance(timedelta(minutes=1))
    found = await database.read(queries.outbox)
    assert (len(found.waiting), found.stuck, found.troubles, found.round_at) == (1, [], [], None)
