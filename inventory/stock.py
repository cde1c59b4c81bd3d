"""The stock ledger: what is free, and promising it so that nothing is promised twice.

A member's rows of one kind are one stock; a promise takes from them in the order of their ids. The rows are locked
in that order, and the conditional update judges even where a lock is not to be had.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Integer,
    Row,
    Select,
    Update,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from agreements.models import GroupMember
from foundation import clock
from foundation.database.statements import insert_rows, table_of
from foundation.ids import new_id
from inventory.catalogue import KINDS, Category, find
from inventory.errors import NotEnough, NotHeld
from inventory.models import Capability, CapabilityGroup, StockMovement


class Stock(NamedTuple):
    """在庫: what one member has of one kind for one group, all its rows together.

    `lead_time_hours` is the shortest and `max_days` the longest (None: no limit) of the rows that have something
    left, or of all rows where nothing is left.
    """

    member: str
    kind: str
    quantity: int
    available: int
    committed: int
    lead_time_hours: int
    max_days: int | None
    specs: tuple[str, ...]
    conditions: str | None

    @property
    def capacity(self) -> int:
        """All that is declared: of this, `available` is left."""
        return self.quantity


class Load(NamedTuple):
    """負担: how many units a member has committed now, of all that it declares."""

    committed: int = 0
    declared: int = 0


@dataclass(frozen=True, slots=True)
class _Part:
    """How much of one row is held and committed for one reference, and the number of its last movement."""

    capability: str
    held: int
    committed: int
    number: int


def offered_to(group: str | ColumnElement[str]) -> ColumnElement[bool]:
    """Return the predicate of the capabilities that their member offers to a group."""
    named = exists().where(CapabilityGroup.capability_id == Capability.id, CapabilityGroup.group_id == group)
    return or_(Capability.is_for_all_groups, named)


def stock_of_all(session: Session, group: str, kinds: Sequence[str]) -> list[Stock]:
    """Return what whoever takes or took part in a group has of some kinds, also those with nothing left; one query.

    The caller knows who is bound: asked for each of a nation's members, that costs PostgreSQL most of the query.
    """
    session.flush()
    rows = session.connection().execute(_stock_rows(), {"group": group, "kinds": list(kinds)}).all()
    return [_stock(list(same)) for _, same in groupby(rows, key=itemgetter(0, 1))]


def free_of(session: Session, member: str, group: str, kinds: Sequence[str]) -> int:
    """Return the units that one member has left of some kinds for a group."""
    rows = session.execute(_free_rows(), {"member": member, "group": group, "kinds": list(kinds)})
    return sum(row.free for row in rows)


def carried(session: Session, members: Sequence[str]) -> dict[str, int]:
    """Return the units that each of the members has committed now; 0 for one without any."""
    rows = session.execute(_carried(), {"members": list(members)})
    found = {member: int(units) for member, units in rows}
    return {member: found.get(member, 0) for member in members}


def loads(session: Session, *, of_people: bool) -> dict[str, Load]:
    """Return what members have committed of their people, or of their things and services, to whichever group.

    Whoever has committed nothing is not in it.
    """
    rows = session.connection().execute(_loads(of_people=of_people))
    return {member: Load(committed, declared) for member, committed, declared in rows}


def hold(
    session: Session,
    *,
    member: str,
    group: str,
    kind: str,
    quantity: int,
    reference: str,
    instead: Sequence[str] = (),
    may_be_less: bool = False,
) -> dict[str, int]:
    """Hold a quantity for a reference, of a kind and, where that is not enough, of others in their order.

    Return how much of which kind. Raises NotEnough where the member has less left for the group, unless it
    `may_be_less` and is not nothing.
    """
    kinds = (kind, *instead)
    rows = _locked_rows(session, member, group, kinds, reference)
    wanted, taken = quantity, []
    for row in rows:
        if (part := min(row.free, wanted)) > 0:
            taken.append((row, part))
            wanted -= part
    if wanted > 0 and not (taken and may_be_less):
        raise _not_enough(kind, sum(row.free for row in rows))
    held = Counter[str]()
    for row, part in taken:
        held[row.kind] += part
        if not _shift(session, row.id, held=part, committed=0):
            rows = _locked_rows(session, member, group, kinds, reference)
            raise _not_enough(kind, sum(each.free for each in rows))
    _record(session, reference, ((row.id, part, 0, (row.number or 0) + 1) for row, part in taken))
    return held


def commit(session: Session, *, reference: str, quantity: int) -> None:
    """Turn a quantity of what a reference holds into committed, and let the rest of the hold go.

    Raises NotHeld where less is held.
    """
    parts = _locked_parts(session, reference)
    held = sum(part.held for part in parts)
    if quantity > held:
        raise NotHeld(held=held)
    moves, left = [], quantity
    for part in parts:
        taken = min(part.held, left)
        left -= taken
        if part.held:
            moves.append((part.capability, -part.held, taken, part.number + 1))
    _move(session, reference, moves)


def release(session: Session, *, reference: str) -> None:
    """Free everything that is held or committed for a reference; nothing happens where nothing is."""
    parts = _locked_parts(session, reference)
    _move(
        session,
        reference,
        [
            (part.capability, -part.held, -part.committed, part.number + 1)
            for part in parts
            if part.held or part.committed
        ],
    )


def promised_kinds(session: Session, references: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return, by reference, the kinds of which something is held or committed for it, with how much of each."""
    rows = session.execute(
        select(StockMovement.reference, Capability.kind, func.sum(StockMovement.held + StockMovement.committed))
        .join(Capability, Capability.id == StockMovement.capability_id)
        .where(StockMovement.reference.in_(references))
        .group_by(StockMovement.reference, Capability.kind)
        .order_by(StockMovement.reference, Capability.kind)
    )
    found: dict[str, dict[str, int]] = {}
    for reference, kind, units in rows:
        if units:
            found.setdefault(reference, {})[kind] = int(units)
    return found


@cache
def _carried() -> Select[*tuple[Any, ...]]:
    of_members = Capability.member_id.in_(bindparam("members", expanding=True))
    return (
        select(Capability.member_id, func.sum(Capability.committed)).where(of_members).group_by(Capability.member_id)
    )


@cache
def _loads(*, of_people: bool) -> Select[*tuple[Any, ...]]:
    people = [each.key for each in KINDS.values() if each.category is Category.PEOPLE]
    committed, other = func.sum(Capability.committed), aliased(Capability)
    return (
        select(Capability.member_id, committed, func.sum(Capability.quantity))
        .where(
            # Few have promised anything: what the others declare need not be summed. The index of those few serves
            # only a number that stands in the statement itself.
            Capability.member_id.in_(select(other.member_id).where(other.committed > literal_column("0"))),
            Capability.kind.in_(people) if of_people else Capability.kind.not_in(people),
            or_(Capability.withdrawn_at.is_(None), Capability.committed > 0),
        )
        .group_by(Capability.member_id)
        .having(committed > 0)
    )


@cache
def _stock_rows() -> Select[*tuple[Any, ...]]:
    """Built once: every ranking asks this, and putting it together costs more than running it."""
    group: Any = bindparam("group")
    return (
        select(
            Capability.member_id,
            Capability.kind,
            Capability.quantity,
            (Capability.quantity - Capability.held - Capability.committed).label("available"),
            Capability.committed,
            Capability.lead_time_hours,
            Capability.max_days,
            Capability.spec,
            Capability.conditions,
        )
        .where(
            Capability.member_id.in_(select(GroupMember.member_id).where(GroupMember.group_id == group)),
            Capability.kind.in_(bindparam("kinds", expanding=True)),
            Capability.withdrawn_at.is_(None),
            offered_to(group),
        )
        .order_by(Capability.member_id, Capability.kind, Capability.id)
    )


def _stock(rows: Sequence[Row[Any]]) -> Stock:
    if len(rows) == 1:  # nearly always: most members declare a kind once
        member, kind, quantity, available, committed, lead_time_hours, max_days, spec, conditions = tuple(rows[0])
        specs = (spec,) if spec else ()
        return Stock(
            member, kind, quantity, available, committed, lead_time_hours, max_days, specs, conditions or None
        )
    telling = [row for row in rows if row.available > 0] or rows
    days = [row.max_days for row in telling]
    return Stock(
        member=rows[0].member_id,
        kind=rows[0].kind,
        quantity=sum(row.quantity for row in rows),
        available=sum(row.available for row in rows),
        committed=sum(row.committed for row in rows),
        lead_time_hours=min(row.lead_time_hours for row in telling),
        max_days=None if None in days else max(days),
        specs=_distinct(row.spec for row in telling),
        conditions=" / ".join(_distinct(row.conditions for row in telling)) or None,
    )


def _distinct(texts: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def _not_enough(kind: str, available: int) -> NotEnough:
    known = find(kind)
    return NotEnough(kind=kind, kind_ja=known.name_ja if known else kind, available=available)


def _locked_rows(session: Session, member: str, group: str, kinds: Sequence[str], reference: str) -> list[Row[Any]]:
    """Lock a member's rows of some kinds in the order of their ids; return what each has left, kind by kind.

    `number` is that of the row's last movement for a reference; who moves it holds the lock of what it is for.
    """
    which = {"member": member, "group": group, "kinds": list(kinds), "reference": reference}
    return sorted(session.execute(_rows_to_hold(), which), key=lambda row: kinds.index(row.kind))


@cache
def _free_rows() -> Select[*tuple[Any, ...]]:
    """Built once, as the next: every yes asks one of them."""
    free = Capability.quantity - Capability.held - Capability.committed
    return select(Capability.id, free.label("free"), Capability.kind).where(
        Capability.member_id == bindparam("member"),
        Capability.kind.in_(bindparam("kinds", expanding=True)),
        Capability.withdrawn_at.is_(None),
        offered_to(bindparam("group")),
    )


@cache
def _rows_to_hold() -> Select[*tuple[Any, ...]]:
    moved = StockMovement.reference == bindparam("reference"), StockMovement.capability_id == Capability.id
    number = select(func.max(StockMovement.number)).where(*moved).correlate(Capability).scalar_subquery()
    rows = _free_rows().add_columns(number.label("number")).order_by(Capability.id)
    return rows.with_for_update(of=Capability)


def _locked_parts(session: Session, reference: str) -> list[_Part]:
    """Lock the rows that a reference took from, then sum: a sum read before the lock may be old."""
    took = select(StockMovement.capability_id).where(StockMovement.reference == reference)
    locked = select(Capability.id).where(Capability.id.in_(took)).order_by(Capability.id).with_for_update()
    session.execute(locked).all()
    return _parts(session, reference)


def _parts(session: Session, reference: str) -> list[_Part]:
    rows = session.execute(
        select(
            StockMovement.capability_id,
            func.sum(StockMovement.held),
            func.sum(StockMovement.committed),
            func.max(StockMovement.number),
        )
        .where(StockMovement.reference == reference)
        .group_by(StockMovement.capability_id)
        .order_by(StockMovement.capability_id)
    )
    return [_Part(capability, int(held), int(committed), number) for capability, held, committed, number in rows]


def _move(session: Session, reference: str, moves: Sequence[tuple[str, int, int, int]]) -> None:
    """Take back or turn over what was promised; this never asks for more than the row has."""
    for capability, held, committed, _ in moves:
        moved = _shift(session, capability, held=held, committed=committed)
        assert moved, f"the ledger of {capability} does not add up"
    _record(session, reference, moves)


def _shift(session: Session, capability: str, *, held: int, committed: int) -> bool:
    """Change a row's promises unless they would pass its quantity; tell whether it was done."""
    change = {"the_capability": capability, "more_held": held, "more_committed": committed}
    return cast("CursorResult[Any]", session.execute(_shifting(), change)).rowcount == 1


@cache
def _shifting() -> Update:
    rows = table_of(Capability)
    held = rows.c.held + bindparam("more_held", type_=Integer)
    committed = rows.c.committed + bindparam("more_committed", type_=Integer)
    return (
        update(rows)
        .where(rows.c.id == bindparam("the_capability"), held + committed <= rows.c.quantity)
        .values(held=held, committed=committed)
    )


def _record(session: Session, reference: str, moves: Iterable[tuple[str, int, int, int]]) -> None:
    at = clock.now(session)
    rows = [
        {
            "id": new_id(),
            "capability_id": capability,
            "reference": reference,
            "number": number,
            "held": held,
            "committed": committed,
            "at": at,
        }
        for capability, held, committed, number in moves
    ]
    insert_rows(session, StockMovement, *rows)
