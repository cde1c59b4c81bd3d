"""A person's own sessions over the API."""

from foundation.calls import Call
from foundation.operations import operation
from service import permissions
from service.identity.sessions import actions, queries
from service.identity.sessions.actions import SessionNotFound
from service.identity.sessions.schemas import SessionsView


@operation("GET", "/me/sessions", permission=permissions.SEE_ONESELF, returns=SessionsView)
async def list_sessions(call: Call) -> SessionsView:
    """自分のサインインの一覧 (where one is signed in)."""
    return await call.database.read(queries.list_sessions, call.actor)


@operation(
    "DELETE", "/me/sessions/{session}", permission=permissions.SEE_ONESELF, status=204, problems=[SessionNotFound]
)
async def end_session(call: Call, session: str) -> None:
    """サインインを1つ終わらせる (end one of one's own sessions)."""
    await call.database.write(actions.end_one, call.actor, session)


@operation("DELETE", "/me/sessions", permission=permissions.SEE_ONESELF, status=204)
async def end_other_sessions(call: Call) -> None:
    """ほかのサインインをすべて終わらせる (end all one's other sessions)."""
    await call.database.write(actions.end_others, call.actor)
