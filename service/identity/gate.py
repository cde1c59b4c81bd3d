"""The gate: which actor stands behind a request's credentials."""

import structlog
from starlette.requests import Request

from foundation.actor import Actor
from foundation.database import Database
from foundation.problems import Problem
from service.identity.clients import queries as clients
from service.identity.clients.queries import actor_of_client
from service.identity.queries import actor_of_token
from service.identity.sessions.actions import touch
from service.identity.sessions.queries import MARK, Caller, caller_of

LONGEST = 128
log = structlog.get_logger()


async def gate(request: Request) -> Actor | None:
    """Return the bearer token's actor, or None where there is no token that counts."""
    text = bearer_of(request)
    if text is None:
        return None
    database: Database = request.app.state.database
    if text.startswith(MARK):
        return await _behind_session(database, text)
    found = actor_of_client if text.startswith(clients.MARK) else actor_of_token
    actor: Actor | None = await database.read(found, text)
    return actor


def bearer_of(request: Request) -> str | None:
    """Return the bearer token of a request, where it has one of a possible form."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(text) <= LONGEST or not text.isascii():
        return None
    return text


async def _behind_session(database: Database, text: str) -> Actor | None:
    caller: Caller | None = await database.read(caller_of, text)
    if caller is None:
        return None
    if caller.is_to_be_touched:
        await _touch(database, caller.actor)
    return caller.actor


async def _touch(database: Database, actor: Actor) -> None:
    """Note that the session is in use; a full disk must not shut out whoever only reads."""
    assert actor.session is not None
    try:
        await database.write(touch, actor.session)
    except Problem:
        log.warning("session_not_touched")
