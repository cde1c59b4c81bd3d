"""Registering a member's own directory. Nothing here calls it."""

from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from foundation import audit, clock
from foundation.actor import Actor
from foundation.egress import Egress, EgressRefusedError
from foundation.problems import FieldError
from foundation.sealing import seal
from inventory.directory import queries
from inventory.directory.claiming import PLACE
from inventory.directory.errors import InvalidDirectory
from inventory.directory.models import DirectoryTask, MemberDirectory
from inventory.directory.schemas import DirectoryDraft, DirectoryView
from inventory.directory.standing import WORDS, TaskState, Trouble

NO_TOKEN = FieldError(
    "/token",
    "missing",
    "ディレクトリのトークンを入力してください。接続先の URL を変えるときも、あらためて必要です。",
    "Give the directory's token; it is needed again whenever the address changes.",
)


def put(session: Session, actor: Actor, ref: str, draft: DirectoryDraft, opened: Collection[str]) -> DirectoryView:
    """Register the directory of the actor's member, or change it. Raises MemberNotFound, InvalidDirectory.

    A kept token never goes to another address: who could only change the address would else read it there.
    """
    queries.require_own(session, actor, ref)
    assert actor.member is not None
    assert actor.person is not None
    url = draft.base_url.rstrip("/")
    _check(url, opened)
    now = clock.now(session)
    row = session.scalar(select(MemberDirectory).where(queries.directories_visible_to(actor)).with_for_update())
    if draft.token is None and (row is None or row.base_url != url):
        raise InvalidDirectory(NO_TOKEN)
    if row is None:
        row = MemberDirectory(member_id=actor.member, version=0)
    row.base_url, row.is_on = url, draft.is_on
    row.changed_by, row.changed_at, row.version = actor.person, now, row.version + 1
    if draft.token is not None:
        row.token_sealed = seal(session, actor.member, PLACE, actor.member, draft.token)
    row.tested_at = row.test_code = None
    session.add(row)
    session.flush()
    _due_now(session, actor.member)
    audit.record(
        session,
        actor,
        "inventory.directory_registered",
        f"member:{actor.member}",
        is_on=draft.is_on,
        has_new_token=draft.token is not None,
    )
    return queries.shown(session, row)


def remove(session: Session, actor: Actor, ref: str) -> None:
    """Forget the directory and its token; what is not confirmed stays to be seen.

    Raises MemberNotFound, DirectoryNotFound.
    """
    row = queries.directory_of(session, actor, ref, for_update=True)
    session.delete(row)
    session.flush()
    audit.record(session, actor, "inventory.directory_removed", f"member:{row.member_id}")


def note_test(session: Session, actor: Actor, ref: str, trouble: Trouble | None) -> DirectoryView:
    """Keep what came of a test; where it went well, what waits is tried at once. Raises DirectoryNotFound."""
    row = queries.directory_of(session, actor, ref, for_update=True)
    row.tested_at, row.test_code = clock.now(session), trouble.value if trouble else None
    session.flush()
    if trouble is None:
        _due_now(session, row.member_id)
    audit.record(session, actor, "inventory.directory_tested", f"member:{row.member_id}", code=row.test_code)
    return queries.shown(session, row)


def _due_now(session: Session, member: str) -> None:
    session.execute(
        update(DirectoryTask)
        .where(DirectoryTask.member_id == member, DirectoryTask.state == TaskState.DUE.value)
        .values(due_at=clock.now(session))
        .execution_options(synchronize_session=False)
    )


def _check(url: str, opened: Collection[str]) -> None:
    try:
        Egress(frozenset(opened), may_be_plain=True).check_base(url)
    except EgressRefusedError as refused:
        words = WORDS[Trouble(refused.code)]
        english = (
            "Give an https address that lies outside, or is opened by the operator, without user, query or fragment."
        )
        raise InvalidDirectory(FieldError("/base_url", refused.code, f"{words}。", english)) from None
