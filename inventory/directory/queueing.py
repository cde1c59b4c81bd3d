"""What is to be done in a member's directory, written with the change of a guest ID that makes it necessary."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from foundation import clock
from foundation.database import as_service
from foundation.ids import new_id
from inventory.directory.models import DirectoryTask
from inventory.directory.standing import AccountState


def want_enabled(session: Session, member: str, guest: str, use: str, account: str, until_at: datetime) -> None:
    """Have the account of a guest ID opened for one use. Called under the lock of the guest ID."""
    _add(session, member, guest, use, account, until_at, AccountState.ENABLED)


def want_disabled(session: Session, use: str) -> None:
    """Have the account shut that was opened for a use, if it was. Called under the lock of the guest ID.

    A use may end while its helper's member acts: the tasks are the owner's.
    """
    with as_service(session):
        _disable(session, use)


def _disable(session: Session, use: str) -> None:
    opened = session.scalar(
        select(DirectoryTask)
        .where(DirectoryTask.use_id == use)
        .order_by(DirectoryTask.number.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    if opened is not None and opened.wanted == AccountState.ENABLED:
        _add(session, opened.member_id, opened.guest_id, use, opened.account, opened.until_at, AccountState.DISABLED)


def _add(
    session: Session, member: str, guest: str, use: str, account: str, until_at: datetime, wanted: AccountState
) -> None:
    now = clock.now(session)
    last = session.scalar(select(func.max(DirectoryTask.number)).where(DirectoryTask.guest_id == guest))
    session.add(
        DirectoryTask(
            id=new_id(),
            member_id=member,
            guest_id=guest,
            use_id=use,
            number=(last or 0) + 1,
            wanted=wanted.value,
            account=account,
            until_at=until_at,
            made_at=now,
            due_at=now,
        )
    )
    session.flush()
