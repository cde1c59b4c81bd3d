"""Handing the newest anchor out every hour, so that the record can be held against what others have kept."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agreements import queries as agreements
from foundation import clock
from foundation.audit import anchors
from foundation.audit.models import AuditAnchor
from foundation.database.statements import insert_or_skip
from notifications.actions import raise_alert
from notifications.alerts import LOW, Addressee, by_mail
from notifications.models import Alert, Question
from service.record.models import RecordCheckpoint
from service.record.wording import CHECKPOINT

EVERY = timedelta(hours=1)
WITNESSES = 2
AT_ONCE = 1000
"""Anchors fetched at a time."""


def mail_newest(session: Session) -> int | None:
    """Mail the newest anchor to the contacts of the next two members in turn, and return its number.

    None where the last checkpoint is younger than an hour, nothing was anchored since, or nobody can be written to.
    It leaves no audit row: else every checkpoint would itself be the reason for the next.
    """
    anchor = anchors.newest(session)
    if anchor is None or anchor.at is None or not _is_due(session, anchor.number):
        return None
    witnesses = _next_witnesses(session)
    if not witnesses:
        return None
    made = {"number": anchor.number, "at": clock.now(session), "members": sorted(witnesses)}
    if not insert_or_skip(session, RecordCheckpoint, made):
        return None
    raise_alert(
        session,
        kind=CHECKPOINT,
        topic=f"anchor:{anchor.number}",
        facts={"number": anchor.number, "at": anchor.at.isoformat(), "hash": anchor.hash.hex()},
        addressees=[each for reached in witnesses.values() for each in reached],
        priority=LOW,
    )
    return anchor.number


def first_broken(session: Session) -> int | None:
    """Return the first number that was mailed and whose anchor is gone or another; None where all stand.

    The hash is what the mail was made from, so anchors made anew don't pass for those that were taken away.
    """
    mailed: dict[int, bytes | None] = dict.fromkeys(session.scalars(select(RecordCheckpoint.number)))
    facts = select(Question.facts).join(Alert, Alert.id == Question.alert_id).where(Alert.kind == CHECKPOINT)
    mailed |= {each["number"]: bytes.fromhex(each["hash"]) for each in session.scalars(facts)}
    anchored = select(AuditAnchor.number, AuditAnchor.hash).execution_options(yield_per=AT_ONCE)
    kept = {row.number: row.hash for row in session.execute(anchored) if row.number in mailed}
    broken = [number for number, end in mailed.items() if number not in kept or end not in {None, kept[number]}]
    return min(broken, default=None)


def _is_due(session: Session, newest: int) -> bool:
    columns = select(RecordCheckpoint.number, RecordCheckpoint.at)
    last = session.execute(columns.order_by(RecordCheckpoint.number.desc()).limit(1)).one_or_none()
    if last is not None:
        return bool(newest > last.number and clock.now(session) >= last.at + EVERY)
    began_at: datetime | None = session.scalar(select(AuditAnchor.at).order_by(AuditAnchor.number).limit(1))
    return began_at is not None and clock.now(session) >= began_at + EVERY


def _next_witnesses(session: Session) -> dict[str, list[Addressee]]:
    """Return the mail addresses of the next two members by member, going round in the order of their ids."""
    members = agreements.members_with_mail(session)
    turn = session.scalar(select(func.count()).select_from(RecordCheckpoint)) or 0
    order = sorted(members)
    chosen = {order[(turn * WITNESSES + place) % len(order)] for place in range(WITNESSES)} if order else set()
    return {
        member: by_mail(agreements.addressees(session, members[member], [member])[member])
        for member in sorted(chosen)
    }
