import asyncio
import secrets
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from foundation.clock import ManualClock
from foundation.database import Database
from notifications import actions, queries
from notifications.gateways.base import Channel
from notifications.models import Alert, Delivery, Recipient, ReplyCode
from tests.notifications.alerting import LINES, addressee, code, raise_alert, states, token


def count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


async def test_an_alert_makes_one_delivery_per_person_and_channel(database: Database) -> None:
    people = [addressee(1), addressee(1, channel=Channel.EMAIL), addressee(2, member="m2")]
    await database.write(raise_alert, *people)
    assert await database.read(states) == ["due"] * 3
    assert await database.read(count, Recipient) == 2


async def test_the_same_wave_reaches_nobody_twice_and_a_later_wave_does(database: Database) -> None:
    first = await database.write(raise_alert, addressee(1))
    again = await database.write(raise_alert, addressee(1))
    assert await database.read(count, Delivery) == 1
    later = await database.write(raise_alert, addressee(1), wave=2)
    assert await database.read(count, Delivery) == 2
    assert first == again == later


async def test_desks_that_share_an_address_get_one_message(database: Database) -> None:
    desks = [addressee(7, person=None), addressee(7, person=None)]
    await database.write(raise_alert, *desks)
    assert await database.read(count, Delivery) == 1


async def test_one_code_of_four_digits_serves_all_waves(database: Database) -> None:
    await database.write(raise_alert, addressee(1))
    before = await database.read(code)
    await database.write(raise_alert, addressee(2), wave=2)
    assert before == await database.read(code)
    assert len(before) == 4
    assert before.isascii()
    assert before.isdigit()


async def test_a_notice_without_a_question_has_neither_code_nor_link(database: Database) -> None:
    await database.write(raise_alert, addressee(1), question=())
    assert await database.read(count, ReplyCode) == 0
    assert await database.read(lambda session: session.scalars(select(Delivery.token_digest)).one()) is None


async def test_addresses_are_kept_sealed_and_tokens_only_as_digests(database: Database) -> None:
    await database.write(raise_alert, addressee(1))
    link = await database.read(token)
    row = await database.read(lambda session: session.scalars(select(Delivery)).one())
    assert b"+8180" not in row.address_sealed
    assert len(link) == 10
    assert row.token_digest is not None
    assert link.encode() not in row.token_digest


async def test_concurrent_alerts_never_share_a_code(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "randbelow", _few_numbers())
    raised = (database.write(raise_alert, addressee(number), topic=f"request-{number}") for number in range(12))
    await asyncio.gather(*raised)
    given = await database.read(lambda session: list(session.scalars(select(ReplyCode.code))))
    assert len(set(given)) == 12
    assert {len(each) for each in given} == {4, 5}


def _few_numbers() -> object:
    """Return a source with seven four-digit numbers in it, so that collisions are certain."""
    source = secrets.SystemRandom()
    return lambda below: source.randrange(7 if below == 9000 else below)


async def test_a_code_is_free_again_only_a_month_after_its_alert_closed(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "randbelow", lambda _: 3821)
    await database.write(raise_alert, addressee(1), topic="a")
    await database.write(actions.close_alert, kind="request", topic="a")
    clock.advance(actions.DEADLINE + timedelta(days=29))
    await database.write(raise_alert, addressee(2), topic="b")
    clock.advance(timedelta(days=2))
    await database.write(raise_alert, addressee(3), topic="c")
    assert await database.read(_codes) == {"b": "13821", "c": "4821"}


async def test_an_open_alert_keeps_its_code_however_long_it_stays_open(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "randbelow", lambda _: 3821)
    await database.write(raise_alert, addressee(1), topic="a")
    clock.advance(timedelta(days=100))
    await database.write(raise_alert, addressee(2), topic="b")
    assert await database.read(_codes) == {"a": "4821", "b": "13821"}


def _codes(session: Session) -> dict[str, str]:
    rows = session.execute(select(Alert.topic, ReplyCode.code).join(ReplyCode))
    return {topic: digits for topic, digits in rows}  # noqa: C416 — rows are no pairs to a type checker


async def test_an_answer_elsewhere_takes_back_only_that_members_questions(database: Database) -> None:
    await database.write(raise_alert, addressee(1), addressee(2, member="m2"))
    await database.write(raise_alert, addressee(1), kind="notice", question=())
    await database.write(actions.mark_answered, topics=["request-1"], member="m1")
    assert await database.read(_pending) == {("notice", "m1"), ("request", "m2")}


def _pending(session: Session) -> set[tuple[str, str]]:
    rows = session.execute(select(Alert.kind, Delivery.member).join(Delivery).where(Delivery.state == "due"))
    return {(kind, member) for kind, member in rows}


async def test_closing_takes_back_everything_and_raising_again_reopens(database: Database) -> None:
    await database.write(raise_alert, addressee(1), addressee(2, member="m2"))
    await database.write(actions.close_alert, kind="request", topic="request-1")
    assert await database.read(states) == ["superseded", "superseded"]
    assert await database.read(_recipient_states) == {"closed"}
    await database.write(raise_alert, addressee(3, member="m3"), wave=2)
    assert (await database.read(states))[2:] == ["due"]
    assert await database.read(_recipient_states) == {"waiting"}


def _recipient_states(session: Session) -> set[str]:
    return set(session.scalars(select(Recipient.state)))


async def test_a_page_of_deliveries_can_be_limited_to_members(database: Database) -> None:
    await database.write(raise_alert, addressee(1), addressee(2, member="m2"), question=LINES[:1])
    everything = await database.read(queries.deliveries_of, ["request-1"], None)
    own = await database.read(queries.deliveries_of, ["request-1"], None, ["m2"])
    assert [each.status for each in everything.items] == ["queued", "queued"]
    assert [(each.member, each.person) for each in own.items] == [("m2", "person-2")]
    assert own.items[0].municipality == "142051"
