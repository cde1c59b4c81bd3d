"""Calling every operation as everybody, and what the policy says should come of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import httpx
from sqlalchemy.orm import Session

from foundation.database import Database, Scope
from foundation.operations import Operation, path_names
from service import policy
from service.app import OPERATIONS
from service.policy import Reach
from tests.foundation.documents.samples import png
from tests.tenancy.callers import Caller, Relation
from tests.tenancy.rows import ROWS
from tests.tenancy.scene import NOBODY, Scene

NOT_CALLED = {
    "stream_events": "a stream that does not end; tests/aid/test_events.py looks at what it lets through",
    **dict.fromkeys(
        (
            "sign_in_by_password",
            "sign_in_by_code",
            "sign_in_by_passkey",
            "begin_oidc_sign_in",
            "finish_oidc_sign_in",
            "accept_invitation",
            "issue_client_token",
            "step_up",
        ),
        "a credential of one's own decides; tests/service/test_sign_in.py and its neighbours show which",
    ),
    **dict.fromkeys(
        ("change_password", "confirm_totp", "remove_totp", "register_passkey", "remove_passkey", "end_session"),
        "found by the caller's own id, and refused unless they hold such a thing; tests/service has each with one",
    ),
    **dict.fromkeys(
        ("set_pin", "list_terminal_people", "switch_person"),
        "the terminal's own token decides; tests/service/test_terminals.py",
    ),
}
"""Operations that the matrix leaves to a test of their own, and why."""
REACHED: dict[Reach, frozenset[Relation]] = {
    Reach.NONE: frozenset(),
    Reach.SELF: frozenset(Relation),
    Reach.OWN: frozenset({Relation.OWN}),
    Reach.NDA: frozenset({Relation.OWN, Relation.NDA}),
    Reach.GROUP: frozenset({Relation.OWN, Relation.NDA, Relation.GROUP}),
    Reach.ALL: frozenset(Relation),
}
REFUSED, UNSEEN = {401, 403}, {404, 422}
"""422 names what a body asks for in vain, in the same words whether or not it exists elsewhere."""


class Outcome(StrEnum):
    """結果: what the caller got hold of. A refusal for what the act itself lacks (409) got past the gates."""

    REACHED = "reached"
    REFUSED = "refused"
    UNSEEN = "unseen"


@dataclass(frozen=True)
class Cell:
    """升目: one operation, called by somebody about a member's things."""

    operation: Operation
    caller: Caller
    relation: Relation

    def __str__(self) -> str:
        return f"{self.operation.name} by {self.caller} ({self.relation})"

    @property
    def is_allowed(self) -> bool:
        """Tell what the page says."""
        if self.operation.permission is None:
            return True
        if self.caller.principal is None:
            return False
        row = ROWS[self.operation.name]
        acts = (self.operation.permission, *row.acts)
        reaches = {policy.reach_of(act, self.caller.principal) for act in acts}
        corrected = row.reach.get(self.caller.principal)
        return any(self.relation in REACHED[each] for each in ({corrected} if corrected else reaches))


def cells() -> Iterator[Cell]:
    """Every operation × caller × relation."""
    for operation in OPERATIONS:
        if operation.name not in NOT_CALLED:
            for caller in Caller:
                yield from (Cell(operation, caller, relation) for relation in Relation)


class Rehearsal:
    """A database whose writes are done in full and then undone: each cell finds the stage as it was set."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.surroundings = database.surroundings

    def acting(self, scope: Scope) -> "Rehearsal":
        return Rehearsal(self._database.acting(scope))

    async def write(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        values: list[Any] = []

        def run(session: Session) -> None:
            values.append(fn(session, *args, **kwargs))
            session.flush()
            raise _Undone

        try:
            await self._database.write(run)
        except _Undone:
            return values[-1]

    disclose = write

    async def read(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        return await self._database.read(fn, *args, **kwargs)


class _Undone(Exception):
    pass


async def call(scene: Scene, cell: Cell, *, missing: str | None = None) -> httpx.Response:
    """Make the cell's call; or the same with one of its ids put for something that is nowhere."""
    sent: dict[str, Any]
    row, things = ROWS[cell.operation.name], scene.asked_for(cell.caller, cell.relation)
    if missing:
        things[missing] = NOBODY
    path = cell.operation.path
    for name in path_names(path):
        path = path.replace(f"{{{name}}}", str(things[row.names.get(name, name)]))
    if cell.operation.takes_file:
        sent = {"data": row.body(things), "files": {"file": ("図.png", png())}}
    else:
        sent = {"json": row.body(things) if cell.operation.body is not None else None}
    return await scene.service.http.request(
        cell.operation.method,
        path,
        headers=scene.headers(cell.caller, cell.relation),
        params=row.query(things) or None,
        **sent,
    )


def named(cell: Cell) -> set[str]:
    """Return the things that a cell's call names, in its path, query and body."""
    row, used = ROWS[cell.operation.name], _Noting()
    row.query(used)
    row.body(used)
    return used.noted | {row.names.get(name, name) for name in path_names(cell.operation.path)}


class _Noting(dict[str, str]):
    """Things that note which of them were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.noted: set[str] = set()

    def __missing__(self, name: str) -> str:
        self.noted.add(name)
        return NOBODY


def outcome(scene: Scene, cell: Cell, answer: httpx.Response) -> Outcome:
    """Tell what came of a cell's call."""
    if answer.status_code in REFUSED:
        return Outcome.REFUSED
    if answer.status_code in UNSEEN:
        return Outcome.UNSEEN
    wanted = ROWS[cell.operation.name].shows
    is_shown = wanted is None or str(scene.asked_for(cell.caller, cell.relation)[wanted]) in answer.text
    return Outcome.REACHED if is_shown else Outcome.UNSEEN
