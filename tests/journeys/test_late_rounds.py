"""A round acts on what it saw a moment ago: what has become untrue since is asked of nobody."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from agreements.models import AgreementVersion
from agreements.terms import Terms
from agreements.weights import Weights
from aid.models import AidRequest, Hold, Planning
from aid.plans import rounds as round_of
from aid.plans import sections
from aid.plans.facts import Facts
from aid.plans.models import PlannedAsk
from aid.plans.rounds import PERIOD
from aid.plans.state import Made
from aid.requests.planned import CALL, CALL_AGAIN, GAP, ROUND, called
from foundation import clock
from foundation.ids import new_id
from foundation.timers import Timer
from tests.aid.plans.books import acted
from tests.api_client import Service
from tests.journeys.asking import ask, offer, post
from tests.journeys.test_lock_order import waiters
from tests.journeys.test_planned_partners import notebooks_alone
from tests.journeys.test_planning import MINUTE, SOON, after, asked, tick
from tests.journeys.test_planning import rounds as made_rounds
from tests.world import FUJISAWA, KOMATSU, TAMA, TOME, TOYOOKA, World

CALLS = (CALL, CALL_AGAIN, ROUND)


async def thought_out(service: Service) -> tuple[str, Made]:
    """Look and plan, and do not act yet."""

    def look(session: Session) -> tuple[str, Facts]:
        planning = session.scalars(select(Planning.id)).one()
        return planning, round_of.look(session, planning)

    planning, facts = await service.database.read(look)
    return planning, round_of.plan(facts)


async def dropped(service: Service) -> dict[str, str | None]:
    def look(session: Session) -> dict[str, str | None]:
        rows = session.scalars(select(PlannedAsk).where(PlannedAsk.state == "dropped"))
        return {each.member_id: each.why for each in rows}

    return await service.database.read(look)


async def test_who_was_hit_or_can_not_help_since_the_look_is_not_asked(service: Service) -> None:
    world = await service.build(terms=Terms(planning_from=1), stock={"pc": 10})
    request = await ask(service, world, ("pc", 40))
    planning, made = await thought_out(service)
    assert {KOMATSU, TAMA} <= {each.store[:6] for each in made.asks}
    change = {"affected": [{"municipality": KOMATSU, "severity": "6+"}], "extend": True}
    path = f"/api/incidents/{world.incident}"
    answer = await service.call("PUT", f"{path}/affected", by=world.email(FUJISAWA), json=change)
    assert answer.status_code == 200, answer.text
    await post(service, f"{path}/situation", by=world.email(TAMA), expect=201, municipality=TAMA, can_help=False)
    await service.database.write(acted, planning, made)
    told = await asked(service, request)
    assert world.members[TOYOOKA] in told
    assert not told & {world.members[KOMATSU], world.members[TAMA]}
    assert await dropped(service) == {world.members[KOMATSU]: "hit", world.members[TAMA]: "hit"}


async def test_what_others_ask_for_since_the_look_is_not_asked_for_as_well(service: Service) -> None:
    """A matter of life asks its first wave at once, also between the look and the act of a round."""
    world = await service.build(terms=Terms(planning_from=1), stock={"pc": 10})
    minor = await ask(service, world, ("pc", 40))
    planning, made = await thought_out(service)
    await ask(service, world, ("pc", 40), priority=1)
    await service.database.write(acted, planning, made)
    assert not await asked(service, minor)
    assert await most_asked_for(service) <= 10
    assert set((await dropped(service)).values()) == {"nothing_left"}


async def test_two_rounds_at_once_ask_everybody_once(service: Service) -> None:
    """Two workers each think that the timer is theirs: they act one after the other, each on what the other wrote."""
    world = await service.build(terms=Terms(planning_from=1), stock={"pc": 10})
    first = await ask(service, world, ("pc", 40))
    planning, made = await thought_out(service)
    second = await ask(service, world, ("pc", 40), by=world.email(FUJISAWA), requester=FUJISAWA)
    later = (await thought_out(service))[1]
    await asyncio.gather(*(service.database.write(acted, planning, each) for each in (made, later)))
    rounds = await made_rounds(service)
    assert [each.number for each in rounds] == [1, 2]
    assert sum(each.dropped for each in rounds) > 0
    assert await most_asked_for(service) <= 10
    assert await asked(service, first) | await asked(service, second)


async def test_what_a_round_has_asked_stands_when_it_is_broken_off(service: Service) -> None:
    """The next one asks the rest, as a wave of its own, and nobody twice."""
    world = await service.build(terms=Terms(planning_from=1), stock={"pc": 10})
    request = await ask(service, world, ("pc", 40))
    planning, made = await thought_out(service)
    first, *others = sections.cut(made, 1)
    assert others
    await service.database.write(round_of.act, planning, first)
    told = await asked(service, request)
    assert len(told) == 1
    await service.database.write(acted, *await thought_out(service))
    broken_off, whole = await made_rounds(service)
    assert (broken_off.asked, whole.asked, whole.dropped) == (1, len(made.asks) - 1, 0)
    assert await asked(service, request) == {made.state.members[each.store] for each in made.asks}


async def most_asked_for(service: Service) -> int:
    def look(session: Session) -> int:
        units: dict[str, int] = {}
        for each in session.scalars(select(Hold)):
            units[each.member_id] = units.get(each.member_id, 0) + each.quantity
        return max(units.values())

    return await service.database.read(look)


async def test_who_says_since_the_look_that_it_has_no_more_is_not_asked_for_more(service: Service) -> None:
    world = await service.build(terms=Terms(planning_from=1), stock={"pc": 30})
    first = await ask(service, world, ("pc", 5))
    await tick(service)
    second = await ask(service, world, ("pc", 90))
    planning, made = await thought_out(service)
    assert KOMATSU in {each.store[:6] for each in made.asks if each.line.request == second["id"]}
    await says_no_more(service, world, first, KOMATSU)
    await service.database.write(acted, planning, made)
    told = await asked(service, second)
    assert told
    assert world.members[KOMATSU] not in told


async def says_no_more(service: Service, world: World, request: dict[str, Any], code: str) -> None:
    lines = [{"line": request["lines"][0]["id"], "quantity": 2, "more": 0}]
    body = {"municipality": code, "decision": "accept", "lines": lines}
    await post(service, f"/api/requests/{request['id']}/offers", by=world.email(code), expect=201, **body)


async def test_the_chronology_counts_all_that_a_round_asked(service: Service) -> None:
    """Whoever is asked for other quantities is told in a message of its own; the entry counts them together."""
    world = await service.build(terms=Terms(planning_from=1), stock={"pc": 12})
    holder = await ask(service, world, ("pc", 3), requester=FUJISAWA, by=world.email(FUJISAWA))
    await offer(service, world, holder, TAMA, 3)
    request = await ask(service, world, ("pc", 60))
    service.clock.advance(timedelta(minutes=2))
    await tick(service)
    path = f"/api/incidents/{world.incident}/chronology"
    entries = (await service.call("GET", path, by=world.email(TOME))).json()["items"]
    sent = [
        each["facts"]["members"]
        for each in entries
        if each["code"] == "request.wave_sent" and each["facts"]["number"] == request["number"]
    ]
    told = await asked(service, request)
    assert await messages_of(service, request) > 1, "not all were asked for the same"
    assert sent == [len(told)]


async def messages_of(service: Service, request: dict[str, Any]) -> int:
    def look(session: Session) -> int:
        return session.get_one(AidRequest, request["id"]).tellings

    return await service.database.read(look)


async def open_timers(service: Service) -> Counter[str]:
    def look(session: Session) -> Counter[str]:
        kinds = session.scalars(select(Timer.kind).where(Timer.state != "done", Timer.kind.in_(CALLS)))
        return Counter(kinds)

    return await service.database.read(look)


async def test_a_round_under_way_is_called_again_once_for_all_requests(service: Service) -> None:
    world = await service.build(terms=SOON)
    for _ in range(3):
        await ask(service, world, ("pc", 5))
    await tick(service)
    round_one = (await made_rounds(service))[-1].number

    def begin(session: Session) -> None:
        until = clock.now(session) + 5 * MINUTE
        leased = {"state": "leased", "leased_by": "another", "leased_until": until}
        session.execute(update(Timer).where(Timer.kind == ROUND, Timer.state == "due").values(**leased))

    await service.database.write(begin)
    later = [await ask(service, world, ("printer", 1)) for _ in range(3)]
    assert (await open_timers(service))[CALL] == 3
    await tick(service)
    assert await open_timers(service) == {CALL_AGAIN: 1, ROUND: 1}
    await after(service, 2)
    assert await open_timers(service) == {CALL_AGAIN: 1, ROUND: 1}, "it goes on until the round is over"
    await after(service, 4)
    assert (await made_rounds(service))[-1].number > round_one
    assert all([await asked(service, each) for each in later])
    await after(service, 2)
    assert await open_timers(service) == {ROUND: 1}


async def test_a_call_that_is_going_off_does_not_swallow_the_next_one(service: Service) -> None:
    """It may have called the round already, and what is written now be seen by that round or not."""
    world = await service.build(terms=SOON)
    *_, third = [await ask(service, world, ("pc", 5)) for _ in range(3)]

    def begin(session: Session) -> None:
        until = clock.now(session) + MINUTE
        leased = {"state": "leased", "leased_by": "another", "leased_until": until}
        session.execute(update(Timer).where(Timer.kind == CALL, Timer.subject == third["id"]).values(**leased))

    await service.database.write(begin)
    more = {"lines": [{"line": third["lines"][0]["id"], "quantity": 500}], "reason": "被害が広がった"}
    await post(service, f"/api/requests/{third['id']}/amendment", by=world.email(TOME), **more)
    waiting = select(Timer.state).where(Timer.kind == CALL, Timer.subject == third["id"])
    assert await service.database.read(lambda session: list(session.scalars(waiting))) == ["due"]


async def test_who_has_answered_unasked_is_in_no_plan(service: Service) -> None:
    world = await service.build(terms=Terms(planning_from=1), stock={"pc": 10})
    request = await ask(service, world, ("pc", 40))
    await offer(service, world, request, KOMATSU, decision="decline")
    _, made = await thought_out(service)
    assert TAMA in {each.store[:6] for each in made.asks}
    assert KOMATSU not in {each.store[:6] for each in made.asks}


async def test_what_stands_in_by_the_terms_of_a_request_is_asked_for_by_them(service: Service) -> None:
    world = await service.build(terms=Terms(planning_from=1), stock={"pc": 10})
    await notebooks_alone(service, world, KOMATSU)
    request = await ask(service, world, ("pc", 60))
    stricter = Terms(planning_from=1, ranking=Weights(least_fit=950)).to_json()
    agreed = update(AgreementVersion).where(AgreementVersion.group_id == world.group)
    await service.database.write(lambda session: session.execute(agreed.values(terms=stricter)).rowcount)
    planning, made = await thought_out(service)
    assert f"{KOMATSU}|notebook" in {each.store for each in made.asks}
    await service.database.write(acted, planning, made)
    assert await dropped(service) == {}
    assert world.members[KOMATSU] in await asked(service, request)


async def test_who_says_since_the_look_that_it_has_no_more_is_not_asked_for_what_stands_in(service: Service) -> None:
    world = await service.build(terms=Terms(planning_from=1), stock={"pc": 30})
    await notebooks_alone(service, world, KOMATSU)
    first = await ask(service, world, ("pc", 5))
    await tick(service)
    await ask(service, world, ("pc", 150))
    planning, made = await thought_out(service)
    assert f"{KOMATSU}|notebook" in {each.store for each in made.asks}
    await says_no_more(service, world, first, KOMATSU)
    await service.database.write(acted, planning, made)
    assert await dropped(service) == {world.members[KOMATSU]: "nothing_left"}


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_call_that_waited_for_a_round_keeps_the_gap_to_it(service: Service, database_url: str) -> None:
    """What a call reads of the last round before it waits is outdated when it goes on."""
    world = await service.build(terms=SOON)
    *_, third = [await ask(service, world, ("pc", 5)) for _ in range(3)]
    await tick(service)
    service.clock.advance(5 * MINUTE)
    now = service.clock.now()
    with psycopg.connect(database_url) as acting:
        acting.execute("UPDATE plannings SET last_round_at = %s", [now])
        ended = "UPDATE timers SET state = 'done' WHERE kind = %s AND state = 'due' RETURNING subject"
        (planning,) = acting.execute(ended, [ROUND]).fetchone() or ("",)
        next_one = "INSERT INTO timers (id, kind, subject, due_at, state, attempt) VALUES (%s, %s, %s, %s, 'due', 0)"
        acting.execute(next_one, [new_id(), ROUND, planning, now + PERIOD])
        call = asyncio.ensure_future(service.database.write(called, third["id"]))
        async with asyncio.timeout(20):
            while not waiters(acting):
                assert not call.done()
                await asyncio.sleep(0.01)
    await call
    due = select(Timer.due_at).where(Timer.kind == ROUND, Timer.state == "due")
    assert await service.database.read(lambda session: session.scalars(due).one()) == now + GAP
