"""On whose behalf a transaction runs: what row-level security is told of it on PostgreSQL (ADR 0008)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from foundation import clock
from foundation.actor import Actor

ROLE = "yuimaru_app"
"""Every transaction changes to this role: it owns no table and row-level security holds for it."""
REFUSED = {"42501", "22023"}
"""Not a member of the role; there is no such role."""
_ENTER = """
SELECT set_config('role', %s, true), set_config('yuimaru.party', %s, true), set_config('yuimaru.person', %s, true),
       set_config('yuimaru.member', %s, true), set_config('yuimaru.today', %s, true),
       set_config('yuimaru.now', %s, true)
"""


class Party(StrEnum):
    """行使の主体: the service itself, whoever runs it, or a person of a member."""

    SERVICE = "service"
    OPERATOR = "operator"
    PERSON = "person"


class RoleRefusedError(RuntimeError):
    """The database's user may not change to the role that serves."""

    def __init__(self) -> None:
        super().__init__(
            f"データベースの利用者が役割 {ROLE} になれません。データベースの管理者が次を実行してください:"
            f" CREATE ROLE {ROLE} NOLOGIN; GRANT {ROLE} TO （接続に使う利用者）;"
            f" (the database's user can't become {ROLE}: its administrator creates the role and grants it)"
        )


@dataclass(frozen=True, slots=True)
class Scope:
    """行使の範囲: who acts, and for which member; the database shows no more than is theirs."""

    party: Party
    person: str | None = None
    member: str | None = None


SERVICE = Scope(Party.SERVICE)
"""The service itself: worker, commands, whoever asks for a credential. It sees every row."""


ENTERED = "scope"


def scope_of(actor: Actor) -> Scope:
    """Return the scope of somebody who has signed in. Raises ValueError for nobody in particular."""
    if actor.is_operator:
        return Scope(Party.OPERATOR)
    if actor.person is None and actor.client is None:
        raise ValueError("nobody has signed in: what then runs as the service says so itself")
    return Scope(Party.PERSON, actor.person, actor.member)


def enter(session: Session, scope: Scope) -> None:
    """Give up the connection's own rights until the transaction ends, and say who acts: one statement.

    Raises RoleRefusedError where the role is lacking.
    """
    now = clock.now(session).isoformat()
    said = (ROLE, scope.party, scope.person or "", scope.member or "", clock.today(session).isoformat(), now)
    try:
        session.connection().exec_driver_sql(_ENTER, said).close()
        session.info[ENTERED] = scope
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) in REFUSED:
            raise RoleRefusedError from error
        raise


@contextmanager
def as_service(session: Session) -> Iterator[None]:
    """Let the service itself do what follows from somebody's act in rows of others, and then the actor go on.

    A refusal inside has to end the transaction: the actor's scope is taken up again only where all went well.
    """
    scope: Scope | None = session.info.get(ENTERED)
    if scope is None or scope == SERVICE:
        yield
        return
    session.flush()
    enter(session, SERVICE)
    yield
    session.flush()
    enter(session, scope)
