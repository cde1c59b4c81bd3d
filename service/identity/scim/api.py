"""Making and ending the token by which a member's directory keeps its people."""

from foundation.actor import TWO_FACTORS
from foundation.calls import Call
from foundation.operations import operation
from service import permissions
from service.identity.scim import actions, queries
from service.identity.scim.errors import DirectoryTokenNotFound, TooManyDirectoryTokens
from service.identity.scim.schemas import DirectoryTokenIssuedView, DirectoryTokensView


@operation("GET", "/directory-tokens", permission=permissions.KEEP_DIRECTORY, returns=DirectoryTokensView)
async def list_directory_tokens(call: Call) -> DirectoryTokensView:
    """ディレクトリのトークンの一覧 (list the tokens of the own member's directory, without their text)."""
    return await call.database.read(queries.list_tokens, call.actor)


@operation(
    "POST",
    "/directory-tokens",
    permission=permissions.KEEP_DIRECTORY,
    assurance=TWO_FACTORS,
    returns=DirectoryTokenIssuedView,
    status=201,
    keeps_answer=False,
    problems=[TooManyDirectoryTokens],
)
async def issue_directory_token(call: Call) -> DirectoryTokenIssuedView:
    """ディレクトリのトークンを発行する (make a token for the own member's directory; shown this once)."""
    return await call.database.write(actions.issue, call.actor)


@operation(
    "DELETE",
    "/directory-tokens/{token}",
    permission=permissions.KEEP_DIRECTORY,
    status=204,
    problems=[DirectoryTokenNotFound],
)
async def end_directory_token(call: Call, token: str) -> None:
    """ディレクトリのトークンを終わらせる (end a token of the own member's directory at once)."""
    await call.database.write(actions.end, call.actor, token)
