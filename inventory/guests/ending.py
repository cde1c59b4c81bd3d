"""Taking guest IDs back: one, all of a commitment or an incident, or from one helper to the next."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from foundation import audit, clock, timers
from foundation.actor import Actor
from foundation.database import as_service
from foundation.events import emit
from foundation.problems import FieldError
from inventory.directory import queueing
from inventory.errors import InvalidGuest
from inventory.events import CommitmentNamed
from inventory.guests import queries
from inventory.guests.actions import reserve
from inventory.guests.expiry import EXPIRY, tell_ended
from inventory.guests.lifecycle import FROM, GuestAct, GuestState
from inventory.guests.models import GuestId, GuestPool, GuestUse
from inventory.guests.schemas import (
    GuestIdView,
    GuestRevocationsDraft,
    HandedOverView,
    HandOverDraft,
    ReservationDraft,
    RevocationDraft,
    RevokedView,
)
from inventory.guests.steps import check_state, is_same_name, other_name, record_use, settle
from inventory.guests.visibility import guest_pools_visible_to

ENDED_WITH_AID = "応援決定の終了"


def revoke(session: Session, actor: Actor, guest_id: str, draft: RevocationDraft) -> GuestIdView:
    """End a guest ID's use, or take back its reservation. Raises GuestIdNotFound, WrongGuestState."""
    guest = queries.guest_of(session, actor, guest_id)
    use = settle(session, guest)
    check_state(use, GuestAct.REVOKE)
    assert use is not None
    _end(session, actor, guest, use, draft.reason)
    return queries.shown(session, guest, queries.present_use(session, guest))


def revoke_all(session: Session, actor: Actor, draft: GuestRevocationsDraft) -> RevokedView:
    """End everything of a commitment or an incident in one act, and count it. Raises InvalidGuest."""
    guests = queries.guests_of(
        session,
        select(GuestId)
        .join(GuestPool)
        .join(GuestUse, queries.IS_PRESENT)
        .where(guest_pools_visible_to(actor), _of(draft)),
    )
    ended: dict[str, GuestState] = {}
    for guest in guests:
        use = settle(session, guest)
        if use is not None and GuestState(use.state) in FROM[GuestAct.REVOKE]:
            ended[guest.id] = _end(session, actor, guest, use, draft.reason)
    counted = Counter(ended.values())
    view = RevokedView(revoked=counted[GuestState.REVOKED], released=counted[GuestState.RELEASED], guests=list(ended))
    audit.record(
        session,
        actor,
        "inventory.guests_revoked",
        f"commitment:{draft.commitment}" if draft.commitment else f"incident:{draft.incident}",
        **view.model_dump(),
    )
    return view


def hand_over(session: Session, actor: Actor, guest_id: str, draft: HandOverDraft) -> HandedOverView:
    """End one helper's use, and reserve another guest ID for the next in the same aid.

    The first gives back by name here, the second confirms by its receipt. Raises what `revoke` and `reserve` raise.
    """
    commitment = queries.commitment_of(session, actor, guest_id)
    if commitment is not None:
        emit(session, CommitmentNamed(commitment, for_change=True))
    queries.lock(session, actor, guest_id, draft.next)
    guest = queries.guest_of(session, actor, guest_id)
    use = settle(session, guest)
    check_state(use, GuestAct.REVOKE)
    assert use is not None
    if not is_same_name(draft.returned_by, use.helper):
        raise InvalidGuest(other_name("/returned_by"))
    use.returned_by = draft.returned_by
    _end(session, actor, guest, use, None)
    ended = queries.shown(session, guest, queries.present_use(session, guest))
    wanted = ReservationDraft(
        commitment=use.commitment_id,
        helper=draft.helper,
        person=draft.person,
        starts_at=clock.now(session),
        until_at=draft.until_at,
    )
    return HandedOverView(ended=ended, reserved=reserve(session, actor, draft.next, wanted))


def end_of_commitments(session: Session, actor: Actor, commitments: Sequence[str]) -> None:
    """End everything of commitments that end (told by the room above), and mail the owner where somebody had it.

    The actor may be of another member than the owner: it follows from their act, and is not theirs.
    """
    with as_service(session):
        _end_uses(session, actor, commitments)


def _end_uses(session: Session, actor: Actor, commitments: Sequence[str]) -> None:
    uses = select(GuestId).join(GuestUse, queries.IS_PRESENT).where(GuestUse.commitment_id.in_(commitments))
    revoked: Counter[GuestPool] = Counter()
    for guest in queries.guests_of(session, uses):
        use = settle(session, guest)
        if use is None or GuestState(use.state) not in FROM[GuestAct.REVOKE]:
            continue
        if _end(session, actor, guest, use, ENDED_WITH_AID) is GuestState.REVOKED:
            revoked[guest.pool] += 1
    for pool, many in revoked.items():
        tell_ended(session, pool, many)


def _of(draft: GuestRevocationsDraft) -> ColumnElement[bool]:
    if draft.commitment is not None and draft.incident is None:
        return GuestUse.commitment_id == draft.commitment
    if draft.incident is not None and draft.commitment is None:
        return GuestUse.incident_id == draft.incident
    raise InvalidGuest(_ONE_OF_BOTH)


def _end(session: Session, actor: Actor, guest: GuestId, use: GuestUse, reason: str | None) -> GuestState:
    """End a use; a secret that nobody has seen is as good as before, and the ID is free."""
    state = GuestState.RELEASED if use.issued_at is None else GuestState.REVOKED
    use.state, use.ended_at, use.ended_by, use.reason = state.value, clock.now(session), actor.person, reason
    if state is GuestState.RELEASED:
        guest.round += 1
    session.flush()
    timers.cancel(session, EXPIRY, use.id)
    queueing.want_disabled(session, use.id)
    record_use(session, actor, f"inventory.guest_{state.value}", guest, use)
    return state


_ONE_OF_BOTH = FieldError(
    "/commitment",
    "one-of-both",
    "応援決定 (commitment) か災害 (incident) の、どちらか一方を指定してください。",
    "Name either the commitment or the incident.",
)
