"""Who hears of an emergency access: the owner always, others where a second person is sought or was not found."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements import queries as agreements
from agreements.models import Group, GroupMember, Member, Person
from agreements.visibility import WITHOUT_VOTE, consents
from aid.emergency_access.models import EmergencyAccess
from aid.models import Incident
from foundation.clock import JAPAN
from notifications.actions import raise_alert
from notifications.alerts import LOW, Addressee, by_mail

ASKED, CONFIRM, OPENED, ENDED = "access.asked", "access.confirm", "access.opened", "access.ended"
REVIEW, OVERDUE = "access.review", "access.overdue"
URGENT, NEXT = 1, 2
"""Priorities: the owner hears of it before anybody else."""


def tell_asked(session: Session, access: EmergencyAccess) -> None:
    """Warn the owner at once by mail and SMS, and ask the others for a second person."""
    _send(session, access, ASKED, _contacts(session, access, [access.owner_id]), URGENT)
    _send(session, access, CONFIRM, _contacts(session, access, _others(session, access)), NEXT)


def tell_opened(session: Session, access: EmergencyAccess, *, is_confirmed: bool) -> None:
    """Tell the owner and the reader; where no second person was found, all members of the group."""
    reader = agreements.person_addressees(session, [access.person_id])
    to = [*_contacts(session, access, [access.owner_id]), *reader]
    if not is_confirmed:
        told = {each.address for each in to}
        others = _contacts(session, access, [*_others(session, access), access.member_id])
        to += [each for each in by_mail(others) if each.address not in told]
    _send(session, access, OPENED, to, URGENT)


def tell_ended(session: Session, access: EmergencyAccess) -> None:
    """Tell the owner and the reader that nothing can be read any more."""
    reader = agreements.person_addressees(session, [access.person_id])
    _send(session, access, ENDED, by_mail([*_contacts(session, access, [access.owner_id]), *reader]), NEXT)


def remind(session: Session, access: EmergencyAccess) -> None:
    """Remind the owner of the review."""
    _send(session, access, REVIEW, by_mail(_contacts(session, access, [access.owner_id])), LOW)


def escalate(session: Session, access: EmergencyAccess) -> None:
    """Tell the owner and a coordinator that the review is overdue."""
    to = [access.owner_id, *_overseers(session, access)]
    _send(session, access, OVERDUE, by_mail(_contacts(session, access, to)), LOW)


def facts_of(session: Session, access: EmergencyAccess) -> dict[str, Any]:
    """Return what may be said of it: who, whose, why and until when; nothing of any inventory."""
    names = agreements.name_of_members(session, [access.owner_id, access.member_id])
    return {
        "owner": names[access.owner_id][1],
        "member": names[access.member_id][1],
        "person": session.get_one(Person, access.person_id).name,
        "incident": session.get_one(Incident, access.incident_id).name,
        "reason": access.reason,
        "minutes": access.minutes,
        "opening": access.opening,
        "ending": access.ending,
        "is_never_opened": access.opened_at is None,
        **{f"{name}_at": _time(getattr(access, f"{name}_at")) for name in ("opens", "until", "review_due")},
    }


def _time(at: Any) -> str | None:
    return f"{at.astimezone(JAPAN):%m月%d日%H:%M}" if at else None


def _contacts(session: Session, access: EmergencyAccess, members: Iterable[str]) -> list[Addressee]:
    found = agreements.addressees(session, access.group_id, list(members), access.incident_id)
    return [each for of_member in found.values() for each in of_member]


def _others(session: Session, access: EmergencyAccess) -> list[str]:
    """Return the voting members of the group beside the owner and who asks."""
    return list(
        session.scalars(
            select(GroupMember.member_id)
            .join(Member, Member.id == GroupMember.member_id)
            .where(
                GroupMember.group_id == access.group_id,
                GroupMember.member_id.not_in([access.owner_id, access.member_id]),
                Member.kind.not_in(WITHOUT_VOTE),
                consents(GroupMember),
            )
            .order_by(GroupMember.member_id)
        )
    )


def _overseers(session: Session, access: EmergencyAccess) -> list[str]:
    """Return the coordinator, or the deputies where it is the coordinator that has read."""
    coordinator = session.scalar(select(Group.coordinator_id).where(Group.id == access.group_id))
    if coordinator not in {None, access.member_id}:
        return [str(coordinator)]
    deputies = select(GroupMember.member_id).where(
        GroupMember.group_id == access.group_id,
        GroupMember.deputy_order.is_not(None),
        GroupMember.member_id != access.member_id,
        consents(GroupMember),
    )
    return list(session.scalars(deputies.order_by(GroupMember.deputy_order)))


def _send(session: Session, access: EmergencyAccess, kind: str, to: list[Addressee], priority: int) -> None:
    if to:
        raise_alert(
            session, kind=kind, topic=access.id, facts=facts_of(session, access), addressees=to, priority=priority
        )
