"""Members of a group: invited, signed, gone."""

from sqlalchemy.orm import Session

from agreements import authority, permissions
from agreements.actions import locked, member_at
from agreements.errors import AlreadyMember, CoordinatorStays, GroupEnded, KindDiffers, MemberLeft
from agreements.events import MembershipEnded
from agreements.lifecycle import GroupStatus
from agreements.members.queries import part_named, view_of
from agreements.members.schemas import DepartureDraft, MemberDraft, MemberView, SignatureDraft
from agreements.models import Group, GroupMember, Member, MemberKind, MembershipStatus
from agreements.places import municipality_named, prefecture_named
from agreements.queries import group_open_to, member_of, part_of
from foundation import audit, clock
from foundation.actor import Actor
from foundation.events import emit
from foundation.ids import new_id
from foundation.problems import FieldError, Invalid


def add(session: Session, actor: Actor, group_id: str, draft: MemberDraft) -> MemberView:
    """Invite a body into a group; what is known of it from other groups is the same row. Raises AlreadyMember."""
    group = _open_group(session, actor, group_id)
    actor.require(permissions.COORDINATE, group=group.id)
    member = _member_meant(session, actor, draft)
    part = _invite(session, group, member)
    _record(session, actor, "agreements.member_added", group, member.id)
    session.flush()
    return view_of(session, group, part)


def sign(session: Session, actor: Actor, group_id: str, ref: str, draft: SignatureDraft) -> MemberView:
    """Keep that a member's head has signed; from then on it is bound. A repeat corrects what was kept."""
    group = _open_group(session, actor, group_id)
    part = part_named(session, actor, group, ref)
    locked(session, part.member_id)
    authority.require_signing(session, actor, group.id, part.member_id)
    if part.status == MembershipStatus.LEFT:
        raise MemberLeft
    is_own = actor.is_operator or actor.acts_for(part.member_id)
    if is_own or part.status != MembershipStatus.SIGNED:
        # What somebody notes on paper later does not take back what the member said itself.
        part.signed_by = actor.member
    part.status = MembershipStatus.SIGNED.value
    part.signatory_name = draft.signatory_name
    part.signatory_title = draft.signatory_title
    part.signed_on = draft.signed_on
    part.joined_on = draft.joined_on or draft.signed_on
    _record(session, actor, "agreements.member_signed", group, part.member_id)
    session.flush()
    return view_of(session, group, part)


def leave(session: Session, actor: Actor, group_id: str, ref: str, draft: DepartureDraft) -> MemberView:
    """Keep that a member leaves; its past stays. Raises CoordinatorStays."""
    group = _open_group(session, actor, group_id)
    part = part_named(session, actor, group, ref)
    authority.require_releasing(session, actor, group.id, part.member_id)
    if part.status == MembershipStatus.LEFT:
        raise MemberLeft
    if group.coordinator_id == part.member_id:
        raise CoordinatorStays
    part.status = MembershipStatus.LEFT.value
    part.left_on = draft.left_on or clock.today(session)
    part.deputy_order = None
    if (actor.is_operator or actor.acts_for(part.member_id)) and group.coordinator_id == part.member.introduced_by:
        # It took back its word: whoever brought it in has no hold on its people any more, even if it invites again.
        locked(session, part.member_id).introduced_by = None
    _record(session, actor, "agreements.member_left", group, part.member_id)
    session.flush()
    emit(session, MembershipEnded(part.member_id, group.id, actor))
    return view_of(session, group, part)


def _record(session: Session, actor: Actor, act: str, group: Group, member: str) -> None:
    audit.record(session, actor, act, f"group:{group.id}", chain=member, member=member)


def _open_group(session: Session, actor: Actor, group_id: str) -> Group:
    group = group_open_to(session, actor, group_id, for_update=True)
    if group.status == GroupStatus.ENDED:
        raise GroupEnded
    return group


def _invite(session: Session, group: Group, member: Member) -> GroupMember:
    part = part_of(session, group.id, member.id)
    if part is None:
        part = GroupMember(id=new_id(), group_id=group.id, member=member, status=MembershipStatus.INVITED.value)
        session.add(part)
        return part
    if part.status != MembershipStatus.LEFT:
        raise AlreadyMember
    part.status = MembershipStatus.INVITED.value
    part.signatory_name = part.signatory_title = part.signed_by = None
    part.signed_on = part.joined_on = part.left_on = None
    return part


def _member_meant(session: Session, actor: Actor, draft: MemberDraft) -> Member:
    if draft.member is not None:
        return _of_kind(member_of(session, actor, draft.member), draft.kind)
    if draft.kind in {MemberKind.MEMBER, MemberKind.PREFECTURE}:
        return _of_kind(_public_body(session, draft), draft.kind)
    return _named_body(session, draft)


def _public_body(session: Session, draft: MemberDraft) -> Member:
    if draft.municipality is None:
        raise Invalid(
            FieldError("/municipality", "missing", "団体コードを入力してください。", "Give the municipality code.")
        )
    wanted = municipality_named if draft.kind is MemberKind.MEMBER else prefecture_named
    return member_at(session, wanted(draft.municipality))


def _named_body(session: Session, draft: MemberDraft) -> Member:
    """Enter a company or body. Two of the same name may be two: one known already is named by `member`."""
    errors = []
    if draft.municipality is not None:
        errors.append(
            FieldError(
                "/municipality",
                "not-wanted",
                "協力事業者などは団体コードではなく名称で登録してください。",
                "Associates and providers have no municipality code; give the name.",
            )
        )
    if draft.name is None:
        errors.append(FieldError("/name", "missing", "名称を入力してください。", "Give the name."))
    if errors or draft.name is None:
        raise Invalid(*errors)
    member = Member(id=new_id(), kind=draft.kind.value, name=draft.name, created_at=clock.now(session))
    session.add(member)
    return member


def _of_kind(member: Member, kind: MemberKind) -> Member:
    if member.kind != kind:
        raise KindDiffers
    return member
