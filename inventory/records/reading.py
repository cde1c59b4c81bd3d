"""As whom somebody reads an inventory, and the record that is made of it in the same transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from agreements.errors import MemberNotFound
from agreements.events import IncidentNamed
from agreements.marks import watermark_of
from agreements.models import Member
from agreements.queries import nda_in_force
from foundation import audit, clock, timers
from foundation.actor import TWO_FACTORS, Actor
from foundation.clock import JAPAN
from foundation.documents.watermark import Watermark
from foundation.events import emit
from foundation.problems import FieldError
from inventory.errors import InvalidReading
from inventory.grants.models import ReadingGrant
from inventory.ownership import is_own as is_own
from inventory.records.emergency import grant_for
from inventory.records.fields import Disclosure
from inventory.records.kinds import RecordKind
from inventory.records.schemas import Grounds, Lack, Purpose, ReadingQuery
from inventory.records.visibility import (
    own_records_visible_to,
    readable_inventories,
    shared_records_visible_to,
)

DISCLOSED = "inventory.disclosed"
"""The act in the audit record: somebody was shown another member's inventory."""
DIGEST = "inventory.digest"
"""The kind of timer and of alert by which the owner is told once a month."""
DIGEST_HOUR = 9

GROUP_NEEDED = FieldError(
    "/query/group",
    "missing",
    "ほかの団体の台帳を見るときは、共に参加する協定グループの id を group に指定してください。",
    "To read another member's inventory, name the group that binds you both (group).",
)
PURPOSE_NEEDED = FieldError(
    "/query/purpose",
    "missing",
    "閲覧の目的を purpose に指定してください (planning 検討、drill 訓練、incident 災害)。目的は記録されます。",
    "Say what for (purpose: planning, drill or incident); it is recorded.",
)
INCIDENT_NEEDED = FieldError(
    "/query/incident",
    "unknown-incident",
    "目的が災害のときは、対応中の災害の id を incident に指定してください。",
    "For an incident, give the id of an open one (incident).",
)


@dataclass(frozen=True, slots=True)
class Reading:
    """閲覧: whose inventory is read, at which level; an `nda` or a `grant` (緊急閲覧) is what allows it."""

    owner: Member
    level: Disclosure
    visible: ColumnElement[bool]
    lacking: tuple[Lack, ...] = ()
    nda: str | None = None
    grant: ReadingGrant | None = None

    @property
    def is_own(self) -> bool:
        return self.level is Disclosure.OWNER


@dataclass(frozen=True, slots=True)
class Shown:
    """示した記録: one record and the names of the fields that were shown of it."""

    kind: RecordKind
    record: str
    fields: tuple[str, ...]


def reading_by(session: Session, actor: Actor, ref: str, wanted: ReadingQuery) -> Reading:
    """Return as whom the actor reads: by an emergency access where one is named, else as `reading_of` says.

    Raises what `grant_for` and `reading_of` raise. An access is for reading: nothing is taken out by it.
    """
    if wanted.access is None or is_own(actor, ref):
        return reading_of(session, actor, ref, wanted)
    owner, grant = grant_for(session, actor, ref, wanted.access)
    return Reading(owner, Disclosure.NDA, shared_records_visible_to(owner.id), grant=grant)


def reading_of(session: Session, actor: Actor, ref: str, wanted: Grounds) -> Reading:
    """Return as whom the actor reads a member's inventory.

    Raises InvalidReading where group or purpose lack, whoever the member is; MemberNotFound where it is not open.
    """
    if is_own(actor, ref):
        assert actor.member is not None
        return Reading(session.get_one(Member, actor.member), Disclosure.OWNER, own_records_visible_to(actor))
    group = _grounds(session, wanted)
    open_here = readable_inventories(actor, group, clock.today(session)).subquery()
    found = session.execute(
        select(Member, open_here.c.nda)
        .join(open_here, open_here.c.member_id == Member.id)
        .where(or_(Member.municipality == ref, Member.id == ref))
    ).one_or_none()
    if found is None:
        raise MemberNotFound
    owner, nda = found
    visible = shared_records_visible_to(owner.id)
    if nda is None:
        return Reading(owner, Disclosure.GROUP, visible, _lacking(session, actor, group))
    return Reading(owner, Disclosure.NDA, visible, nda=nda)


def record(
    session: Session,
    actor: Actor,
    reading: Reading,
    wanted: Grounds,
    way: str,
    shown: Sequence[Shown],
    **more: str | int,
) -> Watermark | None:
    """Keep who was shown what, in the owner's chain and in the reader's, and see that the owner is told.

    Names of fields, never their values; `more` are facts of a way of its own. Returns the mark with the number of
    both rows. What was not shown is not kept: somebody without an NDA who finds nothing; neither is that somebody
    read the own.
    """
    if reading.is_own or not (shown or reading.level is Disclosure.NDA):
        return None
    number = audit.new_number(session)
    facts: dict[str, Any] = {
        "number": number,
        "owner": reading.owner.id,
        "level": reading.level.value,
        "nda": reading.nda,
        **_stated(reading, wanted),
        "way": way,
        "disclosed": _by_kind(shown),
        **more,
    }
    audit.record(session, actor, DISCLOSED, f"inventory:{reading.owner.id}", chain=reading.owner.id, **facts)
    timers.schedule_once(session, DIGEST, reading.owner.id, next_digest(clock.now(session)))
    return watermark_of(session, actor, number)


def purpose_of(reading: Reading, wanted: Grounds) -> Purpose:
    """Return what another member's inventory is read for: without a grant the reader has said it."""
    return Purpose.EMERGENCY if reading.grant or wanted.purpose is None else wanted.purpose


def _stated(reading: Reading, wanted: Grounds) -> dict[str, str | None]:
    """Return what for: as the reader says, or as was stated when the emergency access was asked for."""
    grant = reading.grant
    if grant is None:
        return {
            "group": wanted.group,
            "purpose": wanted.purpose.value if wanted.purpose else None,
            "incident": wanted.incident,
            "reason": wanted.reason,
            "access": None,
        }
    return {
        "group": grant.group_id,
        "purpose": Purpose.EMERGENCY.value,
        "incident": grant.incident_id,
        "reason": grant.reason,
        "access": grant.id,
    }


def next_digest(now: datetime) -> datetime:
    """Return nine o'clock in Japan on the first of the next month."""
    first = now.astimezone(JAPAN).replace(day=1, hour=DIGEST_HOUR, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)


def _grounds(session: Session, wanted: Grounds) -> str:
    """Return the group for which it is read. Raises InvalidReading with all that lacks."""
    errors = []
    if wanted.group is None:
        errors.append(GROUP_NEEDED)
    if wanted.purpose in {None, Purpose.EMERGENCY}:
        errors.append(PURPOSE_NEEDED)
    is_for_incident = wanted.purpose is Purpose.INCIDENT
    if is_for_incident and not (wanted.incident and emit(session, IncidentNamed(wanted.incident, must_be_open=True))):
        errors.append(INCIDENT_NEEDED)
    if errors or wanted.group is None:
        raise InvalidReading(*errors)
    return wanted.group


def _lacking(session: Session, actor: Actor, group: str) -> tuple[Lack, ...]:
    assert actor.person is not None  # who is a designated contact is a person
    has_nda = nda_in_force(session, actor.person, group) is not None
    lacks = {Lack.NDA: not has_nda, Lack.SECOND_FACTOR: actor.assurance < TWO_FACTORS}
    return tuple(lack for lack, is_so in lacks.items() if is_so)


def _by_kind(shown: Sequence[Shown]) -> list[Mapping[str, Any]]:
    return [
        {
            "kind": kind.value,
            "records": [each.record for each in shown if each.kind is kind],
            "fields": sorted({name for each in shown if each.kind is kind for name in each.fields}),
        }
        for kind in RecordKind
        if any(each.kind is kind for each in shown)
    ]
