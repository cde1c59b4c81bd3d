"""A member's programs over the API, and the token endpoint that they call (RFC 6749)."""

from starlette.responses import JSONResponse, Response

from agreements.errors import MemberNotFound
from foundation.actor import TWO_FACTORS
from foundation.calls import Call
from foundation.operations import operation
from service import permissions
from service.identity.clients import actions, granting, queries
from service.identity.clients.errors import ClientNotFound, OtherMembersClient, ResponsibleUnknown
from service.identity.clients.granting import METHODS, Asked
from service.identity.clients.models import Scope
from service.identity.clients.schemas import (
    ClientChange,
    ClientDraft,
    ClientSecretView,
    ClientsView,
    ClientView,
    Rotation,
    ServerMetadata,
    TokenAnswer,
    TokenError,
    TokenRequest,
)
from service.identity.limits.errors import TooManyGuesses
from service.identity.sign_in.api import peer_of

FORM = "application/x-www-form-urlencoded"
GRANT = "client_credentials"
INVALID = {"error": "invalid_request"}
MOST_FIELDS = 20


@operation(
    "GET",
    "/members/{code}/clients",
    permission=permissions.KEEP_CLIENTS,
    returns=ClientsView,
    problems=[MemberNotFound],
)
async def list_clients(call: Call, code: str) -> ClientsView:
    """団体の連携プログラムの一覧 (a member's programs)."""
    return await call.database.read(queries.list_clients, call.actor, code)


@operation(
    "POST",
    "/members/{code}/clients",
    permission=permissions.KEEP_CLIENTS,
    body=ClientDraft,
    returns=ClientSecretView,
    status=201,
    assurance=TWO_FACTORS,
    keeps_answer=False,
    problems=[MemberNotFound, OtherMembersClient, ResponsibleUnknown],
)
async def register_client(call: Call, code: str, draft: ClientDraft) -> ClientSecretView:
    """連携プログラムを登録する (let a program in; its secret is shown this once)."""
    return await call.database.write(actions.register, call.actor, code, draft)


@operation(
    "PATCH",
    "/clients/{client}",
    permission=permissions.KEEP_CLIENTS,
    body=ClientChange,
    returns=ClientView,
    assurance=TWO_FACTORS,
    problems=[ClientNotFound, ResponsibleUnknown],
)
async def change_client(call: Call, client: str, change: ClientChange) -> ClientView:
    """連携プログラムを変更する、止める (change a program, or switch it off with all its tokens)."""
    return await call.database.write(actions.change, call.actor, client, change)


@operation(
    "POST",
    "/clients/{client}/secret",
    permission=permissions.KEEP_CLIENTS,
    body=Rotation,
    returns=ClientSecretView,
    status=201,
    assurance=TWO_FACTORS,
    keeps_answer=False,
    problems=[ClientNotFound],
)
async def rotate_client_secret(call: Call, client: str, rotation: Rotation) -> ClientSecretView:
    """連携プログラムの秘密を替える (give a program another secret)."""
    return await call.database.write(actions.rotate, call.actor, client, rotation)


@operation(
    "POST",
    "/oauth/token",
    prefix="",
    permission=None,
    fields=TokenRequest,
    returns=TokenAnswer,
    keeps_answer=False,
    problems=[TooManyGuesses],
    answers={400: TokenError, 401: TokenError},
)
async def issue_client_token(call: Call) -> Response:
    """連携プログラムにトークンを渡す (OAuth 2.0 client credentials)."""
    asked = await _asked(call)
    if asked is None:
        return JSONResponse(INVALID, 400)
    granted = await call.database.write(granting.grant, asked)
    if granted.seconds:
        raise TooManyGuesses(seconds=granted.seconds)
    headers = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    if granted.status == 401:  # noqa: PLR2004 — RFC 6749, 5.2 wants the way named
        headers["WWW-Authenticate"] = 'Basic realm="yuimaru"'
    return JSONResponse(granted.body, granted.status, headers)


@operation("GET", "/.well-known/oauth-authorization-server", prefix="", permission=None, returns=ServerMetadata)
async def read_server_metadata(call: Call) -> ServerMetadata:
    """認可サーバーの情報 (where programs get their tokens, RFC 8414)."""
    base_url = call.state.settings.base_url.rstrip("/")
    return ServerMetadata(
        issuer=base_url,
        token_endpoint=f"{base_url}/oauth/token",
        grant_types_supported=[GRANT],
        response_types_supported=[],
        token_endpoint_auth_methods_supported=list(METHODS),
        scopes_supported=[each.value for each in Scope],
    )


async def _asked(call: Call) -> Asked | None:
    """Read the form; None where it is none, or says something twice."""
    request = call.request
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        return None
    async with request.form(max_files=0, max_fields=MOST_FIELDS) as form:
        fields = form.multi_items()
        names = [name for name, _ in fields]
        if len(set(names)) < len(names) or not all(isinstance(value, str) for _, value in fields):
            return None
        texts = {name: str(value) for name, value in fields}
    return Asked(texts, request.headers.get("authorization", ""), peer_of(call))
