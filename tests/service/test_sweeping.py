"""What is over is deleted when its time has come, not before, and a person's number leaves no trace."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from agreements.models import Channel, Person
from aid.asking.models import AskedMessage
from foundation import clock
from foundation.audit import verifying
from foundation.audit.models import Audit
from foundation.database.base import Base
from foundation.idempotency import KeptAnswer
from foundation.ids import new_id
from foundation.timers import Timer
from notifications.models import Delivery, InboundMessage, Receipt
from notifications.worker import Courier
from readiness.digests.models import DigestItem
from service.identity.models import (
    ApiToken,
    Challenge,
    Invitation,
    KnownPlace,
    PersonSession,
    PrintedCode,
    Terminal,
    TerminalPerson,
)
from service.sweeping import AT_ONCE, DAY, RULES
from service.worker import Worker
from tests.api_client import BASE, Service
from tests.journeys.asking import ask, get
from tests.journeys.secret_story import found_in
from tests.journeys.test_secrets_at_rest import dump
from tests.service.scim_door import directory
from tests.world import KOMATSU, TOME

HOUR = timedelta(hours=1)
DOCUMENTED: dict[type[Base], timedelta] = {
    PersonSession: 90 * DAY,
    KnownPlace: 365 * DAY,
    TerminalPerson: 30 * DAY,
    Terminal: 30 * DAY,
    PrintedCode: 90 * DAY,
    Invitation: 30 * DAY,
    Challenge: 1 * DAY,
    ApiToken: 90 * DAY,
    Receipt: 90 * DAY,
    InboundMessage: 90 * DAY,
    AskedMessage: 90 * DAY,
    DigestItem: 90 * DAY,
    KeptAnswer: 14 * DAY,
    Timer: 30 * DAY,
}


async def sweep(service: Service) -> int:
    state = service.app.state
    courier = Courier(service.database, state.gateways, state.wordings, base_url=BASE, worker_name="test")
    return await Worker(service.database, courier, "test").sweep()


def heard(some: str, early: datetime, ended: datetime) -> dict[type[Base], dict[str, Any]]:
    """Return rows of what came in by gateways."""
    return {
        Receipt: {
            "gateway": "kannel",
            "subject": f"a:{some}",
            "word": "1",
            "received_at": early,
            "due_at": early,
            "handled_at": ended,
            "result": "raised",
        },
        InboundMessage: {
            "gateway": "mail",
            "channel": "email",
            "sender_sealed": b"s",
            "sender_digest": b"s",
            "text_sealed": b"t",
            "text_digest": b"t",
            "kind": "automatic",
            "received_at": early,
            "handled_at": ended,
            "result": "noted",
        },
        AskedMessage: {
            "member_id": some,
            "sender_digest": b"s",
            "text_digest": b"t",
            "has_wrong_code": False,
            "at": ended,
        },
    }


def row(session: Session, table: type[Base], ended: datetime) -> dict[str, Any]:
    """Return a row of a table that counted until an instant."""
    some, early = new_id(), ended - HOUR
    values: dict[type[Base], dict[str, Any]] = {
        **heard(some, early, ended),
        PersonSession: {
            "digest": some.encode(),
            "person_id": some,
            "member_id": some,
            "assurance": 1,
            "method": "password",
            "made_at": early,
            "seen_at": early,
            "ends_at": ended,
        },
        KnownPlace: {"person_id": some, "place": b"p", "seen_at": ended},
        Terminal: {"digest": some.encode(), "made_by": some, "made_at": ended},
        PrintedCode: {"person_id": some, "digest": some.encode(), "made_at": early, "used_at": ended},
        Invitation: {
            "person_id": some,
            "digest": some.encode(),
            "resets_factors": False,
            "invited_by": some,
            "made_at": early,
            "ends_at": ended,
        },
        Challenge: {"challenge": b"c", "ends_at": ended},
        ApiToken: {"digest": some.encode(), "assurance": 1, "made_at": early, "expires_at": ended},
        KeptAnswer: {"key": some, "body": some, "made_at": ended},
        Timer: {"kind": "k", "subject": some, "due_at": ended, "state": "done", "attempt": 1},
    }
    found = values[table]
    return found if {"key", "place"} & found.keys() else {"id": some, **found}


def test_the_table_is_the_documented_one() -> None:
    assert {rule.table: rule.kept for rule in RULES} == DOCUMENTED


@pytest.mark.parametrize("table", [each for each in DOCUMENTED if each not in {TerminalPerson, DigestItem}])
@pytest.mark.asvs("14.2.7")
async def test_a_row_goes_when_its_time_is_over_and_not_before(service: Service, table: type[Base]) -> None:
    def put(session: Session) -> None:
        now = clock.now(session)
        session.add(table(**row(session, table, now - DOCUMENTED[table] - HOUR)))
        session.add(table(**row(session, table, now - DOCUMENTED[table] + HOUR)))

    def left(session: Session) -> int:
        return session.scalar(select(func.count()).select_from(table)) or 0

    await service.database.write(put)
    assert await service.database.read(left) == 2
    assert await sweep(service) == 1
    assert await service.database.read(left) == 1
    assert await sweep(service) == 0
    service.clock.advance(3 * HOUR)
    assert await sweep(service) == 1


async def test_a_terminal_stays_as_long_as_somebody_uses_it(service: Service) -> None:
    def put(session: Session) -> str:
        made = Terminal(**row(session, Terminal, clock.now(session) - 400 * DAY))
        session.add(made)
        session.flush()
        session.add(
            TerminalPerson(terminal_id=made.id, person_id=new_id(), signed_on=clock.today(session), pin_failures=0)
        )
        return made.id

    await service.database.write(put)
    assert await sweep(service) == 0
    service.clock.advance(32 * DAY)
    assert await sweep(service) == 2


async def test_many_rows_go_piece_by_piece(service: Service) -> None:
    def put(session: Session) -> None:
        old = clock.now(session) - 40 * DAY
        session.add_all(KeptAnswer(**row(session, KeptAnswer, old)) for _ in range(AT_ONCE + 3))

    await service.database.write(put)
    assert await sweep(service) == AT_ONCE + 3


async def test_a_step_that_fails_stops_no_other(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Session) -> int:
        raise ValueError

    left = iter((3, 2, 0))
    monkeypatch.setattr("service.sweeping.STEPS", (fail, lambda _: next(left)))
    assert await sweep(service) == 5


@pytest.mark.asvs("14.2.7")
async def test_who_has_left_is_forgotten_after_ninety_days(service: Service, database_url: str) -> None:
    world = await service.build()
    await ask(service, world, ("pc", 60))
    await service.deliver()
    number, person = world.mobile(KOMATSU), world.people[KOMATSU, "disaster"]
    await service.database.write(leave, person)
    await sweep(service)
    service.clock.advance(89 * DAY)
    await sweep(service)
    assert await service.database.read(numbers, person) == 1
    service.clock.advance(2 * DAY)
    await sweep(service)
    assert await service.database.read(numbers, person) == 0
    people = (await get(service, "/api/people", by=world.email(KOMATSU, "ict")))["items"]
    (gone,) = [each for each in people if each["id"] == person]
    assert (gone["mobile"], gone["is_active"], gone["email"]) == (None, False, world.email(KOMATSU))
    assert (await service.database.read(acts)) == [(KOMATSU_ACT, world.members[KOMATSU], 1)]
    assert await service.database.read(traces, person) == 0
    assert found_in(dump(database_url), {"number": number}) == []
    assert (await get(service, "/api/messages", by=world.email(TOME)))["items"]
    assert (await service.database.read(verifying.verify)).is_whole


async def test_a_number_goes_from_what_was_sent_also_where_no_channel_is_left(service: Service) -> None:
    world = await service.build()
    komatsu = await directory(service, world, KOMATSU)
    await ask(service, world, ("pc", 60))
    await service.deliver()
    person = world.people[KOMATSU, "disaster"]
    assert (await komatsu.call("DELETE", f"/Users/{person}")).status_code == 204
    await sweep(service)
    assert await service.database.read(traces, person)
    service.clock.advance(91 * DAY)
    await sweep(service)
    assert await service.database.read(traces, person) == 0
    await sweep(service)
    assert (await service.database.read(acts)) == [(KOMATSU_ACT, world.members[KOMATSU], 0)], "once"


async def test_who_comes_back_in_time_keeps_the_number(service: Service) -> None:
    world = await service.build()
    person = world.people[KOMATSU, "disaster"]
    await service.database.write(leave, person)
    await sweep(service)
    service.clock.advance(60 * DAY)
    await service.database.write(leave, person, is_active=True)
    await sweep(service)
    service.clock.advance(60 * DAY)
    await service.database.write(leave, person)
    await sweep(service)
    assert await service.database.read(numbers, person) == 1


KOMATSU_ACT = "agreements.numbers_forgotten"


def leave(session: Session, person: str, *, is_active: bool = False) -> None:
    session.execute(update(Person).where(Person.id == person).values(is_active=is_active))


def numbers(session: Session, person: str) -> int:
    kept = select(func.count()).where(Channel.person_id == person, Channel.kind == "sms")
    return session.scalar(kept) or 0


def traces(session: Session, person: str) -> int:
    sent = select(func.count()).where(
        Delivery.person == person, Delivery.channel == "sms", Delivery.address_sealed != b""
    )
    return session.scalar(sent) or 0


def acts(session: Session) -> list[tuple[str, str, int]]:
    rows = session.scalars(select(Audit).where(Audit.act == KOMATSU_ACT)).all()
    return [(each.act, each.chain, each.facts["channels"]) for each in rows]
