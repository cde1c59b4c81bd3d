"""Guest IDs that a member has lent and borrowed, and its directory that opens accounts for them."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation import clock
from foundation.ids import new_id
from foundation.sealing import seal
from inventory.directory import queueing
from inventory.directory.claiming import PLACE
from inventory.directory.models import DirectoryTask, MemberDirectory
from inventory.guests.models import GuestId, GuestPool, GuestUse
from service.identity.scim.models import DirectoryToken


def guests(session: Session, ids: dict[str, str], part: str) -> dict[str, Any]:
    """Let a member have lent a guest ID to a bystander's helper, and have borrowed one of a bystander's."""
    lent, borrowed = (ids[f"G.{part}"], ids["G.bystander"]), (ids["G.bystander"], ids[f"G.{part}"])
    commitment = new_id()
    pool, guest = _guest(session, ids["G"], commitment, *lent)
    use = session.scalars(select(GuestUse.id).where(GuestUse.guest_id == guest)).one()
    directory = _directory(session, lent[0], guest, use)
    _, received = _guest(session, ids["G"], new_id(), *borrowed)
    return {"pool": pool, "guest": guest, "received_guest": received, "commitment": commitment, **directory}


def _directory(session: Session, member: str, guest: str, use: str) -> dict[str, Any]:
    """Let a member have a directory inside, which nobody calls, with an account to be opened, and a token for it."""
    now, token = clock.now(session), new_id()
    session.add_all(
        [
            MemberDirectory(
                member_id=member,
                base_url="https://127.0.0.1/scim/v2",
                token_sealed=seal(session, member, PLACE, member, "token-of-a-directory"),
                is_on=True,
                changed_by="person",
                changed_at=now,
            ),
            DirectoryToken(
                id=token,
                member_id=member,
                digest=token.encode(),
                made_by="person",
                made_at=now,
                ends_at=now + timedelta(days=365),
            ),
        ]
    )
    session.flush()
    queueing.want_enabled(session, member, guest, use, "guest-1", now + timedelta(days=7))
    task = session.scalars(select(DirectoryTask.id).where(DirectoryTask.guest_id == guest)).one()
    return {"directory_task": task, "directory_token": token}


def _guest(session: Session, group: str, commitment: str, owner: str, member: str) -> tuple[str, str]:
    now = clock.now(session)
    pool = GuestPool(
        id=new_id(), member_id=owner, name="住民記録", needs_pledge=True, needs_training=False, created_at=now
    )
    guest = GuestId(id=new_id(), pool=pool, label="guest-1", envelope="封筒1番", prepared_at=now)
    session.add_all([pool, guest])
    session.flush()
    session.add(
        GuestUse(
            id=new_id(),
            guest_id=guest.id,
            round=1,
            state="issued",
            commitment_id=commitment,
            incident_id=new_id(),
            group_id=group,
            member_id=member,
            helper="応援 太郎",
            starts_at=now,
            until_at=now + timedelta(days=7),
            reserved_by="person",
            issued_at=now,
            issued_by="person",
        )
    )
    return pool.id, guest.id
