"""Counting wrong sign-ins in the database, so that several processes count together."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from foundation import clock
from foundation.database.statements import insert_or_skip
from foundation.peers import neighbourhood
from foundation.sealing import digest
from service.identity.limits.delays import (
    ACCOUNT,
    ANSWERS,
    CODE,
    EVERYBODY,
    FAMILIAR,
    OWN,
    PLACE,
    TOLD_AT,
    Rule,
    delay,
)
from service.identity.models import FailureCount, KnownPlace

KEPT = timedelta(days=2)
"""After which a count that nobody added to is swept away."""


@dataclass(frozen=True, slots=True)
class Counter:
    """計数: one thing that failures are counted of, and the rule for it."""

    key: str
    rule: Rule


def counters_of(
    session: Session, account: str, person: str | None, address: str | None, terminal: str | None
) -> tuple[Counter, ...]:
    """Return what a wrong password counts against; `terminal` is one at which the person has signed in.

    Where the account has signed in before, only its failures there count: strangers never keep its owner out. At a
    shared terminal they count wherever it is carried.
    """
    if terminal is not None:
        return (Counter(_key(session, f"familiar|{account}|terminal|{terminal}"), FAMILIAR),)
    place = place_digest(session, address)
    if person is not None and _is_known(session, person, place):
        return (Counter(_key(session, f"familiar|{account}|{place.hex()}"), FAMILIAR),)
    return (
        Counter(_key(session, f"account|{account}"), ACCOUNT),
        counter_of_place(session, address),
        Counter("everybody", EVERYBODY),
    )


def counter_of_place(session: Session, address: str | None) -> Counter:
    """Return what counts failures of all accounts from one place."""
    return Counter(_key(session, f"place|{place_digest(session, address).hex()}"), PLACE)


def counter_of_answers(session: Session, address: str | None) -> Counter:
    """Return what counts identity providers' bad answers at one place, apart from guesses: other ways stay open."""
    return Counter(_key(session, f"answers|{place_digest(session, address).hex()}"), ANSWERS)


def counter_of_codes(session: Session, account: str) -> Counter:
    """Return what counts an account's wrong codes, from wherever they come: an address is soon changed."""
    return Counter(_key(session, f"code|{account}"), CODE)


def counter_of_current(session: Session, person: str) -> Counter:
    """Return what counts wrong present passwords in a person's open sessions, from wherever they come."""
    return Counter(_key(session, f"familiar|current|{person}"), FAMILIAR)


def seconds_to_wait(session: Session, counters: Sequence[Counter]) -> int:
    """Return for how many more seconds nothing is looked at; 0 if it is now."""
    rows = session.scalars(select(FailureCount.blocked_until).where(FailureCount.key.in_(_keys(counters))))
    return _longest(session, rows.all())


def lock(session: Session, counters: Sequence[Counter]) -> int:
    """Let attempts that count against the same pass one by one, and return how long this one has to wait.

    Guesses sent all at once are thus looked at no more often than guesses sent in a row.
    """
    now = clock.now(session)
    fresh = {"count": 0, "last_at": now, "blocked_until": now, "told_at": None}
    keys = sorted(_keys(counters))
    rows: Sequence[FailureCount] = []
    # Old rows are swept away: one may go between the insert that skipped it and the lock.
    while len(rows) < len(keys):
        insert_or_skip(session, FailureCount, *({"key": each, **fresh} for each in keys))
        rows = session.scalars(
            select(FailureCount)
            .where(FailureCount.key.in_(keys))
            .order_by(FailureCount.key)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).all()
    return _longest(session, [row.blocked_until for row in rows])


def count_failure(session: Session, counters: Sequence[Counter]) -> bool:
    """Count a wrong attempt (after `lock`); return whether its owner has to be told, which is once."""
    now = clock.now(session)
    has_to_be_told = False
    for counter in counters:
        row = session.get_one(FailureCount, counter.key)
        _leak(row, counter.rule, now)
        row.count += 1
        row.blocked_until = now + delay(counter.rule, row.count)
        if counter.rule in OWN and row.count >= TOLD_AT and row.told_at is None:
            row.told_at, has_to_be_told = now, True
    session.flush()
    _sweep(session, now)
    return has_to_be_told


def settle(session: Session, person: str, address: str | None, counters: Sequence[Counter] = ()) -> None:
    """Forget the person's failures that the counters count after a right sign-in, and remember where it came from."""
    forget(session, counters)
    row = {"person_id": person, "place": place_digest(session, address), "seen_at": clock.now(session)}
    if not insert_or_skip(session, KnownPlace, row):
        session.execute(
            update(KnownPlace)
            .where(KnownPlace.person_id == person, KnownPlace.place == row["place"])
            .values(seen_at=row["seen_at"])
        )


def forget(session: Session, counters: Sequence[Counter]) -> None:
    """Begin to count a person's own failures anew.

    The rows stay: an attempt that waits for them at this moment must find them.
    """
    now = clock.now(session)
    session.execute(
        update(FailureCount)
        .where(FailureCount.key.in_([each.key for each in counters if each.rule in OWN]))
        .values(count=0, last_at=now, blocked_until=now, told_at=None)
        .execution_options(synchronize_session=False)
    )


def place_digest(session: Session, address: str | None) -> bytes:
    """Return what is kept of an address: enough to know it again."""
    return digest(session, "sign-in-place", neighbourhood(address) if address else "")


def _is_known(session: Session, person: str, place: bytes) -> bool:
    known = select(KnownPlace.person_id).where(KnownPlace.person_id == person, KnownPlace.place == place)
    return session.scalar(known) is not None


def _leak(row: FailureCount, rule: Rule, now: datetime) -> None:
    """Forget what time has made good: as many failures as are free in `forgotten_after`, and all after that long.

    `last_at` goes on by whole failures only, so that a count that something is added to every second leaks as well.
    """
    each = rule.forgotten_after / rule.free
    passed = now - row.last_at
    leaked = passed // each
    if passed > rule.forgotten_after or leaked >= row.count:
        row.count, row.last_at, row.told_at = 0, now, None
    else:
        row.count -= leaked
        row.last_at += each * leaked


def _sweep(session: Session, now: datetime) -> None:
    """Delete what nobody added to for long, but for what another attempt holds: two would wait for each other."""
    old = (
        select(FailureCount.key)
        .where(FailureCount.last_at < now - KEPT, FailureCount.blocked_until < now)
        .with_for_update(skip_locked=True)
    )
    session.execute(
        delete(FailureCount).where(FailureCount.key.in_(old)).execution_options(synchronize_session=False)
    )


def _key(session: Session, text: str) -> str:
    return digest(session, "sign-in-failures", text).hex()


def _keys(counters: Sequence[Counter]) -> list[str]:
    return [each.key for each in counters]


def _longest(session: Session, until: Sequence[datetime]) -> int:
    now = clock.now(session)
    waits = [(each - now).total_seconds() for each in until]
    return max(0, math.ceil(max(waits, default=0)))
