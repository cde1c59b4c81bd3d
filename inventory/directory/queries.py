"""Reading a member's own directory and what is to be done there; never its token."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, false, func, select
from sqlalchemy.orm import Session

from agreements.errors import MemberNotFound
from agreements.queries import member_of
from foundation import clock
from foundation.actor import Actor
from inventory import permissions
from inventory.directory.claiming import Target, target_of
from inventory.directory.errors import DirectoryNotFound
from inventory.directory.models import DirectoryTask, MemberDirectory
from inventory.directory.schemas import DirectoryAccountView, DirectoryTasksView, DirectoryView
from inventory.directory.standing import WORDS, AccountState, TaskState, Trouble, sentence

OPEN = (TaskState.DUE.value, TaskState.LEASED.value)
SHOWN = 200


def directories_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The directory of the actor's own member."""
    may = actor.member is not None and actor.may(permissions.KEEP_DIRECTORY)
    return MemberDirectory.member_id == actor.member if may else false()


def directory_tasks_visible_to(actor: Actor) -> ColumnElement[bool]:
    """What is to be done for the guest IDs of the actor's own member."""
    may = actor.member is not None and actor.may(permissions.KEEP_GUESTS)
    return DirectoryTask.member_id == actor.member if may else false()


def require_own(session: Session, actor: Actor, ref: str) -> None:
    """Raise MemberNotFound unless a member is the actor's own: another's directory is nobody else's to know of."""
    if not actor.acts_for(member_of(session, actor, ref).id):
        raise MemberNotFound


def directory_of(session: Session, actor: Actor, ref: str, *, for_update: bool = False) -> MemberDirectory:
    """Return the directory of the actor's own member. Raises MemberNotFound, DirectoryNotFound."""
    require_own(session, actor, ref)
    statement = select(MemberDirectory).where(directories_visible_to(actor))
    found = session.scalar(statement.with_for_update() if for_update else statement)
    if found is None:
        raise DirectoryNotFound
    return found


def read_directory(session: Session, actor: Actor, ref: str) -> DirectoryView:
    """Show the actor's member's directory. Raises MemberNotFound, DirectoryNotFound."""
    return shown(session, directory_of(session, actor, ref))


def target(session: Session, actor: Actor, ref: str) -> Target:
    """Return where the directory is, with its token, for a test of it. Raises MemberNotFound, DirectoryNotFound."""
    return target_of(session, directory_of(session, actor, ref).member_id)


def list_tasks(session: Session, actor: Actor) -> DirectoryTasksView:
    """Return what is not confirmed, then what was last confirmed."""
    is_open = DirectoryTask.state.in_(OPEN)
    rows = session.scalars(
        select(DirectoryTask)
        .where(directory_tasks_visible_to(actor))
        .order_by(is_open.desc(), DirectoryTask.id.desc())
        .limit(SHOWN)
    ).all()
    waiting = session.scalar(
        select(func.count()).select_from(DirectoryTask).where(directory_tasks_visible_to(actor), is_open)
    )
    return DirectoryTasksView(items=[_account(session, each) for each in rows], waiting=waiting or 0)


def accounts_of(session: Session, uses: Collection[str]) -> dict[str, DirectoryAccountView]:
    """Return, by use of a guest ID, the last that was asked of the directory. The caller may see these uses."""
    rows = session.scalars(select(DirectoryTask).where(DirectoryTask.use_id.in_(uses)).order_by(DirectoryTask.number))
    return {each.use_id: _account(session, each) for each in rows}


def shown(session: Session, row: MemberDirectory) -> DirectoryView:
    waiting = select(func.count()).where(DirectoryTask.member_id == row.member_id, DirectoryTask.state.in_(OPEN))
    code = Trouble(row.test_code) if row.test_code else None
    return DirectoryView(
        member=row.member_id,
        base_url=row.base_url,
        is_on=row.is_on,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        tested_at=row.tested_at,
        test_code=code,
        test_text=f"{WORDS[code]}。" if code else None,
        waiting=session.scalar(waiting) or 0,
        version=row.version,
    )


def _account(session: Session, row: DirectoryTask) -> DirectoryAccountView:
    wanted, state = AccountState(row.wanted), TaskState(row.state)
    error = Trouble(row.error_code) if row.error_code else None
    return DirectoryAccountView(
        id=row.id,
        guest=row.guest_id,
        account=row.account,
        wanted=wanted,
        state=state,
        made_at=row.made_at,
        tries=row.tries,
        tried_at=row.tried_at,
        due_at=row.due_at if state is TaskState.DUE else None,
        confirmed_at=row.confirmed_at,
        error_code=error,
        text=sentence(
            wanted, state, confirmed_at=row.confirmed_at, error=error, tries=row.tries, now=clock.now(session)
        ),
    )
