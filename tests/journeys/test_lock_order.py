"""Requests, guest IDs, incidents and emergency accesses are locked in one order: nobody waits in a circle."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from agreements.models import Contact
from agreements.terms import Terms
from aid.digests.models import AskDigest
from aid.escalation.actions import AGAIN
from aid.models import Ask
from aid.offers.answering import EXPIRY
from aid.requests.actions import WRITTEN_DUE
from aid.requests.alerting import NEXT_WAVE, REPLACE
from foundation import timers
from foundation.timers import Timer
from inventory.models import Capability
from notifications.models import Delivery
from tests.aid import emergencies
from tests.api_client import Service
from tests.journeys.asking import ask, offer, post
from tests.journeys.test_guest_ids import HELPER, PAPER, stage
from tests.journeys.test_planning import tick
from tests.world import FUJISAWA, KAGOSHIMA, KOMATSU, TAMA, TOME, TOYOOKA

pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
SECONDS = 20


@pytest.fixture
def other(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """The hand of somebody else, who holds a row."""
    with psycopg.connect(database_url) as connection:
        yield connection


async def held_while_waiting(
    other: psycopg.Connection[Any], act: Awaitable[Any], *, behind: tuple[str, str], free: tuple[str, list[str]]
) -> None:
    """Hold one row, let an act come to wait for it, and take rows that the act must not have locked before."""
    table, row = behind
    other.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR UPDATE", [row])
    acting = asyncio.ensure_future(act)
    async with asyncio.timeout(SECONDS):
        while not waiters(other):
            assert not acting.done(), f"{acting.result()} without the row of {table}"
            await asyncio.sleep(0.01)
    wanted, rows = free
    taken = other.execute(f"SELECT 1 FROM {wanted} WHERE id = ANY(%s) FOR UPDATE NOWAIT", [rows]).fetchall()
    assert len(taken) == len(rows)
    other.rollback()
    await acting


def waiters(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    ).fetchone()
    assert row is not None
    connection.execute("SELECT pg_stat_clear_snapshot()")
    return int(row[0])


@pytest.mark.parametrize("act", ["confirmation", "end", "expiry", "forbidding", "withdrawal"])
async def test_an_emergency_access_waits_for_the_closing_of_its_incident(
    service: Service, other: psycopg.Connection[Any], act: str
) -> None:
    at = await emergencies.stage(service)
    access = (await at.ask())["id"] if act == "confirmation" else await at.opened()
    if act == "expiry":
        service.clock.advance(timedelta(hours=4))
    withdrawal = f"/api/offers/{at.offer}/withdrawal"
    acts: dict[str, Callable[[], Awaitable[Any]]] = {
        "confirmation": lambda: at.act(access, "confirmation", at.second),
        "end": lambda: at.act(access, "ending", at.owner),
        "expiry": service.tick,
        "forbidding": lambda: at.allow(is_allowed=False),
        "withdrawal": lambda: post(service, withdrawal, by=at.reader, reason="事情が変わった"),
    }
    behind = ("incidents", at.world.incident)
    await held_while_waiting(other, acts[act](), behind=behind, free=("emergency_accesses", [access]))
    assert (await at.show(access))["state"] == ("open" if act == "confirmation" else "ended")


@pytest.mark.parametrize("act", ["reservation", "hand-over"])
async def test_a_guest_id_waits_for_the_end_of_the_aid(
    service: Service, other: psycopg.Connection[Any], act: str
) -> None:
    at = await stage(service)
    until = (service.clock.now() + timedelta(hours=24)).isoformat()
    if act == "hand-over":
        await at.reserve(0)
        await at.act(0, "issue", **PAPER)
        handing = {"returned_by": HELPER, "next": at.guests[1], "helper": "応援 花子", "until_at": until}
        acting = at.act(0, act, **handing)
    else:
        acting = at.reserve(0)
    await held_while_waiting(other, acting, behind=("aid_requests", at.request), free=("guest_ids", at.guests))


@pytest.mark.parametrize("kind", [NEXT_WAVE, AGAIN, REPLACE, WRITTEN_DUE, EXPIRY])
async def test_a_timer_waits_for_its_request_before_it_is_marked(
    service: Service, other: psycopg.Connection[Any], kind: str
) -> None:
    """Who holds a request sets its timers: one that went off first would wait for it the other way round."""
    world = await service.build()
    request = await ask(service, world, ("pc", 20))
    subject = await offer(service, world, request, KOMATSU) if kind == EXPIRY else request
    service.clock.advance(timedelta(days=60))
    due = await service.database.write(alone, kind, subject["id"], service.clock.now())
    await held_while_waiting(other, service.tick(), behind=("aid_requests", request["id"]), free=("timers", [due]))
    assert due not in await service.database.read(lambda session: list(session.scalars(IS_OPEN)))


async def test_an_amendment_locks_every_message_about_its_request_in_one_order(
    service: Service, other: psycopg.Connection[Any]
) -> None:
    """Also whom it leaves with nothing: two requests that share messages are amended one after the other."""
    world = await service.build(terms=Terms(planning_from=1), stock={"pc": 10, "printer": 10, "switch": 5})
    givers = {0: (FUJISAWA, TOYOOKA, KAGOSHIMA), 1: (KOMATSU, TAMA)}
    for codes, kind in zip(givers.values(), ("printer", "pc"), strict=True):
        await service.database.write(without, [world.members[code] for code in codes], kind)
    request = await ask(service, world, ("pc", 60), ("printer", 60))
    await ask(service, world, ("switch", 60))
    await tick(service)
    code_of = {member: code for code, member in world.members.items()}
    rows = await service.database.read(lambda session: session.execute(MESSAGES).all())
    messages = {code_of[member]: digest for digest, member in rows}
    assert len(messages) == len(code_of) - 1
    last = max(messages, key=messages.__getitem__)
    place = next(each for each, codes in givers.items() if last in codes)
    giver = next(code for code in givers[place] if code != last)
    given = await offer(service, world, request, giver, *(3 if each == place else 0 for each in range(2)))
    await post(service, f"/api/offers/{given['id']}/acceptance", by=world.email(TOME), lines=[])
    change = {"reason": "足りる", "lines": [{"line": request["lines"][place]["id"], "quantity": 3}]}
    amended = post(service, f"/api/requests/{request['id']}/amendment", by=world.email(TOME), **change)
    first = min(messages[code] for code in givers[1 - place])
    await held_while_waiting(other, amended, behind=("ask_digests", first), free=("ask_digests", [messages[last]]))


async def test_an_amendment_waits_for_messages_before_it_sets_a_timer(
    service: Service, other: psycopg.Connection[Any]
) -> None:
    """A courier that notes what came to nothing sets the same timer last: they would wait for each other."""
    world = await service.build()
    request = await ask(service, world, ("pc", 20))
    due = await service.database.write(alone, REPLACE, request["id"], service.clock.now() + timedelta(days=1))
    told = await service.database.write(lose_an_address, request["id"])
    change = {"reason": "訂正", "lines": [{"line": request["lines"][0]["id"], "quantity": 30}]}
    amended = post(service, f"/api/requests/{request['id']}/amendment", by=world.email(TOME), **change)
    await held_while_waiting(other, amended, behind=("deliveries", told), free=("timers", [due]))


def lose_an_address(session: Session, request: str) -> str:
    """Let a partner that was asked have no contact any more; return a message to another one."""
    lost, *_, asked = session.scalars(select(Ask.member_id).where(Ask.request_id == request).order_by(Ask.member_id))
    session.execute(delete(Contact).where(Contact.member_id == lost))
    return session.scalars(select(Delivery.id).where(Delivery.member == asked).order_by(Delivery.id)).first() or ""


MESSAGES = select(AskDigest.id, AskDigest.member_id)


def without(session: Session, members: list[str], kind: str) -> None:
    of_kind = Capability.member_id.in_(members), Capability.kind == kind
    session.execute(update(Capability).where(*of_kind).values(quantity=0))


IS_OPEN = select(Timer.id).where(Timer.state != "done")


def alone(session: Session, kind: str, subject: str, due_at: datetime) -> str:
    """Set a timer, and take back all others."""
    session.execute(delete(Timer).where(Timer.state != "done"))
    timers.schedule(session, kind, subject, due_at)
    return session.scalars(IS_OPEN).one()
