"""The watchman: goes round every half minute, mends, tells operators, and gives the beat while all is well."""

import asyncio
import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import structlog
from sqlalchemy.orm import Session

from foundation import clock
from foundation.database import Database
from foundation.metrics import OUTBOX_AGE, TROUBLES
from notifications.gateways import operators
from notifications.gateways.beating import Beat
from notifications.gateways.opening import Gateways
from notifications.gateways.operators import Operators
from notifications.watching import looking, rounds, turning
from notifications.watching.judging import FIRST_PAUSE, Finding, TroubleKind, findings
from notifications.watching.rounds import EVERY
from notifications.watching.wording import Report

LATE = 4 * EVERY
"""How old the last completed round may be."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Upkeep:
    """点検の項目: what a room above wants looked at: subjects that lack their timer, and how it is set."""

    find: Callable[[Session], Sequence[str]]
    mend: Callable[[Session, str], None]


class Pulse:
    """脈: which loops of this process have lately come round; one that hangs or died falls silent."""

    def __init__(self) -> None:
        self._beats: dict[str, float] = {}

    def feel(self, loop: str) -> None:
        """Note that a loop has come round."""
        self._beats[loop] = monotonic()

    def silent(self, within: timedelta = LATE) -> list[str]:
        """Return the loops that have not come round for too long."""
        now = monotonic()
        return [loop for loop, at in self._beats.items() if now - at > within.total_seconds()]


@dataclass(frozen=True, slots=True)
class Station:
    """番所: what the watchman needs around it; `mark` is what stands before messages of a drill."""

    gateways: Gateways
    operators: Operators
    beat: Beat
    base_url: str
    mark: str
    upkeep: Sequence[Upkeep] = ()


class Watchman:
    """見回り役: one in each process that works; on PostgreSQL they take turns."""

    def __init__(self, database: Database, station: Station, worker: str, pulse: Pulse) -> None:
        self._database = database
        self._station = station
        self._worker = worker
        self._pulse = pulse
        self._blind_since: float | None = None
        self._blind_told_at: float | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Go round until `stop`; a round that fails is logged, and no beat is given for it."""
        while not stop.is_set():
            try:
                await self.round()
                self._blind_since = None
            except Exception:
                log.exception("round_failed")
                await self._cry_blind()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), EVERY.total_seconds())
        await self._station.operators.close()

    async def round(self) -> bool:
        """Look, mend, tell; return whether the beat was given."""
        jump = await self._database.write(turning.put_right)
        if await self._database.write(rounds.begin, self._worker):
            await self._look(jump)
        silent = self._pulse.silent()
        if silent:
            log.error("loops_silent", loops=silent)
        is_well, said = await self._database.read(_standing)
        if silent or not is_well:
            return False
        return await self._station.beat.give(said)

    async def _look(self, jump: timedelta) -> None:
        upkeep = self._station.upkeep
        missing = [(each, subject) for each in upkeep for subject in await self._database.read(each.find)]
        look = await self._database.read(looking.look, len(missing))
        found = findings(look.figures)
        if jump:
            found.append(Finding(TroubleKind.CLOCK_BACK, count=math.ceil(jump / timedelta(minutes=1))))
        await self._mend(found)
        for each, subject in missing:
            await self._database.write(each.mend, subject)
        looked_at = set(TroubleKind) if look.tally else set(TroubleKind) - {TroubleKind.COUNTS_DIFFER}
        due = await self._database.write(rounds.complete, found, looked_at, look.tally)
        _measure(look.age_p95, found)
        if due:
            await self._tell(due)

    async def _mend(self, found: Sequence[Finding]) -> None:
        kinds = {each.kind for each in found}
        if TroubleKind.STALE_LEASE in kinds:
            await self._database.write(looking.release_stale)
        if TroubleKind.OPEN_ATTEMPT in kinds:
            await self._database.write(looking.close_open_attempts)

    async def _tell(self, due: rounds.Due) -> None:
        """Tell with no transaction open; who could not be told hears of it in the next round."""
        for each in due.open:
            log.warning("trouble", kind=each.kind.value, place=each.place, count=each.count)
        for each in due.cleared:
            log.info("trouble_over", kind=each.kind.value, place=each.place)
        if await self._send(due.report, due.places):
            await self._database.write(rounds.note_told, due)

    async def _send(self, report: Report, broken: Sequence[str]) -> int:
        at = self._station
        words = report.words(at.base_url, at.mark)
        return await operators.tell(at.gateways.for_channel, at.operators, words, broken=broken)

    async def _cry_blind(self) -> None:
        """Tell operators, once an hour, that nothing can be looked at: there is no row to keep that in."""
        now = monotonic()
        self._blind_since = now if self._blind_since is None else self._blind_since
        is_long = now - self._blind_since >= LATE.total_seconds()
        is_said = self._blind_told_at is not None and now - self._blind_told_at < FIRST_PAUSE.total_seconds()
        if is_long and not is_said and await self._send(Report([Finding(TroubleKind.BLIND)], []), []):
            self._blind_told_at = now


def is_late(completed_at: datetime | None, now: datetime) -> bool:
    """Tell whether no round was completed lately."""
    return completed_at is None or now - completed_at > LATE


def _standing(session: Session) -> tuple[bool, dict[str, Any]]:
    """Return whether the last round is recent and all troubles are told, and what the beat says."""
    completed_at = rounds.completed_at(session)
    is_well = not is_late(completed_at, clock.now(session)) and not rounds.is_untold(session)
    return is_well, {"at": completed_at.isoformat() if completed_at else None, "troubles": rounds.open_kinds(session)}


def _measure(age_p95: float, found: Sequence[Finding]) -> None:
    OUTBOX_AGE.set(age_p95)
    counts = {(each.kind, each.place): each.count for each in found}
    for kind in TroubleKind:
        TROUBLES.labels(kind.value).set(sum(count for (of, _), count in counts.items() if of is kind))
