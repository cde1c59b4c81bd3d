"""A unit of work: one function of a session, run as one transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy.orm import Session

from foundation.clock import Clock, SystemClock
from foundation.database.scope import Scope

T = TypeVar("T")
P = ParamSpec("P")
Work = Callable[Concatenate[Session, P], T]
Listener = Callable[[Session, Any], Any]
CLOSING = "closing"


class Keys(Protocol):
    """Whoever opens the owners' data keys; the sealing above does, and stands on this folder itself."""

    def remember(self, session: Session) -> None:
        """Keep the keys that a transaction has read, now that it has ended well."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a transaction finds around it: `prepare` lays it into the session, `finish` ends what it left to do."""

    keyring: Keys
    clock: Clock = field(default_factory=SystemClock)
    listeners: Mapping[type, Listener] = field(default_factory=dict)

    def prepare(self, session: Session, *, is_read: bool = False) -> Session:
        """Give the session its instant, keys and listeners."""
        session.info["now"] = self.clock.now()
        session.info["keyring"] = self.keyring
        session.info["listeners"] = self.listeners
        session.info[CLOSING] = None if is_read else []
        return session

    def finish(self, session: Session) -> None:
        """Write what the work changed, then run the steps that it set for its end, in the same transaction."""
        session.flush()
        for step in session.info[CLOSING]:
            step(session)


def at_the_end(session: Session, step: Callable[[Session], None]) -> None:
    """Have a step run once, after the work and before its commit. Raises RuntimeError where nothing is written."""
    steps = session.info[CLOSING]
    if steps is None:
        raise RuntimeError("a read keeps nothing; use write, or disclose for a protected read")
    if step not in steps:
        steps.append(step)


class Database(Protocol):
    """The one way to the data: a function runs as one transaction, or not at all."""

    surroundings: Surroundings

    def acting(self, scope: Scope) -> "Database":
        """Return the same database, its transactions on behalf of somebody else."""
        ...

    async def write(self, fn: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(session, …)` as one transaction and return its value after the commit."""
        ...

    async def read(self, fn: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(session, …)` on one read-only snapshot."""
        ...

    async def disclose(self, fn: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a protected read: its audit row commits before the value is handed over."""
        ...

    async def shred(self, table: str) -> bool:
        """Let go of what a table's rows said before, as far as the engine can; False where it may linger."""
        ...

    async def close(self) -> None:
        """Finish what was begun and let go of the connections."""
        ...
