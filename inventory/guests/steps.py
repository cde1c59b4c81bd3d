"""What every act on a guest ID begins and ends with."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation import audit, clock
from foundation.actor import SYSTEM, Actor
from foundation.problems import FieldError
from inventory.directory import queueing
from inventory.errors import PoolRetired, WrongGuestState
from inventory.guests import queries
from inventory.guests.lifecycle import FROM, GuestAct, GuestState, id_standing, use_standing
from inventory.guests.models import GuestId, GuestPool, GuestUse


def settle(session: Session, guest: GuestId) -> GuestUse | None:
    """Write down what time has done to a locked guest ID, and return the use of its present secret.

    A reservation that ran out unseen has used up no secret: the ID is free again.
    """
    use = queries.present_use(session, guest)
    if use is None:
        return None
    state = use_standing(GuestState(use.state), use.until_at, clock.now(session))
    if state != use.state:
        use.state, use.ended_at = state.value, use.until_at
        queueing.want_disabled(session, use.id)
        record_use(session, SYSTEM, f"inventory.guest_{state.value}", guest, use)
    if state is not GuestState.RELEASED:
        return use
    guest.round += 1
    session.flush()
    return None


def check_state(use: GuestUse | None, act: GuestAct) -> None:
    """Raise WrongGuestState where an act does not follow from how the guest ID stands."""
    stands = id_standing(GuestState(use.state) if use else None)
    if stands not in FROM[act]:
        needed = sorted(FROM[act])
        raise WrongGuestState(
            stands_ja=stands.label,
            stands=stands.value,
            needed_ja="・".join(each.label for each in needed),
            needed=" or ".join(each.value for each in needed),
        )


def check_in_use(session: Session, pool: GuestPool) -> None:
    """Raise PoolRetired; asked anew, for who held the lock before may just have retired it."""
    if session.scalar(select(GuestPool.retired_at).where(GuestPool.id == pool.id)) is not None:
        raise PoolRetired


def person_of(actor: Actor) -> str:
    """Return who it is: guest IDs are handled by named people, never by a role."""
    assert actor.person is not None
    return actor.person


def is_same_name(one: str, other: str) -> bool:
    """Compare two spellings of a person's name: spaces are set or left out at will."""
    return "".join(one.split()) == "".join(other.split())


def other_name(pointer: str) -> FieldError:
    return FieldError(
        pointer,
        "other-name",
        "割り当てられた応援者の氏名を、そのとおりに入力してください。ほかの人には渡せません。",
        "Enter the name of the helper for whom it is reserved; nobody else may have it.",
    )


def record_use(session: Session, actor: Actor, act: str, guest: GuestId, use: GuestUse) -> None:
    """Keep the act in the record of both: the owner, and the member whose helper it is about."""
    audit.record(
        session,
        actor,
        act,
        f"guest-id:{guest.id}",
        chain=[guest.pool.member_id, use.member_id],
        use=use.id,
        commitment=use.commitment_id,
    )
