"""Claims and timers: each due row to one worker, and only the last to claim may finish it."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from foundation import leases, timers
from foundation.clock import ManualClock
from foundation.database import Database
from foundation.ids import new_id
from foundation.leases import LEASE
from foundation.timers import Timer


async def set_timers(database: Database, clock: ManualClock, count: int, kind: str = "ring") -> None:
    def set_all(session: Session) -> None:
        for number in range(count):
            timers.schedule(session, kind, f"s{number:02}", clock.now() + timedelta(minutes=number))

    await database.write(set_all)


async def claimed(database: Database, worker: str, limit: int = 20) -> list[Timer]:
    return await database.write(timers.claim_due, worker, limit)


async def test_only_what_is_due_is_claimed_in_its_order(database: Database, clock: ManualClock) -> None:
    await set_timers(database, clock, 5)
    clock.advance(timedelta(minutes=2))
    due = await claimed(database, "w")
    assert sorted(each.subject for each in due) == ["s00", "s01", "s02"]
    assert {(each.state, each.leased_by, each.attempt) for each in due} == {("leased", "w", 1)}
    assert await claimed(database, "other") == []


async def test_a_limit_takes_the_oldest(database: Database, clock: ManualClock) -> None:
    await set_timers(database, clock, 5)
    clock.advance(timedelta(hours=1))
    assert sorted(each.subject for each in await claimed(database, "w", 2)) == ["s00", "s01"]


async def test_workers_at_once_share_without_overlap(database: Database, clock: ManualClock) -> None:
    await set_timers(database, clock, 60)
    clock.advance(timedelta(hours=2))
    shares = await asyncio.gather(*(claimed(database, f"w{number}", 10) for number in range(6)))
    while len(all_of := [each.id for share in shares for each in share]) < 60:
        shares.append(await claimed(database, "late", 10))
    assert len(set(all_of)) == len(all_of) == 60


async def test_who_was_taken_for_dead_can_not_finish(database: Database, clock: ManualClock) -> None:
    await set_timers(database, clock, 1)
    (dead,) = await claimed(database, "slow")
    clock.advance(LEASE)
    assert await claimed(database, "next") == [], "the lease still holds at its last instant"
    clock.advance(timedelta(seconds=1))
    (taken,) = await claimed(database, "next")
    assert (taken.id, taken.attempt) == (dead.id, 2)
    assert not await database.write(timers.done, dead)
    assert await database.write(timers.done, taken)
    assert not await database.write(timers.done, taken), "it is finished only once"


async def test_after_a_crash_an_embedded_database_frees_its_leases(database: Database, clock: ManualClock) -> None:
    await set_timers(database, clock, 2)
    clock.advance(timedelta(minutes=5))
    first, second = await claimed(database, "killed")
    await database.write(timers.done, second)
    await database.write(leases.release_all, Timer)
    (again,) = await claimed(database, "next")
    assert (again.id, again.attempt) == (first.id, 2)
    assert not await database.write(timers.done, first)


async def test_a_cancelled_timer_does_not_go_off(database: Database, clock: ManualClock) -> None:
    await set_timers(database, clock, 2)
    await database.write(timers.cancel, "ring", "s01")
    clock.advance(timedelta(minutes=5))
    (kept,) = await claimed(database, "w")
    assert kept.subject == "s00"
    await database.write(timers.cancel, "ring", "s00")
    assert not await database.write(timers.done, kept), "cancelled while it was leased"


async def test_a_timer_is_set_once_and_may_be_moved(database: Database, clock: ManualClock) -> None:
    later = clock.now() + timedelta(hours=3)
    await set_timers(database, clock, 1)
    with pytest.raises(IntegrityError):
        await set_timers(database, clock, 1)
    await set_timers(database, clock, 1, kind="other")
    await database.write(timers.reschedule, "ring", "s00", later)
    assert [each.kind for each in await claimed(database, "w")] == ["other"]
    assert await next_due(database) == later
    clock.advance(timedelta(hours=3))
    (moved,) = [each for each in await claimed(database, "w") if each.kind == "ring"]
    assert await database.write(timers.done, moved)
    await database.write(timers.schedule, "ring", "s00", later)


def _next_due(session: Session) -> datetime | None:
    return session.scalar(select(func.min(Timer.due_at)).where(Timer.state == "due"))


async def next_due(database: Database) -> datetime | None:
    return await database.read(_next_due)


@pytest.mark.parametrize("wrong", [{"state": "leased"}, {"state": "gone"}, {"state": "leased", "leased_by": "w"}])
async def test_half_a_lease_is_refused_by_the_database(
    database: Database, clock: ManualClock, wrong: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError):
        await database.write(
            lambda session: session.add(Timer(id=new_id(), kind="k", subject="s", due_at=clock.now(), **wrong))
        )
    assert await database.read(lambda session: session.scalar(select(func.count()).select_from(Timer))) == 0
