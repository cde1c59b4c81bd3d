"""What members have in common with one of them, for matching inside the service: whose, never which.

The service reads on behalf of whoever asks, for row-level security shows a person none of the others' rows. Compared
is only what the member itself has in its inventory: who could name any package would find out what everybody runs.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Select, and_, bindparam, select, tuple_
from sqlalchemy.orm import Session, aliased

from foundation.database import as_service
from inventory.records.facets import folded
from inventory.records.kinds import Facet, RecordKind
from inventory.records.models import InventoryFacet, InventoryRecord, InventoryRevision
from inventory.records.values import Business


@dataclass(frozen=True, slots=True)
class Likeness:
    """共通点: which members run the same package, one of the same vendor, and any package that is known."""

    same_package: frozenset[str]
    same_vendor: frozenset[str]
    known: frozenset[str]


def sharing(session: Session, members: Collection[str], among: Collection[Facet]) -> set[str]:
    """Return which members have a vendor, package or data centre (some of these) in common with any of some.

    Those themselves are in the answer, too, where they have any.
    """
    with as_service(session):
        return set(session.scalars(_sharing(), _asked(members, among)))


def sharing_with(session: Session, members: Collection[str], among: Collection[Facet]) -> dict[str, frozenset[str]]:
    """Return what `sharing` says of each of some members by itself, in one query however many they are."""
    with as_service(session):
        rows = session.execute(_shared_values(), _asked(members, among)).all()
    found: dict[str, set[str]] = {member: set() for member in members}
    for _, same in groupby(rows, key=itemgetter(0, 1)):
        having = {member for _, _, member in same}
        for member in having & found.keys():
            found[member] |= having
    return {member: frozenset(others) for member, others in found.items()}


def _asked(members: Collection[str], among: Collection[Facet]) -> dict[str, Any]:
    return {"members": list(members), "among": [each.value for each in among]}


@cache
def _sharing() -> Select[str]:
    """Built once, like all below: every ranking asks this, and building it costs more than running it."""
    mine, other = aliased(InventoryFacet), aliased(InventoryFacet)
    return (
        select(other.member_id)
        .distinct()
        .join(mine, and_(mine.facet == other.facet, mine.value == other.value))
        .join(InventoryRecord, InventoryRecord.id == mine.record_id)
        .where(
            InventoryRecord.member_id.in_(bindparam("members", expanding=True)),
            mine.facet.in_(bindparam("among", expanding=True)),
        )
    )


@cache
def _shared_values() -> Select[*tuple[Any, ...]]:
    mine, other = aliased(InventoryFacet), aliased(InventoryFacet)
    theirs = (
        select(mine.facet, mine.value)
        .join(InventoryRecord, InventoryRecord.id == mine.record_id)
        .where(
            InventoryRecord.member_id.in_(bindparam("members", expanding=True)),
            mine.facet.in_(bindparam("among", expanding=True)),
        )
    )
    return (
        select(other.facet, other.value, other.member_id)
        .distinct()
        .where(tuple_(other.facet, other.value).in_(theirs))
        .order_by(other.facet, other.value)
    )


@dataclass(frozen=True, slots=True)
class Named:
    """業務システムの指定: a member's own system by its name or business, or by its package, which goes before."""

    member: str
    system: str | None
    package: str | None


def like_systems(session: Session, named: Collection[Named]) -> dict[Named, Likeness | None]:
    """Return who is like each of some members in a system of its own, in three queries however many they are.

    None where the member's inventory holds no such system: nothing can be compared.
    """
    with as_service(session):
        own = _own_systems(session, {each.member for each in named})
        wanted = {each: _compared(own[each.member], each) for each in named}
        if not any(values for of_one in wanted.values() for values in of_one.values()):
            return dict.fromkeys(named)
        having = _members_by_value(session, wanted.values())
        known = frozenset(session.scalars(_members_known(), {"facet": Facet.PACKAGE.value}))
    return {each: _likeness(of_one, having, known) for each, of_one in wanted.items()}


def _compared(own: Collection["_System"], named: Named) -> dict[Facet, set[str]]:
    """Return the packages and vendors of the member's systems that are meant."""
    meant = [each for each in own if _is_named(each, named.system, named.package)]
    return {
        Facet.PACKAGE: {folded(each.package) for each in meant if each.package},
        Facet.VENDOR: {folded(each.vendor) for each in meant if each.vendor},
    }


def _likeness(
    wanted: Mapping[Facet, Collection[str]], having: Mapping[tuple[str, str], set[str]], known: frozenset[str]
) -> Likeness | None:
    if not any(wanted.values()):
        return None
    package, vendor = (
        frozenset[str]().union(*(having[facet.value, value] for value in wanted[facet]))
        for facet in (Facet.PACKAGE, Facet.VENDOR)
    )
    return Likeness(package, vendor, known)


@dataclass(frozen=True, slots=True)
class _System:
    name: str
    business: str | None
    package: str | None
    vendor: str | None


def _own_systems(session: Session, members: Collection[str]) -> defaultdict[str, list[_System]]:
    found = defaultdict[str, list[_System]](list)
    for row in session.execute(_systems(), {"members": list(members)}):
        fields = row.fields
        found[row.member_id].append(
            _System(row.name, fields.get("business"), fields.get("package"), fields.get("vendor"))
        )
    return found


@cache
def _systems() -> Select[*tuple[Any, ...]]:
    is_newest = and_(
        InventoryRevision.record_id == InventoryRecord.id, InventoryRevision.number == InventoryRecord.version
    )
    return (
        select(InventoryRecord.member_id, InventoryRecord.name, InventoryRevision.fields)
        .join(InventoryRevision, is_newest)
        .where(
            InventoryRecord.member_id.in_(bindparam("members", expanding=True)),
            InventoryRecord.kind == RecordKind.SYSTEM.value,
            InventoryRecord.is_retired.is_(False),
        )
    )


def _is_named(own: _System, system: str | None, package: str | None) -> bool:
    if package:
        return own.package is not None and folded(own.package) == folded(package)
    if not system:
        return False
    words = {folded(own.name)}
    if own.business in set(Business):
        words |= {folded(own.business), folded(Business(own.business).label)}
    return folded(system) in words


def _members_by_value(
    session: Session, wanted: Collection[Mapping[Facet, Collection[str]]]
) -> defaultdict[tuple[str, str], set[str]]:
    """Return by facet and value who has it."""
    pairs = {(facet.value, value) for each in wanted for facet, values in each.items() for value in values}
    found = defaultdict[tuple[str, str], set[str]](set)
    for facet, value, member in session.execute(_members_having(), {"pairs": sorted(pairs)}):
        found[facet, value].add(member)
    return found


@cache
def _members_having() -> Select[*tuple[Any, ...]]:
    pair = tuple_(InventoryFacet.facet, InventoryFacet.value)
    return (
        select(InventoryFacet.facet, InventoryFacet.value, InventoryFacet.member_id)
        .distinct()
        .where(pair.in_(bindparam("pairs", expanding=True)))
    )


@cache
def _members_known() -> Select[str]:
    """The members of which any value is known."""
    return select(InventoryFacet.member_id).distinct().where(InventoryFacet.facet == bindparam("facet"))
