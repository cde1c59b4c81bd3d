"""Founding a group, leading it through its life, and keeping its text."""

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from agreements import lifecycle, permissions
from agreements.actions import member_at
from agreements.errors import BadStep, GroupEnded, MemberLeft, MemberNotFound, NoTerms, NotReadyForForce
from agreements.groups.schemas import (
    CoordinatorDraft,
    GroupChange,
    GroupDraft,
    GroupView,
    StepDraft,
    VersionDraft,
    VersionView,
)
from agreements.lifecycle import GroupStatus, Lack
from agreements.models import (
    AgreementVersion,
    Contact,
    ContactFunction,
    Group,
    GroupMember,
    Member,
    MemberKind,
    MembershipStatus,
)
from agreements.places import municipality_named
from agreements.queries import group_of, member_named, part_of, terms_in_force
from agreements.visibility import consents
from foundation import audit, clock
from foundation.actor import Actor
from foundation.calls import check_version
from foundation.ids import new_id
from foundation.problems import Forbidden

LACKS = {
    Lack.TERMS: ("協定書と協定条件", "an agreement text with terms"),
    Lack.SIGNATURES: ("2団体以上の締結", "two members' signatures"),
}


def create(session: Session, actor: Actor, draft: GroupDraft) -> GroupView:
    """Found a group: the founder's member coordinates it, and the founder is its first contact."""
    leading = _first_coordinator(session, actor, draft.coordinator)
    group = Group(
        id=new_id(),
        name=draft.name,
        purpose=draft.purpose,
        status=GroupStatus.PREPARING.value,
        coordinator=leading,
        created_by=actor.person,
        created_at=clock.now(session),
    )
    session.add(group)
    session.flush()
    if leading is not None:
        session.add(
            GroupMember(id=new_id(), group_id=group.id, member_id=leading.id, status=MembershipStatus.INVITED.value)
        )
    session.flush()
    _designate_founder(session, actor, group)
    audit.record(session, actor, "agreements.group_founded", f"group:{group.id}")
    session.flush()
    return GroupView.of(group)


def _first_coordinator(session: Session, actor: Actor, named: str | None) -> Member | None:
    if actor.member is not None:
        own = session.get_one(Member, actor.member)
        if named not in {None, own.id, own.municipality}:
            raise Forbidden
        return own
    return _member_or_place(session, named) if named else None


def _member_or_place(session: Session, ref: str) -> Member:
    try:
        return member_named(session, ref)
    except MemberNotFound:
        if not ref.isdecimal():
            raise
    return member_at(session, municipality_named(ref, "/coordinator"))


def _designate_founder(session: Session, actor: Actor, group: Group) -> None:
    if actor.person is None:
        return
    roles = {role for membership in actor.memberships for role in membership.roles}
    functions = [each for each in ContactFunction if each.value in roles] or [ContactFunction.ICT]
    session.add_all(
        Contact(
            id=new_id(),
            group_id=group.id,
            member_id=group.coordinator_id,
            person_id=actor.person,
            function=function.value,
            order=1,
        )
        for function in functions
    )


def change(
    session: Session, actor: Actor, group_id: str, wanted: GroupChange, if_match: int | None = None
) -> GroupView:
    """Change a group's name or purpose."""
    group = _kept_by(session, actor, group_id)
    check_version(group.version, if_match)
    if wanted.name is not None:
        group.name = wanted.name
    if wanted.purpose is not None:
        group.purpose = wanted.purpose
    group.version += 1
    audit.record(session, actor, "agreements.group_changed", f"group:{group.id}")
    session.flush()
    return GroupView.of(group)


def step(session: Session, actor: Actor, group_id: str, wanted: StepDraft) -> GroupView:
    """Lead a group to the next stage of its life. Raises BadStep, NotReadyForForce."""
    group = group_of(session, actor, group_id, for_update=True)
    actor.require(permissions.COORDINATE, group=group.id)
    _check_step(GroupStatus(group.status), wanted.status)
    _check_ready(session, group, wanted.status)
    group.status = wanted.status.value
    group.version += 1
    audit.record(session, actor, "agreements.group_stepped", f"group:{group.id}", status=wanted.status.value)
    session.flush()
    return GroupView.of(group)


def _check_step(status: GroupStatus, wanted: GroupStatus) -> None:
    try:
        lifecycle.after(status, wanted)
    except lifecycle.StepError:
        following = lifecycle.steps(status)
        raise BadStep(
            status=status.ja,
            wanted=wanted.ja,
            steps="、".join(each.ja for each in following) or "なし",
            status_en=status.value,
            wanted_en=wanted.value,
            steps_en=", ".join(following) or "none",
        ) from None


def _check_ready(session: Session, group: Group, wanted: GroupStatus) -> None:
    signed = session.scalar(
        select(func.count())
        .select_from(GroupMember)
        .join(Member, Member.id == GroupMember.member_id)
        .where(
            GroupMember.group_id == group.id,
            consents(GroupMember),
            Member.kind.in_([MemberKind.MEMBER, MemberKind.PREFECTURE]),
        )
    )
    lacking = lifecycle.lacks(wanted, has_terms=_has_terms(session, group.id), signed=signed or 0)
    if lacking:
        raise NotReadyForForce(
            lacks="、".join(LACKS[each][0] for each in lacking),
            lacks_en=", ".join(LACKS[each][1] for each in lacking),
        )


def _has_terms(session: Session, group: str) -> bool:
    try:
        terms_in_force(session, group)
    except NoTerms:
        return False
    return True


def hand_over(session: Session, actor: Actor, group_id: str, wanted: CoordinatorDraft) -> GroupView:
    """Make another member the coordinator. A deputy may only take over itself: that needs nobody's leave."""
    group = group_of(session, actor, group_id, for_update=True)
    actor.require(permissions.HAND_OVER, group=group.id)
    if group.status == GroupStatus.ENDED:
        raise GroupEnded
    part = _standing_part(session, group, wanted.coordinator)
    if not actor.may(permissions.COORDINATE, group=group.id) and not (
        actor.acts_for(part.member_id) and wanted.deputies is None
    ):
        raise Forbidden
    concerned = part.member_id, group.coordinator_id
    group.coordinator = part.member
    group.version += 1
    if wanted.deputies is not None:
        _appoint_deputies(session, group, wanted.deputies)
    audit.record(
        session,
        actor,
        "agreements.coordinator_changed",
        f"group:{group.id}",
        chain=concerned,
        coordinator=part.member_id,
    )
    session.flush()
    return GroupView.of(group)


def _appoint_deputies(session: Session, group: Group, deputies: list[str]) -> None:
    parts = [_standing_part(session, group, ref) for ref in deputies]
    session.execute(update(GroupMember).where(GroupMember.group_id == group.id).values(deputy_order=None))
    for order, part in enumerate(dict.fromkeys(parts), start=1):
        part.deputy_order = order


def _standing_part(session: Session, group: Group, ref: str) -> GroupMember:
    part = part_of(session, group.id, member_named(session, ref).id)
    if part is None:
        raise MemberNotFound
    if part.status == MembershipStatus.LEFT:
        raise MemberLeft
    return part


def add_version(session: Session, actor: Actor, group_id: str, draft: VersionDraft) -> VersionView:
    """Keep a new version of the text with its terms; earlier ones stay as they are."""
    group = _kept_by(session, actor, group_id)
    newest = session.scalar(select(func.max(AgreementVersion.number)).where(AgreementVersion.group_id == group.id))
    version = AgreementVersion(
        id=new_id(),
        group_id=group.id,
        number=(newest or 0) + 1,
        text=draft.text,
        terms=draft.terms.terms().to_json(),
        adopted_on=draft.adopted_on or clock.today(session),
        created_at=clock.now(session),
    )
    session.add(version)
    audit.record(
        session, actor, "agreements.version_added", f"group:{group.id}", version=version.id, number=version.number
    )
    session.flush()
    return VersionView.of(version)


def _kept_by(session: Session, actor: Actor, group_id: str) -> Group:
    """Lock a group that the actor coordinates and that has not ended."""
    group = group_of(session, actor, group_id, for_update=True)
    actor.require(permissions.COORDINATE, group=group.id)
    if group.status == GroupStatus.ENDED:
        raise GroupEnded
    return group
