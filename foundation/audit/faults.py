"""What is wrong with a chain, told from its rows alone, read once from the first to the last."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from foundation.audit.chain import COLUMNS, GENESIS, digest

KEPT = 200
"""How many rows that contradict themselves are kept for finding out why."""
NEARBY = 20
"""How far a shifted row is looked for."""


class FaultKind(StrEnum):
    """異常の種別: what was done to the record."""

    EDITED = "edited"
    MISSING = "missing"
    INSERTED = "inserted"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    HEAD = "head"
    ANCHOR = "anchor"
    CHECKPOINT = "checkpoint"
    ROLLED_BACK = "rolled_back"


@dataclass(frozen=True, slots=True)
class Fault:
    """異常: what is wrong where; `until` is the last sequence of a range, `anchor` the number of an anchor."""

    kind: FaultKind
    chain: str | None = None
    sequence: int | None = None
    until: int | None = None
    anchor: int | None = None


@dataclass(slots=True)
class ChainCheck:
    """鎖の検査: takes the rows of one chain in the order of their sequence, then says what is wrong with it.

    A row has `COLUMNS` (`at` as the hash covers it), `previous_hash` and `hash`; `head` is the chain's end as kept.
    """

    chain: str
    head: tuple[int, bytes] | None
    faults: list[Fault] = field(default_factory=list)
    next: int = 1
    last: bytes | None = GENESIS
    end: bytes | None = None
    is_head_met: bool = False
    false: dict[int, Mapping[str, Any]] = field(default_factory=dict)

    def take(self, row: Mapping[str, Any]) -> None:
        """Check the next row against itself and the one before."""
        sequence = row["sequence"]
        if not isinstance(sequence, int) or sequence < self.next:
            self._say(FaultKind.INSERTED, sequence if isinstance(sequence, int) else None)
            return
        if sequence > self.next:
            self._say(FaultKind.MISSING, self.next, sequence - 1)
            self.last = None
        is_true = _fits(row, sequence)
        if is_true and self.last is not None and row["previous_hash"] != self.last:
            # It fits itself, so the one before is not the one that it followed.
            self._say(FaultKind.EDITED, max(sequence - 1, 1))
        if not is_true and len(self.false) < KEPT:
            self.false[sequence] = row
        self.end = row["hash"]
        self.last = self.end if is_true else None
        self.next = sequence + 1
        if self.head is not None and sequence == self.head[0]:
            self.is_head_met = self.end == self.head[1]

    def finish(self) -> list[Fault]:
        """Return what is wrong, now that the last row is known."""
        self.faults += _explained(self.chain, self.false)
        last = self.next - 1
        if self.head is None:
            self._say(FaultKind.HEAD, last)
        elif self.head[0] > last:
            self._say(FaultKind.TRUNCATED, self.next, self.head[0])
        elif not self.is_head_met:
            self._say(FaultKind.HEAD, self.head[0])
        elif self.head[0] < last:
            self._say(FaultKind.INSERTED, self.head[0] + 1, last)
        return sorted(self.faults, key=lambda fault: fault.sequence or 0)

    def _say(self, kind: FaultKind, sequence: int | None, until: int | None = None) -> None:
        self.faults.append(Fault(kind, self.chain, sequence, until if until != sequence else None))


def _fits(row: Mapping[str, Any], sequence: int) -> bool:
    """Tell whether a row's hash follows from its content, standing at a place."""
    covered = {name: row[name] for name in COLUMNS}
    covered["sequence"] = sequence
    try:
        return bool(digest(row["previous_hash"], covered) == row["hash"])
    except (TypeError, ValueError):
        # A value of a kind that was never written
        return False


def _explained(chain: str, false: Mapping[int, Mapping[str, Any]]) -> Iterator[Fault]:
    """Tell moved rows from edited ones: a moved row still fits the place where it was written."""
    written = {sequence: at for sequence, row in false.items() if (at := _written_at(row, false)) is not None}
    exchanged = _exchanged(written)
    yield from (Fault(FaultKind.REORDERED, chain, sequence) for sequence in sorted(exchanged))
    foreign: set[int] = set()
    for first, shift in _shifts({here: there for here, there in written.items() if here not in exchanged}):
        if shift < 0:
            foreign |= set(range(first + shift, first))
            yield Fault(FaultKind.INSERTED, chain, first + shift, first - 1 if shift < -1 else None)
        else:
            yield Fault(FaultKind.MISSING, chain, first, first + shift - 1 if shift > 1 else None)
    edited = [sequence for sequence in false if sequence not in written and sequence not in foreign]
    yield from (Fault(FaultKind.EDITED, chain, sequence) for sequence in edited)


def _written_at(row: Mapping[str, Any], false: Mapping[int, Any]) -> int | None:
    here = row["sequence"]
    near = sorted(range(here - NEARBY, here + NEARBY + 1), key=lambda place: abs(place - here))
    return next((place for place in dict.fromkeys([*near, *false]) if place != here and _fits(row, place)), None)


def _exchanged(written: Mapping[int, int]) -> set[int]:
    """Return the places whose rows stand in each other's: what is left of them is a permutation."""
    circle = dict(written)
    while loose := {here for here, there in circle.items() if there not in circle or here not in circle.values()}:
        for here in loose:
            del circle[here]
    return set(circle)


def _shifts(written: Mapping[int, int]) -> Sequence[tuple[int, int]]:
    """Return where runs of equally shifted rows begin, and by how much they are shifted."""
    return [
        (here, there - here)
        for here, there in sorted(written.items())
        if written.get(here - 1, here - 1) - (here - 1) != there - here
    ]
