"""Who of a group can't be asked for help, and why not: plain facts that matching is told."""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Date, Select, bindparam, exists, or_, select
from sqlalchemy.orm import Session, aliased

from agreements.models import Channel, GroupMember, Member, MembershipStatus
from agreements.nda_models import Nda
from agreements.queries import BOUND_MEMBER, BoundMember, bound_from
from agreements.reach import SENT
from agreements.visibility import consents, holds_on
from foundation import clock


def members_in(session: Session, group: str) -> tuple[list[BoundMember], list[BoundMember]]:
    """Return a group's bound members, and those that were invited and have not left: they are asked for nothing."""
    session.flush()
    # Rows without the ORM around them: a nation's members are read for every request that asks at once.
    bound: list[BoundMember] = []
    unbound: list[BoundMember] = []
    for row in session.connection().execute(_members_in(), {"group": group}):
        (bound if row.is_bound else unbound).append(bound_from(row[1:]))
    return bound, unbound


@cache
def _members_in() -> Select[*tuple[Any, ...]]:
    """Built once, as the two below: every ranking asks these, and building them costs more than running them."""
    return (
        select(consents(GroupMember).label("is_bound"), *BOUND_MEMBER)
        .join(GroupMember, GroupMember.member_id == Member.id)
        .where(GroupMember.group_id == bindparam("group"), GroupMember.status != MembershipStatus.LEFT)
        .order_by(Member.municipality, Member.id)
    )


def silent_members(session: Session, group: str, since: datetime) -> set[str]:
    """Return the members of a group whose every mail and SMS address was known to be dead by an instant already.

    Who has no address at all is not among them: nobody has tried, and somebody may telephone.
    """
    return set(session.scalars(_silent_members(), {"group": group, "since": since}))


@cache
def _silent_members() -> Select[str]:
    dead, other = aliased(Channel), aliased(Channel)
    since = bindparam("since", type_=Channel.dead_at.type)
    works = or_(other.dead_at.is_(None), other.dead_at > since)
    return (
        select(dead.member_id)
        .join(GroupMember, GroupMember.member_id == dead.member_id)
        .where(
            GroupMember.group_id == bindparam("group"),
            dead.dead_at <= since,
            ~exists().where(other.member_id == dead.member_id, other.kind.in_(SENT), works),
        )
    )


def members_under_nda(session: Session, group: str) -> set[str]:
    """Return the members of which at least one person is bound by an NDA for a group today."""
    return set(session.scalars(_members_under_nda(), {"group": group, "today": clock.today(session)}))


@cache
def _members_under_nda() -> Select[str]:
    today = bindparam("today", type_=Date())
    return select(Nda.member_id).where(Nda.group_id == bindparam("group"), holds_on(today))
