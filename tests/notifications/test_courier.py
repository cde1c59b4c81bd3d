import asyncio
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.clock import ManualClock
from foundation.database import SERVICE, Database, Surroundings, open_database
from foundation.leases import LEASE
from foundation.sealing import Keyring
from notifications import actions, outbox, queries
from notifications.claiming import Want
from notifications.events import DeliveriesChanged, DeliveryChanged
from notifications.gateways.base import Channel, Outcome, Verdict
from notifications.models import Delivery
from notifications.outbox import Turn
from notifications.recording import Sent
from notifications.rendering import Voice
from tests.notifications.alerting import (
    ACCEPTED,
    BUSY,
    WORDINGS,
    Scripted,
    addressee,
    attempts,
    code,
    courier,
    raise_alert,
    states,
    token,
)

VOICE = Voice(WORDINGS, "https://oen.example", "")


async def test_a_message_carries_code_link_and_address(database: Database) -> None:
    await database.write(raise_alert, addressee(1))
    phone = Scripted()
    assert await courier(database, phone).drain() == 1
    (message,) = phone.messages
    link = f"https://oen.example/r/{await database.read(token)}"
    assert message.text == f"パソコン 返信{await database.read(code)} {link}"
    assert message.to == "+818000000001"
    assert await database.read(states) == ["accepted"]
    assert await database.read(attempts) == [(1, "scripted", "accepted")]


async def test_the_window_of_a_gateway_is_never_passed(database: Database) -> None:
    await database.write(raise_alert, *(addressee(number) for number in range(50)))
    phone = Scripted(window=5)
    assert await courier(database, phone).drain() == 50
    assert phone.most_at_once <= 5
    assert len({message.to for message in phone.messages}) == 50


async def test_urgent_messages_go_first(database: Database) -> None:
    await database.write(raise_alert, addressee(1), topic="later", priority=4)
    await database.write(raise_alert, addressee(2), topic="now", priority=1)
    phone = Scripted(window=1)
    await courier(database, phone).drain()
    assert [message.to[-1] for message in phone.messages] == ["2", "1"]


async def test_what_the_first_gateway_refuses_goes_to_the_second_at_once(database: Database) -> None:
    await database.write(raise_alert, addressee(1))
    first, second = Scripted("first", answer=lambda _: BUSY), Scripted("second")
    await courier(database, first, second).drain()
    assert await database.read(attempts) == [(1, "first", "temporary"), (2, "second", "accepted")]


async def test_a_message_is_tried_until_its_deadline_and_then_reported(
    database: Database, clock: ManualClock
) -> None:
    await database.write(raise_alert, addressee(1))
    phone = Scripted(answer=lambda _: BUSY)
    worker = courier(database, phone)
    for _ in range(10):
        await worker.drain()
        clock.advance(timedelta(minutes=2))
    early = len(phone.messages)
    assert early >= 8
    clock.advance(timedelta(days=13))
    await worker.drain()
    assert await database.read(states) == ["due"]
    clock.advance(timedelta(hours=23))
    await worker.drain()
    clock.advance(timedelta(days=1))
    await worker.drain()
    await database.write(outbox.expire_overdue)
    assert await database.read(states) == ["expired"]
    assert len(phone.messages) == early + 2


async def test_a_permanent_refusal_is_reported_and_not_repeated(database: Database) -> None:
    await database.write(raise_alert, addressee(1))
    phone = Scripted(answer=lambda _: Outcome(Verdict.PERMANENT, code="21614"))
    await courier(database, phone).drain()
    assert await database.read(states) == ["failed"]
    assert len(phone.messages) == 1


async def test_a_provider_that_asks_to_wait_is_left_alone_so_long(database: Database, clock: ManualClock) -> None:
    await database.write(raise_alert, addressee(1))
    phone = Scripted(answer=lambda _: Outcome(Verdict.TEMPORARY, retry_after=600))
    worker = courier(database, phone)
    await worker.drain()
    clock.advance(timedelta(seconds=599))
    assert await worker.drain() == 0
    clock.advance(timedelta(seconds=2))
    assert await worker.drain() == 1


async def test_a_text_that_cannot_be_made_holds_up_no_other(database: Database) -> None:
    await database.write(raise_alert, addressee(1), kind="unheard-of")
    await database.write(raise_alert, addressee(2))
    phone = Scripted()
    await courier(database, phone).drain()
    assert [message.to[-1] for message in phone.messages] == ["2"]
    assert await database.read(states) == ["failed", "accepted"]
    failed, sent = (await database.read(queries.deliveries_of, ["request-1"], None)).items
    assert {failed.reason, sent.reason} == {"text", None}


async def test_a_lease_of_a_dead_worker_runs_out_and_its_message_is_sent_and_counted(
    database: Database, clock: ManualClock
) -> None:
    await database.write(raise_alert, addressee(1))
    dead = Scripted()
    claimed = (await database.write(outbox.turn, Turn(wants=[Want(dead, 5)]), "dead", VOICE)).parcels
    alive = Scripted()
    assert await courier(database, alive).drain() == 0
    clock.advance(LEASE + timedelta(seconds=1))
    assert await courier(database, alive).drain() == 1
    assert await database.read(attempts) == [(1, "scripted", "unknown"), (2, "scripted", "accepted")]
    assert claimed[0].message is not None
    assert claimed[0].message.text == alive.messages[0].text


async def test_a_worker_taken_for_dead_cannot_overwrite_its_successor(database: Database, clock: ManualClock) -> None:
    await database.write(raise_alert, addressee(1))
    phone = Scripted()
    turn = Turn(wants=[Want(phone, 5)])
    (late,) = (await database.write(outbox.turn, turn, "late", VOICE)).parcels
    clock.advance(LEASE + timedelta(seconds=1))
    await database.write(outbox.turn, turn, "successor", VOICE)
    refused = Sent(late, Outcome(Verdict.PERMANENT), 0)
    await database.write(outbox.turn, Turn([refused]), "late", VOICE)
    assert await database.read(states) == ["leased"]
    assert await database.read(attempts) == [(1, "scripted", "permanent"), (2, "scripted", "posting")]


async def test_what_was_taken_back_while_it_was_sent_is_shown_as_sent_and_never_repeated(database: Database) -> None:
    await database.write(raise_alert, addressee(1), addressee(2, member="m2"))
    phone = Scripted(answer=lambda message: ACCEPTED if message.to.endswith("1") else BUSY, gate=asyncio.Event())
    assert phone.gate
    running = asyncio.create_task(courier(database, phone).drain())
    await phone.came(2)
    await database.write(actions.close_alert, kind="request", topic="request-1")
    phone.gate.set()
    assert await running == 2
    assert await database.read(states) == ["accepted", "superseded"]


async def test_couriers_at_once_send_everything_exactly_once(database: Database) -> None:
    await database.write(raise_alert, *(addressee(number) for number in range(60)))
    phones = [Scripted(window=4) for _ in range(3)]
    couriers = [courier(database, phone, worker=f"w{number}") for number, phone in enumerate(phones)]
    assert sum(await asyncio.gather(*(each.drain() for each in couriers))) == 60
    sent = [message.to for phone in phones for message in phone.messages]
    assert len(set(sent)) == len(sent) == 60


async def test_running_it_starts_on_a_wake_up_and_stops_with_all_recorded(database: Database) -> None:
    stop, wake = asyncio.Event(), asyncio.Event()
    mail = Scripted("relay", Channel.EMAIL)
    running = asyncio.create_task(courier(database, mail).run(stop, wake))
    await database.write(raise_alert, addressee(1, channel=Channel.EMAIL))
    wake.set()
    await mail.came()
    stop.set()
    await running
    assert await database.read(states) == ["accepted"]
    assert mail.messages[0].subject == "応援要請 パソコン"


async def test_an_embedded_database_starts_by_freeing_the_leases_of_the_dead(
    engines: object, database: Database, database_url: str
) -> None:
    await database.write(raise_alert, addressee(1))
    phone = Scripted()
    await database.write(outbox.turn, Turn(wants=[Want(phone, 5)]), "dead", VOICE)
    stop = asyncio.Event()
    running = asyncio.create_task(courier(database, phone).run(stop, asyncio.Event()))
    await asyncio.sleep(0.3)
    stop.set()
    await running
    is_embedded = database_url.startswith("sqlite")
    assert len(phone.messages) == (1 if is_embedded else 0)


async def test_changes_are_told_to_whoever_listens(database_url: str, clock: ManualClock) -> None:
    heard: list[DeliveryChanged] = []
    listeners = {DeliveriesChanged: lambda _session, event: heard.extend(event.changes)}
    listening = open_database(database_url, Surroundings(Keyring(bytes(range(32))), clock, listeners), SERVICE)
    await listening.write(raise_alert, addressee(1))
    await courier(listening, Scripted()).drain()
    row = await listening.read(_only_delivery)
    await listening.close()
    assert heard == [DeliveryChanged("request", "request-1", "m1", row, "accepted")]


async def test_a_listener_that_fails_does_not_make_a_message_go_out_twice(
    database_url: str, clock: ManualClock
) -> None:
    def fail(_session: Session, _event: DeliveriesChanged) -> None:
        raise LookupError

    deaf = open_database(
        database_url, Surroundings(Keyring(bytes(range(32))), clock, {DeliveriesChanged: fail}), SERVICE
    )
    await deaf.write(raise_alert, addressee(1))
    phone = Scripted()
    await courier(deaf, phone).drain()
    clock.advance(LEASE * 2)
    await courier(deaf, phone).drain()
    assert await deaf.read(states) == ["accepted"]
    await deaf.close()
    assert len(phone.messages) == 1


def _only_delivery(session: Session) -> str:
    return session.scalars(select(Delivery.id)).one()


async def test_every_member_is_reached_once_before_anybody_is_reached_twice(database: Database) -> None:
    people = [addressee(10 * member + n, member=f"m{member}") for member in range(6) for n in range(3)]
    await database.write(raise_alert, *people[:9])
    await database.write(raise_alert, *people[9:], topic="request-2")
    phone = Scripted(window=1)
    await courier(database, phone).drain()
    first = {each.address for each in people if int(each.address[-5:]) % 10 == 0}
    assert {message.to for message in phone.messages[:6]} == first
    assert len({message.to for message in phone.messages}) == len(people)
