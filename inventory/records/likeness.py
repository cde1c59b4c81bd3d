"""What members have in common with one of them, for matching inside the service: whose, never which.

The service reads on behalf of whoever asks, for row-level security shows a person none of the others' rows. Compared
is only what the member itself has in its inventory: who could name any package would find out what everybody runs.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import and_, select
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
    mine, other = aliased(InventoryFacet), aliased(InventoryFacet)
    statement = (
        select(other.member_id)
        .distinct()
        .join(mine, and_(mine.facet == other.facet, mine.value == other.value))
        .join(InventoryRecord, InventoryRecord.id == mine.record_id)
        .where(InventoryRecord.member_id.in_(list(members)), mine.facet.in_([each.value for each in among]))
    )
    with as_service(session):
        return set(session.scalars(statement))


def like_system(session: Session, member: str, *, system: str | None, package: str | None) -> Likeness | None:
    """Return who is like a member in a system of its own, named by its package or its business.

    None where the member's inventory holds no such system: nothing can be compared.
    """
    with as_service(session):
        own = [each for each in _own_systems(session, member) if _is_named(each, system, package)]
        packages = {folded(each.package) for each in own if each.package}
        vendors = {folded(each.vendor) for each in own if each.vendor}
        if not packages and not vendors:
            return None
        return Likeness(
            _members_with(session, Facet.PACKAGE, packages),
            _members_with(session, Facet.VENDOR, vendors),
            _members_with(session, Facet.PACKAGE, None),
        )


@dataclass(frozen=True, slots=True)
class _System:
    name: str
    business: str | None
    package: str | None
    vendor: str | None


def _own_systems(session: Session, member: str) -> list[_System]:
    is_newest = and_(
        InventoryRevision.record_id == InventoryRecord.id, InventoryRevision.number == InventoryRecord.version
    )
    rows = session.execute(
        select(InventoryRecord.name, InventoryRevision.fields)
        .join(InventoryRevision, is_newest)
        .where(
            InventoryRecord.member_id == member,
            InventoryRecord.kind == RecordKind.SYSTEM.value,
            InventoryRecord.is_retired.is_(False),
        )
    )
    return [
        _System(row.name, row.fields.get("business"), row.fields.get("package"), row.fields.get("vendor"))
        for row in rows
    ]


def _is_named(own: _System, system: str | None, package: str | None) -> bool:
    if package:
        return own.package is not None and folded(own.package) == folded(package)
    if not system:
        return False
    words = {folded(own.name)}
    if own.business in set(Business):
        words |= {folded(own.business), folded(Business(own.business).label)}
    return folded(system) in words


def _members_with(session: Session, facet: Facet, values: Collection[str] | None) -> frozenset[str]:
    """Return which members have one of these values, or (None) any at all."""
    statement = select(InventoryFacet.member_id).distinct().where(InventoryFacet.facet == facet.value)
    if values is not None:
        statement = statement.where(InventoryFacet.value.in_(list(values)))
    return frozenset(session.scalars(statement))
