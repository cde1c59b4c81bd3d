"""What a handler is given: the caller, the data, and what came with the request."""

from dataclasses import dataclass
from typing import Any, TypeVar, cast

from pydantic import BaseModel
from starlette.requests import Request

from foundation.actor import Actor
from foundation.database import Database
from foundation.database.unit import P, T, Work
from foundation.idempotency import RequestKey, once
from foundation.operations import Operation
from foundation.problems import Language, Stale

View = TypeVar("View", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class CallDatabase:
    """The database as one call sees it: its write is kept under the call's Idempotency-Key, if it has one."""

    database: Database
    operation: Operation
    key: RequestKey | None

    async def write(self, fn: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(session, …)` as one transaction; a repeat of the call gets the first answer."""
        if self.key is None:
            return await self.database.write(fn, *args, **kwargs)
        returns = self.operation.returns
        assert returns is not None
        work: Any = fn
        return cast("T", await self.database.write(once, self.key, returns, work, *args, **kwargs))

    async def read(self, fn: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(session, …)` on one read-only snapshot."""
        return await self.database.read(fn, *args, **kwargs)

    async def disclose(self, fn: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a protected read: its audit row commits before the value is handed over."""
        return await self.database.disclose(fn, *args, **kwargs)


@dataclass(frozen=True, slots=True)
class Call:
    """呼び出し: one request to one operation, its caller known and allowed."""

    request: Request
    actor: Actor
    database: CallDatabase
    language: Language
    if_match: int | None = None

    @property
    def state(self) -> Any:
        """What the application was assembled with (settings, gateways, wake-up calls)."""
        return self.request.app.state


def check_version(found: int, wanted: int | None) -> None:
    """Raise Stale where the caller changed another version than the present one."""
    if wanted is not None and wanted != found:
        raise Stale
