"""Asking for an emergency access, opening it, and looking at it afterwards."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.events import IncidentNamed
from agreements.queries import terms_in_force
from agreements.visibility import groups_in_force, members_bound_by
from aid import permissions
from aid.emergency_access import ending, errors, queries, telling, undertaking, views
from aid.emergency_access.ending import END, OPENING, REVIEW, chronicle, end, record, settle
from aid.emergency_access.lifecycle import LAPSES_AFTER, LIVE, AccessAct, AccessState, Ending, Opening, after
from aid.emergency_access.models import EmergencyAccess
from aid.emergency_access.schemas import AccessDraft, AccessView, ReviewDraft, UndertakingView
from foundation import clock, timers
from foundation.actor import SYSTEM, Actor
from foundation.database.statements import insert_or_skip
from foundation.events import emit
from foundation.ids import new_id
from foundation.problems import Forbidden
from inventory.events import CommitmentNamed, Committed
from inventory.grants import actions as grants
from inventory.grants.models import ReadingGrant
from inventory.grants.queries import is_allowed, is_in_terms


def undertaking_text() -> UndertakingView:
    """Return the text that is accepted today."""
    return UndertakingView(version=undertaking.VERSION, text=undertaking.TEXTS[undertaking.VERSION])


def ask(session: Session, actor: Actor, draft: AccessDraft) -> AccessView:
    """Ask to read the inventory of a member to which the actor's has committed aid.

    Raises NoCommitmentOfYours, Forbidden, IncidentClosed, NotInTerms, OwnerHasNotAllowed, UndertakingChanged,
    AccessAlreadyAsked.
    """
    assert actor.person is not None
    committed = emit(session, CommitmentNamed(draft.commitment, for_change=True))
    if not isinstance(committed, Committed) or committed.helping != actor.member:
        raise errors.NoCommitmentOfYours
    queries.lock_incident(session, committed.incident)
    _check_grounds(session, actor, committed)
    if draft.undertaking != undertaking.VERSION:
        raise errors.UndertakingChanged(version=undertaking.VERSION)
    access = _filed(session, actor.person, committed, draft)
    timers.schedule(session, OPENING, access.id, access.opens_at)
    telling.tell_asked(session, access)
    record(session, actor, "aid.emergency_access_asked", access, undertaking=access.undertaking)
    chronicle(session, actor, "access.asked", access, while_open=True)
    return queries.read(session, actor, access.id)


def confirm(session: Session, actor: Actor, access_id: str) -> AccessView:
    """Open an access as the second person. Raises AccessNotFound, OwnAccess, WrongAccessState, AccessLostGround."""
    access = _to_change(session, actor, access_id)
    if actor.acts_for(access.member_id):
        raise errors.OwnAccess
    _check_state(access, AccessAct.CONFIRM)
    cause = _lost_ground(session, access)
    if cause is not None:
        raise errors.AccessLostGround(cause_ja=cause.label, cause=cause.value)
    access.confirmed_by, access.confirmed_by_member = actor.person, actor.member
    _open(session, actor, access, Opening.CONFIRMED)
    return views.shown(session, actor, access)


def go_on(session: Session, access_id: str) -> None:
    """Open an access for which no second person was found, and tell all members (timer).

    Where the timer comes hours late, for the service was down, it lapses.
    """
    access = queries.access_locked(session, access_id)
    if access.state != AccessState.ASKED:
        return
    is_late = clock.now(session) >= access.opens_at + LAPSES_AFTER
    cause = Ending.LAPSED if is_late else _lost_ground(session, access)
    if cause is not None:
        end(session, SYSTEM, access, cause)
    else:
        _open(session, SYSTEM, access, Opening.UNATTENDED)


def stop(session: Session, actor: Actor, access_id: str) -> AccessView:
    """End an access, or refuse one before it opens. Raises AccessNotFound, NotYoursToEnd, WrongAccessState."""
    access = _to_change(session, actor, access_id)
    cause = next(
        (
            cause
            for cause, member in ((Ending.OWNER, access.owner_id), (Ending.READER, access.member_id))
            if actor.acts_for(member)
        ),
        None,
    )
    if cause is None:
        raise errors.NotYoursToEnd
    _check_state(access, AccessAct.END)
    end(session, actor, access, cause)
    return views.shown(session, actor, access)


def review(session: Session, actor: Actor, access_id: str, draft: ReviewDraft) -> AccessView:
    """Close the review with what was found. Raises AccessNotFound, NotYoursToReview, WrongAccessState."""
    access = _to_change(session, actor, access_id)
    if not views.may_review(actor, access):
        raise errors.NotYoursToReview
    access.state = _check_state(access, AccessAct.REVIEW).value
    access.reviewed_by, access.reviewed_at, access.review_note = actor.person, clock.now(session), draft.note
    timers.cancel(session, REVIEW, access.id)
    session.flush()
    record(session, actor, "aid.emergency_access_reviewed", access)
    return views.shown(session, actor, access)


def _check_grounds(session: Session, actor: Actor, committed: Committed) -> None:
    """Check that the group binds both, that terms and owner allow it, and that the incident is open."""
    actor.require(permissions.ASK_ACCESS, group=committed.group)
    binding = groups_in_force(actor, permissions.ASK_ACCESS)
    bound = members_bound_by(binding.where(binding.selected_columns.group_id == committed.group))
    if session.scalar(bound.where(bound.selected_columns.member_id == committed.helped)) is None:
        raise Forbidden
    if not emit(session, IncidentNamed(committed.incident, must_be_open=True)):
        raise errors.IncidentClosed
    if not is_in_terms(session, committed.group):
        raise errors.NotInTerms
    if not is_allowed(session, committed.helped, committed.group):
        raise errors.OwnerHasNotAllowed


def _filed(session: Session, person: str, committed: Committed, draft: AccessDraft) -> EmergencyAccess:
    """Write the access down; the database refuses a second one that is live. Raises AccessAlreadyAsked."""
    earlier = select(EmergencyAccess).where(
        EmergencyAccess.person_id == person,
        EmergencyAccess.owner_id == committed.helped,
        EmergencyAccess.incident_id == committed.incident,
        EmergencyAccess.state.in_(LIVE),
    )
    for access in session.scalars(earlier.with_for_update()).all():
        settle(session, access)
    now, wait = clock.now(session), terms_in_force(session, committed.group)[1].emergency_confirm_minutes
    row = {
        "id": new_id(),
        "owner_id": committed.helped,
        "member_id": committed.helping,
        "person_id": person,
        "group_id": committed.group,
        "incident_id": committed.incident,
        "commitment_id": draft.commitment,
        "reason": draft.reason,
        "undertaking": draft.undertaking,
        "minutes": draft.minutes,
        "state": AccessState.ASKED.value,
        "asked_at": now,
        "opens_at": now + timedelta(minutes=wait),
    }
    if not insert_or_skip(session, EmergencyAccess, row):
        raise errors.AccessAlreadyAsked
    return session.get_one(EmergencyAccess, row["id"])


def _to_change(session: Session, actor: Actor, access_id: str) -> EmergencyAccess:
    access = queries.access_locked(session, queries.access_named(session, actor, access_id).id)
    settle(session, access)
    return access


def _check_state(access: EmergencyAccess, act: AccessAct) -> AccessState:
    state = AccessState(access.state)
    following = after(state, act)
    if following is None:
        raise errors.WrongAccessState(stands_ja=state.label, stands=state.value)
    return following


def _lost_ground(session: Session, access: EmergencyAccess) -> Ending | None:
    """Return what an access hung on and is gone, or None."""
    if not emit(session, IncidentNamed(access.incident_id, must_be_open=True)):
        return Ending.INCIDENT
    if emit(session, CommitmentNamed(access.commitment_id)) is None:
        return Ending.COMMITMENT
    return None if is_allowed(session, access.owner_id, access.group_id) else Ending.PERMISSION


def _open(session: Session, actor: Actor, access: EmergencyAccess, opening: Opening) -> None:
    now = clock.now(session)
    access.state, access.opening, access.opened_at = AccessState.OPEN.value, opening.value, now
    access.until_at = now + timedelta(minutes=access.minutes)
    copied = ("id", "owner_id", "member_id", "person_id", "group_id", "incident_id", "commitment_id", "reason")
    own = {name: getattr(access, name) for name in copied}
    grants.give(session, ReadingGrant(**own, starts_at=now, until_at=access.until_at))
    timers.cancel(session, OPENING, access.id)
    timers.schedule(session, END, access.id, access.until_at)
    telling.tell_opened(session, access, is_confirmed=opening is Opening.CONFIRMED)
    until = access.until_at.isoformat()
    record(session, actor, "aid.emergency_access_started", access, opening=opening.value, until_at=until)
    ending.chronicle(session, actor, "access.opened", access)
