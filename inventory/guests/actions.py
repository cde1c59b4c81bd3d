"""Preparing guest IDs and giving them to named people. Every act locks the guest ID before it looks how it stands."""

from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from agreements.queries import nda_in_force, works_for
from foundation import audit, clock, timers
from foundation.actor import Actor
from foundation.events import emit
from foundation.ids import new_id
from foundation.problems import FieldError
from foundation.sealing import seal, unseal
from inventory.directory import queueing
from inventory.errors import (
    GuestIdGivenBefore,
    GuestLabelTaken,
    InvalidGuest,
    NotCommittedToYou,
    PrerequisitesMissing,
    TooManyGuestIds,
)
from inventory.events import CommitmentNamed, Committed
from inventory.guests import queries
from inventory.guests.expiry import EXPIRY
from inventory.guests.lifecycle import GuestAct, GuestState
from inventory.guests.models import GuestId, GuestPool, GuestUse
from inventory.guests.schemas import (
    GuestIdDraft,
    GuestIdView,
    GuestPoolDraft,
    GuestPoolView,
    GuestUseView,
    IssueDraft,
    IssuedView,
    ReceiptDraft,
    ReservationDraft,
    SecretDraft,
)
from inventory.guests.steps import check_in_use, check_state, is_same_name, other_name, person_of, record_use, settle
from inventory.records.queries import record_of
from inventory.records.visibility import own_records_visible_to
from inventory.secrets import looks_like

PLACE = "guest_ids.secret"
MOST_POOLS = 200
MOST_GUESTS = 500
"""In one pool: more than helpers ever came to one system."""


def create_pool(session: Session, actor: Actor, draft: GuestPoolDraft) -> GuestPoolView:
    """Found a pool for one of the own systems. Raises RecordNotFound, InvalidGuest, TooManyGuestIds."""
    assert actor.member is not None
    refuse_secrets(instructions=draft.instructions)
    if draft.record is not None:
        record_of(session, own_records_visible_to(actor), draft.record)
    if (
        _count(session, (GuestPool.member_id == actor.member) & GuestPool.retired_at.is_(None), GuestPool)
        >= MOST_POOLS
    ):
        raise TooManyGuestIds(most=MOST_POOLS)
    pool = GuestPool(
        id=new_id(),
        member_id=actor.member,
        record_id=draft.record,
        created_at=clock.now(session),
        **draft.model_dump(exclude={"record"}),
    )
    session.add(pool)
    session.flush()
    audit.record(session, actor, "inventory.guest_pool_created", f"guest-pool:{pool.id}", record=draft.record)
    return queries.read_pool(session, actor, pool.id)


def prepare(session: Session, actor: Actor, pool_id: str, draft: GuestIdDraft) -> GuestIdView:
    """Lay down a guest ID, its secret sealed at once.

    Raises GuestPoolNotFound, PoolRetired, InvalidGuest, GuestLabelTaken, TooManyGuestIds.
    """
    pool = queries.pool_of(session, actor, pool_id, for_change=True)
    check_in_use(session, pool)
    _check_secret(draft)
    refuse_secrets(label=draft.label)
    if session.scalar(select(GuestId.id).where(GuestId.pool_id == pool.id, GuestId.label == draft.label)):
        raise GuestLabelTaken
    if _count(session, GuestId.pool_id == pool.id, GuestId) >= MOST_GUESTS:
        raise TooManyGuestIds(most=MOST_GUESTS)
    guest = GuestId(id=new_id(), pool=pool, label=draft.label, round=1, prepared_at=clock.now(session))
    _put_secret(session, guest, draft)
    session.add(guest)
    session.flush()
    audit.record(session, actor, "inventory.guest_prepared", f"guest-id:{guest.id}", pool=pool.id)
    return queries.shown(session, guest, None)


def reserve(session: Session, actor: Actor, guest_id: str, draft: ReservationDraft) -> GuestIdView:
    """Keep a guest ID for a named helper of a member that has committed aid.

    Raises GuestIdNotFound, WrongGuestState, PoolRetired, NotCommittedToYou, InvalidGuest, GuestIdGivenBefore.
    """
    queries.check_own(session, actor, guest_id)
    committed = emit(session, CommitmentNamed(draft.commitment, for_change=True))
    guest = queries.guest_of(session, actor, guest_id)
    use = settle(session, guest)
    check_state(use, GuestAct.RESERVE)
    check_in_use(session, guest.pool)
    if not isinstance(committed, Committed) or committed.helped != guest.pool.member_id:
        raise NotCommittedToYou
    _check_period(draft.starts_at, draft.until_at, clock.now(session))
    if draft.person is not None and not works_for(session, draft.person, committed.helping):
        raise InvalidGuest(_UNKNOWN_PERSON)
    if session.scalar(select(_given_to_another(guest, draft))):
        raise GuestIdGivenBefore
    use = GuestUse(
        id=new_id(),
        guest_id=guest.id,
        round=guest.round,
        state=GuestState.RESERVED.value,
        commitment_id=draft.commitment,
        incident_id=committed.incident,
        group_id=committed.group,
        member_id=committed.helping,
        helper=draft.helper,
        person_id=draft.person,
        starts_at=draft.starts_at,
        until_at=draft.until_at,
        reserved_by=person_of(actor),
    )
    session.add(use)
    session.flush()
    timers.schedule(session, EXPIRY, use.id, use.until_at)
    record_use(session, actor, "inventory.guest_reserved", guest, use)
    return queries.shown(session, guest, use)


def issue(session: Session, actor: Actor, guest_id: str, draft: IssueDraft) -> IssuedView:
    """Show the secret this once, to who hands it over; from then on it is kept nowhere.

    Raises GuestIdNotFound, WrongGuestState, PrerequisitesMissing.
    """
    guest = queries.guest_of(session, actor, guest_id)
    use = settle(session, guest)
    check_state(use, GuestAct.ISSUE)
    assert use is not None
    nda = nda_in_force(session, use.person_id, use.group_id) if use.person_id else None
    _check_prerequisites(guest.pool, draft, nda)
    secret = None
    if guest.secret_sealed is not None:
        secret = unseal(session, guest.pool.member_id, PLACE, guest.id, guest.secret_sealed)
        guest.secret_sealed = None
    use.state, use.issued_at, use.issued_by = GuestState.ISSUED.value, clock.now(session), person_of(actor)
    use.nda_id, use.undertaking, use.is_trained = nda, draft.undertaking, draft.is_trained
    session.flush()
    if guest.pool.is_in_directory:
        queueing.want_enabled(session, guest.pool.member_id, guest.id, use.id, guest.label, use.until_at)
    record_use(session, actor, "inventory.guest_issued", guest, use)
    return IssuedView(
        guest=queries.shown(session, guest, use),
        secret=secret,
        envelope=guest.envelope,
        instructions=guest.pool.instructions,
    )


def receive(session: Session, actor: Actor, guest_id: str, draft: ReceiptDraft) -> GuestUseView:
    """Confirm for the helper's member that the named person holds it.

    Raises GuestIdNotFound, WrongGuestState, InvalidGuest (another name than it was reserved for).
    """
    guest = queries.received_guest_of(session, actor, guest_id)
    use = settle(session, guest)
    check_state(use, GuestAct.RECEIVE)
    assert use is not None
    if not is_same_name(draft.helper, use.helper):
        raise InvalidGuest(other_name("/helper"))
    use.state, use.received_at, use.received_by = GuestState.ACTIVE.value, clock.now(session), person_of(actor)
    session.flush()
    record_use(session, actor, "inventory.guest_received", guest, use)
    return queries.shown_use(session, guest, use)


def rotate(session: Session, actor: Actor, guest_id: str, draft: SecretDraft) -> GuestIdView:
    """Give a guest ID a new secret or envelope; only then may anybody have it again.

    Raises GuestIdNotFound, WrongGuestState, PoolRetired, InvalidGuest.
    """
    guest = queries.guest_of(session, actor, guest_id)
    check_state(settle(session, guest), GuestAct.ROTATE)
    check_in_use(session, guest.pool)
    _check_secret(draft)
    guest.round += 1
    guest.prepared_at = clock.now(session)
    _put_secret(session, guest, draft)
    session.flush()
    audit.record(session, actor, "inventory.guest_rotated", f"guest-id:{guest.id}", round=guest.round)
    return queries.shown(session, guest, None)


def _put_secret(session: Session, guest: GuestId, draft: SecretDraft) -> None:
    guest.envelope = draft.envelope
    guest.secret_sealed = (
        seal(session, guest.pool.member_id, PLACE, guest.id, draft.secret) if draft.secret is not None else None
    )


def _check_secret(draft: SecretDraft) -> None:
    if (draft.secret is None) == (draft.envelope is None):
        raise InvalidGuest(_ONE_OF_BOTH)
    refuse_secrets(envelope=draft.envelope)


def refuse_secrets(**texts: str | None) -> None:
    """Refuse what looks like a secret in a field that is shown."""
    wrong = [name for name, text in texts.items() if text and looks_like(text)]
    if wrong:
        raise InvalidGuest(*(_secret_in(f"/{name}") for name in wrong))


def _check_period(starts_at: datetime, until_at: datetime, now: datetime) -> None:
    if not max(starts_at, now) < until_at:
        raise InvalidGuest(_NO_PERIOD)


def _check_prerequisites(pool: GuestPool, draft: IssueDraft, nda: str | None) -> None:
    missing = {}
    if pool.needs_pledge and nda is None and draft.undertaking is None:
        missing["秘密保持契約または誓約書"] = "an NDA or a signed undertaking"
    if pool.needs_training and not draft.is_trained:
        missing["事前の研修"] = "training"
    if missing:
        raise PrerequisitesMissing(missing_ja="と".join(missing), missing=" and ".join(missing.values()))


def _given_to_another(guest: GuestId, draft: ReservationDraft) -> ColumnElement[bool]:
    is_other = GuestUse.helper != draft.helper
    if draft.person is not None:
        is_other = or_(is_other, GuestUse.person_id.is_distinct_from(draft.person))
    return exists().where(
        GuestUse.guest_id == guest.id,
        GuestUse.commitment_id == draft.commitment,
        GuestUse.issued_at.is_not(None),
        is_other,
    )


def _count(session: Session, which: ColumnElement[bool], of: type[GuestPool] | type[GuestId]) -> int:
    return session.scalar(select(func.count()).select_from(of).where(which)) or 0


_ONE_OF_BOTH = FieldError(
    "/secret",
    "one-of-both",
    "パスワード (secret) か封筒の番号 (envelope) の、どちらか一方を入力してください。",
    "Enter either the secret or the number of the envelope.",
)
_NO_PERIOD = FieldError(
    "/until_at",
    "no-period",
    "終了は、開始といまより後にしてください。",
    "The end must come after the beginning and after now.",
)
_UNKNOWN_PERSON = FieldError(
    "/person",
    "unknown-person",
    "この人は応援する団体の担当者として登録されていません。省略すると、氏名だけで割り当てます。",
    "This person is not registered at the helping member; left out, the name alone counts.",
)


def _secret_in(pointer: str) -> FieldError:
    return FieldError(
        pointer,
        "holds-secret",
        "パスワードや鍵のような文字列が含まれています。ここには書かず、secret に入力してください。",
        "This looks like a password or key; enter it as `secret` instead.",
    )
