"""Claiming what is due in members' directories, and recording what came of it; nothing is sent here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from sqlalchemy import (
    Select,
    String,
    UpdateBase,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from foundation import audit, clock
from foundation.actor import SYSTEM
from foundation.database.base import UtcDateTime
from foundation.leases import claiming, finish, leave
from foundation.sealing import SealError, unseal
from inventory.directory.models import DirectoryTask, MemberDirectory
from inventory.directory.standing import AccountState, TaskState, Trouble
from notifications.retry import pause

PLACE = "member_directories.token"
MOST_OF_MEMBER = 2
"""Tasks of one member at once."""
UNREADABLE_AGAIN = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Target:
    """接続先: a member's directory with its token, for the time of one call; never written anywhere."""

    member: str
    base_url: str
    token: str


@dataclass(frozen=True, slots=True)
class Job:
    """依頼の内容: one account to be opened or shut; `may_exist` tells whether it was ever asked to be opened."""

    task: DirectoryTask
    target: Target
    may_exist: bool


def claim(session: Session, worker: str, limit: int) -> list[Job]:
    """Lease what is due, the tasks of one account strictly in their order, and count the try before it is made.

    An account that is to be shut already is not opened any more.
    """
    jobs = []
    for task in session.scalars(_claiming(), leave(session, worker, limit)).all():
        if task.wanted == AccountState.ENABLED and _is_followed(session, task):
            finish(session, task, state=TaskState.SUPERSEDED.value)
            continue
        may_exist = _was_asked_for(session, task)
        task.tries += 1
        task.tried_at = clock.now(session)
        session.flush()
        if (target := _readable(session, task)) is not None:
            jobs.append(Job(task, target, may_exist))
    return jobs


def record(session: Session, job: Job, trouble: Trouble | None, jitter: float) -> bool:
    """Keep what a directory said; False where the lease had run out and another worker has the task.

    Whatever went wrong, it is tried again: an account is never left open in silence.
    """
    now, task = clock.now(session), job.task
    if trouble is None:
        is_kept = finish(session, task, state=TaskState.CONFIRMED.value, confirmed_at=now, error_code=None)
        act = "inventory.directory_confirmed"
    else:
        wait = pause(task.tries, gateways=1, age=now - task.made_at, jitter=jitter)
        is_kept = finish(session, task, state=TaskState.DUE.value, due_at=now + wait, error_code=trouble.value)
        act = "inventory.directory_failed"
    if is_kept and (trouble is None or trouble != task.error_code):
        audit.record(
            session,
            SYSTEM,
            act,
            f"guest-id:{task.guest_id}",
            chain=task.member_id,
            wanted=task.wanted,
            use=task.use_id,
            tries=task.tries,
            code=trouble.value if trouble else None,
        )
    return is_kept


def target_of(session: Session, member: str) -> Target:
    """Return where a member's directory is, with its token."""
    row = session.get_one(MemberDirectory, member)
    return Target(member, row.base_url, unseal(session, member, PLACE, member, row.token_sealed))


def _readable(session: Session, task: DirectoryTask) -> Target | None:
    """Return where the task goes; a token that doesn't open (its key was given up) holds up this member's alone."""
    try:
        return target_of(session, task.member_id)
    except SealError:
        later = clock.now(session) + UNREADABLE_AGAIN
        code = Trouble.TOKEN_UNREADABLE.value
        finish(session, task, state=TaskState.DUE.value, due_at=later, error_code=code)
        return None


@cache
def _claiming() -> UpdateBase:
    task = DirectoryTask
    is_on = exists().where(MemberDirectory.member_id == task.member_id, MemberDirectory.is_on)
    order: Sequence[object] = (task.due_at, task.id)
    return claiming(task, task.id.in_(_turns()), is_on, order=order, returning=(task,))


def _turns() -> Select[str]:
    """Select whose turn it is: of each member the first few, so that no slow directory holds up the others."""
    task, earlier, other = aliased(DirectoryTask), aliased(DirectoryTask), aliased(DirectoryTask)
    now = bindparam("lease_now", type_=UtcDateTime)
    due, leased = literal_column("'due'", String), literal_column("'leased'", String)
    waits = exists().where(
        earlier.guest_id == task.guest_id, earlier.number < task.number, earlier.state.in_((due, leased))
    )
    is_due = or_(and_(task.state == due, task.due_at <= now), and_(task.state == leased, task.leased_until < now))
    place = func.row_number().over(partition_by=task.member_id, order_by=(task.due_at, task.id))
    ranked = (
        select(task.id, task.member_id, place.label("place"))
        .where(task.state.in_((due, leased)), is_due, ~waits)
        .subquery()
    )
    underway = (
        select(func.count())
        .where(other.member_id == ranked.c.member_id, other.state == leased, other.leased_until >= now)
        .scalar_subquery()
    )
    return select(ranked.c.id).where(ranked.c.place + underway <= MOST_OF_MEMBER)


def _is_followed(session: Session, task: DirectoryTask) -> bool:
    later = exists().where(DirectoryTask.guest_id == task.guest_id, DirectoryTask.number > task.number)
    return bool(session.scalar(select(later)))


def _was_asked_for(session: Session, task: DirectoryTask) -> bool:
    """Tell whether the account was ever sent to be opened, also where no answer came."""
    sent = exists().where(DirectoryTask.guest_id == task.guest_id, DirectoryTask.tries > 0)
    return bool(session.scalar(select(sent)))
