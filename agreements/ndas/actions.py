"""Adopting the text of an NDA, signing it, and ending it before its day."""

from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agreements import authority, permissions
from agreements.errors import GroupEnded, InvalidNda, NdaRevoked, NdaTakenAway, NdaTextChanged, TooManyScans
from agreements.lifecycle import GroupStatus
from agreements.models import Group, Person
from agreements.nda_models import Nda, NdaScan, NdaVersion
from agreements.ndas import queries
from agreements.ndas.schemas import (
    NdaDraft,
    NdaScanDraft,
    NdaVersionDraft,
    NdaVersionView,
    NdaView,
    RevocationDraft,
)
from agreements.people.queries import person_of
from agreements.queries import group_of, terms_in_force
from agreements.secrecy import NdaWay, last_day
from agreements.terms import Duty
from foundation import audit, clock
from foundation.actor import Actor
from foundation.database.statements import insert_rows
from foundation.documents.intake import Taken
from foundation.ids import new_id
from foundation.problems import FieldError, StepUpNeeded
from foundation.sealing import seal_bytes

AHEAD = timedelta(days=60)
"""How early a renewal may be signed: before the fiscal year ends."""
MOST_SCANS = 300
"""Signed papers of a member: those of thirty people over ten years."""
NOT_ONESELF = FieldError(
    "/person",
    "not-oneself",
    "画面での署名は本人だけができます。ほかの担当者の分は、書面の署名として登録してください (way: paper)。",
    "In the product people sign for themselves; note others' signatures from paper (way: paper).",
)
NOT_BY_ONESELF = FieldError(
    "/person",
    "not-by-oneself",
    "書面の署名は、本人以外の担当者が登録してください。本人は画面で署名できます。",
    "A signature on paper is noted by somebody else; one signs for oneself in the product.",
)
TODAY_ALONE = FieldError(
    "/signed_on",
    "today",
    "画面での署名の日は当日です。この項目は入力しないでください。",
    "In the product one signs today; leave this out.",
)
DAY_NEEDED = FieldError(
    "/signed_on",
    "missing",
    "書面に署名した日を、今日までの日付で入力してください。",
    "Give the day on which the paper was signed, today at the latest.",
)
NOTE_NEEDED = FieldError(
    "/note",
    "missing",
    "書面の保管場所など、確かめ方を入力してください。",
    "Say how it can be checked, such as where the paper is kept.",
)


def adopt(session: Session, actor: Actor, group_id: str, draft: NdaVersionDraft) -> NdaVersionView:
    """Keep a new version of a group's NDA text; what was signed before stays in force. Raises GroupEnded."""
    group = group_of(session, actor, group_id, for_update=True)
    actor.require(permissions.COORDINATE, group=group.id)
    if group.status == GroupStatus.ENDED:
        raise GroupEnded
    newest = session.scalar(select(func.max(NdaVersion.number)).where(NdaVersion.group_id == group.id))
    version = NdaVersion(
        id=new_id(),
        group_id=group.id,
        number=(newest or 0) + 1,
        text=draft.text,
        adopted_on=draft.adopted_on or clock.today(session),
        created_by=actor.person,
        created_at=clock.now(session),
    )
    session.add(version)
    audit.record(
        session, actor, "agreements.nda_text_adopted", f"group:{group.id}", version=version.id, number=version.number
    )
    session.flush()
    return NdaVersionView.of(version)


def sign(session: Session, actor: Actor, group_id: str, draft: NdaDraft) -> NdaView:
    """Keep that a person is bound, by their own confirmation or from paper.

    Raises GroupNotFound, NoNdaText, NdaTextChanged, NdaTakenAway, PersonNotFound, InvalidNda, StepUpNeeded.
    """
    return queries.view(session, actor, _signed(session, actor, group_id, draft))


def sign_by_scan(session: Session, actor: Actor, group_id: str, draft: NdaScanDraft, file: Taken) -> NdaView:
    """Keep that a person is bound by the paper that was scanned, and the scan itself, sealed.

    One's own counts as much as a confirmation in the product, for the same person stands behind both; a colleague's
    is told apart by `is_by_signer`. Raises TooManyScans, and as `sign` does.
    """
    nda = _signed(session, actor, group_id, draft)
    kept = select(func.count()).select_from(NdaScan).join(Nda, Nda.id == NdaScan.nda_id)
    if (session.scalar(kept.where(Nda.member_id == nda.member_id)) or 0) >= MOST_SCANS:
        raise TooManyScans(most=MOST_SCANS)
    sealed = seal_bytes(session, nda.member_id, queries.SCAN, nda.id, file.content)
    row = {"nda_id": nda.id, "kind": file.kind.value, "size": len(file.content), "sealed": sealed}
    insert_rows(session, NdaScan, row)
    return queries.view(session, actor, nda)


def _signed(session: Session, actor: Actor, group_id: str, draft: NdaDraft | NdaScanDraft) -> Nda:
    group = group_of(session, actor, group_id)
    actor.require(permissions.SIGN_NDA, group=group.id)
    person = _signer(session, actor, group, draft)
    version = _confirmed_text(session, group, draft)
    signed_on, starts_on, ends_on = _days(session, group, draft)
    nda = Nda(
        id=new_id(),
        group_id=group.id,
        version=version,
        person=person,
        member_id=person.member_id,
        way=draft.way.value,
        signed_on=signed_on,
        starts_on=starts_on,
        ends_on=ends_on,
        note=draft.note,
        recorded_by=actor.person,
        recorded_at=clock.now(session),
    )
    session.add(nda)
    session.flush()
    _record(session, actor, "agreements.nda_signed", nda, way=nda.way, number=version.number)
    return nda


def revoke(session: Session, actor: Actor, nda_id: str, draft: RevocationDraft) -> NdaView:
    """End an NDA now: the person's next call is judged without it. Raises NdaNotFound, NdaRevoked."""
    nda = queries.nda_of(session, actor, nda_id)
    authority.require_revoking_nda(session, actor, nda)
    if nda.revoked_at is not None:
        raise NdaRevoked
    nda.revoked_at = clock.now(session)
    nda.revoked_by = actor.person or "operator"
    nda.revoked_reason = draft.reason
    session.flush()
    _record(session, actor, "agreements.nda_revoked", nda)
    return queries.view(session, actor, nda)


def _signer(session: Session, actor: Actor, group: Group, draft: NdaDraft | NdaScanDraft) -> Person:
    """Return who is bound: the actor in the product, from paper an active person whom it may note down.

    A scan proves itself, so it is taken from either.
    """
    assert actor.person is not None  # the permission is held by contacts alone
    is_own = draft.person in {None, actor.person}
    if draft.way is NdaWay.IN_PRODUCT and not is_own:
        raise InvalidNda(NOT_ONESELF)
    if draft.way is NdaWay.PAPER and is_own:
        raise InvalidNda(NOT_BY_ONESELF)
    if is_own:
        if actor.is_pin:
            raise StepUpNeeded
        if _was_taken_away(session, actor.person, group):
            raise NdaTakenAway
        return session.get_one(Person, actor.person)
    person = person_of(session, actor, draft.person or actor.person)
    authority.require_recording_nda(session, actor, group.id, person.member_id)
    return person


def _was_taken_away(session: Session, person: str, group: Group) -> bool:
    """Tell whether somebody else ended the person's last NDA for the group: somebody else notes the next one."""
    last = session.scalar(
        select(Nda)
        .where(Nda.person_id == person, Nda.group_id == group.id)
        .order_by(Nda.recorded_at.desc(), Nda.id.desc())
        .limit(1)
    )
    return last is not None and last.revoked_at is not None and last.revoked_by != person


def _confirmed_text(session: Session, group: Group, draft: NdaDraft | NdaScanDraft) -> NdaVersion:
    """Return the version that was signed: in the product only the newest, from paper also an older one."""
    newest = queries.newest_version(session, group.id)
    if draft.way is not NdaWay.IN_PRODUCT and draft.version < newest.number:
        by_number = select(NdaVersion).where(NdaVersion.group_id == group.id, NdaVersion.number == draft.version)
        return session.scalars(by_number).one()
    if draft.version != newest.number:
        raise NdaTextChanged(number=newest.number)
    return newest


def _days(session: Session, group: Group, draft: NdaDraft | NdaScanDraft) -> tuple[date, date, date]:
    """Return the day of the signature, the first and the last day. Raises InvalidNda with every field's error."""
    today = clock.today(session)
    is_paper = draft.way is not NdaWay.IN_PRODUCT
    errors = []
    if is_paper and (draft.signed_on is None or draft.signed_on > today):
        errors.append(DAY_NEEDED)
    if draft.way is NdaWay.PAPER and draft.note is None:
        errors.append(NOTE_NEEDED)
    if not is_paper and draft.signed_on not in {None, today}:
        errors.append(TODAY_ALONE)
    signed_on = draft.signed_on or today
    starts_on = draft.starts_on or signed_on
    if not signed_on <= starts_on <= signed_on + AHEAD:
        errors.append(_wrong_day("/starts_on", signed_on, signed_on + AHEAD))
    last = last_day(starts_on, terms_in_force(session, group.id)[1].duty_months[Duty.NDA])
    ends_on = draft.ends_on or last
    if not starts_on <= ends_on <= last:
        errors.append(_wrong_day("/ends_on", starts_on, last))
    if errors:
        raise InvalidNda(*errors)
    return signed_on, starts_on, ends_on


def _wrong_day(pointer: str, first: date, last: date) -> FieldError:
    return FieldError(
        pointer,
        "out-of-range",
        f"{first.isoformat()} から {last.isoformat()} までの日付を入力してください。",
        f"Give a day from {first.isoformat()} to {last.isoformat()}.",
    )


def _record(session: Session, actor: Actor, act: str, nda: Nda, **facts: object) -> None:
    """Record it, also for the member that the person works for."""
    audit.record(
        session, actor, act, f"nda:{nda.id}", chain=nda.member_id, person=nda.person_id, group=nda.group_id, **facts
    )
