"""What the operator does to the keys, each with its row in the record."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements import queries as agreements
from foundation import audit, clock, timers
from foundation.actor import Actor
from foundation.problems import Conflict
from foundation.sealing import DataKey, erasing, resealing
from foundation.sealing.errors import KeyErased
from foundation.sealing.keyring import keyring_of, rewrap
from foundation.sealing.masters import DIGESTS, Master
from service import policy

OPERATOR = Actor(None, "運用者", None, assurance=2, is_operator=True, permissions=policy.OPERATOR)
"""Whoever may use the service's own user on its machine."""
RESEAL = "keys.reseal"
SHARED = ("inbound", "operator", "anonymous", "stranger")
"""Owners that are no members: what came in, and what callers without a member were answered or told."""


class NothingSealed(Conflict):
    """The member never had a secret here, so it has no key either."""

    ja = "この団体には封印された値がまだないため、鍵を作り直す必要はありません。団体を確かめてください。"
    en = "Nothing of this member is sealed yet, so there is no key to renew. Check which member you mean."


class ErasedBefore(Conflict):
    """What is asked for was done before."""

    ja = "この団体の鍵はすでに消去されています。団体を確かめてください。"
    en = "The keys of this member were erased before. Check which member you mean."


class ConfirmationWrong(Conflict):
    """What was typed is not the member that would lose everything."""

    ja = "確認の入力が一致しないため、何も消去していません。表示された団体コード（なければ名称）を入力してください。"
    en = "The confirmation did not match and nothing was erased. Type the code (or else the name) that is shown."


@dataclass(frozen=True, slots=True)
class Owner:
    """鍵の持ち主: a member whose keys are meant, and what confirms that it is meant."""

    id: str
    name: str
    confirmation: str


def owner_of(session: Session, ref: str) -> Owner:
    """Return the member of a code or id. Raises MemberNotFound."""
    member = agreements.member_of(session, OPERATOR, ref)
    return Owner(member.id, member.name, member.municipality or member.name)


def rotate(session: Session, master: Master) -> int:
    """Wrap every data key by a new master key; return how many there are."""
    former, count = rewrap(session, master)
    audit.record(session, OPERATOR, "keys.master_rotated", f"master-key:{master.id}", former=former, count=count)
    return count


def rotate_to_passphrase(session: Session, passphrase: str) -> int:
    """Wrap every data key by a master key that follows from a passphrase; return how many there are."""
    return rotate(session, keyring_of(session).masters.note(session, passphrase))


def reseal(session: Session, ref: str) -> int:
    """Make a new version of a member's key and have the worker rewrite what stands under the former one.

    Raises MemberNotFound, NothingSealed, KeyErased.
    """
    owner = ref if ref in SHARED else owner_of(session, ref).id
    keys = keyring_of(session).keys(session, owner)
    if keys is None:
        raise NothingSealed
    version = resealing.renew(session, owner)
    timers.schedule_once(session, RESEAL, owner, clock.now(session) + resealing.WAIT)
    if version != keys.version:
        audit.record(session, OPERATOR, "keys.renewed", f"data-key:{owner}", chain=_chain(owner), version=version)
    return version


def go_on(session: Session, owner: str) -> None:
    """Rewrite a little of what is left; come again until the former version is destroyed. A timer.

    What was erased meanwhile has nothing left to be renewed, and nothing is said of it.
    """
    if erasing.is_erased(session, owner):
        return
    try:
        is_done = resealing.rewrite(session, owner)
    except KeyErased:
        return
    if is_done:
        audit.record(session, OPERATOR, "keys.resealed", f"data-key:{owner}", chain=_chain(owner))
    else:
        timers.schedule_once(session, RESEAL, owner, clock.now(session))


def erase(session: Session, ref: str, confirmation: str) -> dict[str, int]:
    """Destroy a member's keys for ever; return how many values were lost by their place.

    Raises MemberNotFound, ErasedBefore, ConfirmationWrong.
    """
    owner = owner_of(session, ref)
    if erasing.is_erased(session, owner.id):
        raise ErasedBefore
    if confirmation.strip() != owner.confirmation:
        raise ConfirmationWrong
    lost = erasing.erase(session, owner.id)
    audit.record(session, OPERATOR, "keys.erased", f"data-key:{owner.id}", chain=owner.id, lost=lost)
    return lost


def states(session: Session) -> Counter[str]:
    """Return how many owners' keys are in which state."""
    rows = session.scalars(select(DataKey).where(DataKey.owner != DIGESTS)).all()
    erased = {row.owner for row in rows if row.erased_at}
    rewriting = {row.owner for row in rows if row.retired_at and row.wrapped} - erased
    owners = {row.owner for row in rows}
    return Counter(in_use=len(owners - erased), rewriting=len(rewriting), erased=len(erased))


def _chain(owner: str) -> str | None:
    return None if owner in SHARED else owner
