"""What the rooms below keep of a member at this moment: people, deliveries, guest IDs, inventory, policy."""

from collections import Counter
from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from agreements.models import Contact, Person, PersonRole
from agreements.nda_models import Nda
from foundation import clock
from inventory.guests.lifecycle import OUT, SPENT, GuestState, id_standing, use_standing
from inventory.guests.models import GuestId, GuestPool, GuestUse
from inventory.guests.queries import IS_PRESENT
from inventory.records.kinds import RecordKind
from inventory.records.models import InventoryRecord, InventoryRevision
from notifications.models import Delivery, InboundMessage
from readiness.security.lifecycle import PolicyStage
from readiness.security.models import PolicyReading, SecurityPolicy
from readiness.security.questions import Numbers
from readiness.security.recorded import Period

YEAR = timedelta(days=365)


def people(session: Session, member: str) -> list[Person]:
    """Return the member's active people."""
    return list(session.scalars(select(Person).where(Person.member_id == member, Person.is_active)))


def with_rights(session: Session, member: str) -> int:
    """Count the disabled people of a member of whom a role, a designation or an NDA is left."""
    has_role = select(PersonRole.person_id)
    is_designated = select(Contact.person_id).where(Contact.person_id.is_not(None))
    is_bound = select(Nda.person_id).where(Nda.revoked_at.is_(None), Nda.ends_on >= clock.today(session))
    is_left = or_(Person.id.in_(has_role), Person.id.in_(is_designated), Person.id.in_(is_bound))
    counted = select(func.count()).select_from(Person)
    return session.scalar(counted.where(Person.member_id == member, Person.is_active.is_(False), is_left)) or 0


def deliveries(session: Session, member: str, period: Period) -> Numbers:
    """Count what was sent to the member's people, what never arrived, and what waits for somebody to read it."""
    rows = session.execute(
        select(Delivery.state, func.count())
        .where(Delivery.member == member, Delivery.raised_at >= period.since_at, Delivery.raised_at < period.until_at)
        .group_by(Delivery.state)
    )
    states = Counter({state: many for state, many in rows})  # noqa: C416 — rows are no pairs to a type checker
    waits = (InboundMessage.member == member) & (InboundMessage.result == "needs_person")
    return {
        "deliveries": states.total(),
        "failed": states["failed"],
        "expired": states["expired"],
        "waiting": session.scalar(select(func.count()).select_from(InboundMessage).where(waits)) or 0,
    }


def guests(session: Session, member: str) -> Numbers:
    """Count the member's guest IDs as they stand; one that merely ran out was revoked by nobody.

    What is retired is out of use for good: nobody renews its secrets.
    """
    rows = session.execute(
        select(GuestUse.state, GuestUse.until_at)
        .select_from(GuestId)
        .join(GuestPool, GuestPool.id == GuestId.pool_id)
        .outerjoin(GuestUse, IS_PRESENT)
        .where(GuestPool.member_id == member, GuestPool.retired_at.is_(None))
    ).all()
    now = clock.now(session)
    standing = Counter(
        id_standing(use_standing(GuestState(state), until_at, now) if state else None) for state, until_at in rows
    )
    return {
        "prepared": len(rows),
        "in_use": sum(standing[each] for each in OUT),
        "not_revoked": standing[GuestState.EXPIRED],
        "awaiting_rotation": sum(standing[each] for each in SPENT),
    }


def restores(session: Session, member: str) -> Numbers:
    """Count the systems in the inventory by when a restore was last tried."""
    days = session.scalars(
        select(InventoryRevision.fields["restore_tested_on"].as_string())
        .join(InventoryRecord, InventoryRecord.id == InventoryRevision.record_id)
        .where(
            InventoryRecord.member_id == member,
            InventoryRecord.kind == RecordKind.SYSTEM.value,
            InventoryRecord.is_retired.is_(False),
            InventoryRevision.number == InventoryRecord.version,
        )
    ).all()
    tested = [date.fromisoformat(each) for each in days if each]
    recently = sum(each >= clock.today(session) - YEAR for each in tested)
    return {
        "systems": len(days),
        "within_year": recently,
        "earlier": len(tested) - recently,
        "never": len(days) - len(tested),
    }


def inventory(session: Session, member: str) -> Numbers:
    """Count the live records, and those that nobody has looked at for a year."""
    live = (InventoryRecord.member_id == member) & InventoryRecord.is_retired.is_(False)
    is_old = InventoryRecord.checked_at < clock.now(session) - YEAR
    counted = select(func.count()).select_from(InventoryRecord).where(live)
    return {"records": session.scalar(counted) or 0, "old": session.scalar(counted.where(is_old)) or 0}


def policy(session: Session, member: str, active: Collection[str]) -> Numbers:
    """Count who has read the version of the policy that is in force."""
    newest = select(SecurityPolicy).where(SecurityPolicy.member_id == member)
    found = session.scalar(newest.order_by(SecurityPolicy.number.desc()).limit(1))
    is_adopted = found is not None and found.stage == PolicyStage.ADOPTED
    have_read = select(func.count()).select_from(PolicyReading)
    edition = found.edition_on if found is not None else None
    read = session.scalar(have_read.where(PolicyReading.edition_on == edition, PolicyReading.person_id.in_(active)))
    return {"adopted": int(is_adopted), "people": len(active), "readers": (read or 0) if is_adopted else 0}
