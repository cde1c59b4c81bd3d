"""A member's own directory over the API: registered by its administrator, watched by who keeps guest IDs."""

from agreements.errors import MemberNotFound
from foundation.actor import TWO_FACTORS
from foundation.calls import Call
from foundation.operations import operation
from foundation.sealing import SealError
from inventory import permissions
from inventory.directory import actions, client, queries
from inventory.directory.errors import DirectoryNotFound, InvalidDirectory
from inventory.directory.schemas import DirectoryDraft, DirectoryTasksView, DirectoryView
from inventory.directory.standing import Trouble


@operation(
    "GET",
    "/members/{code}/directory",
    permission=permissions.KEEP_DIRECTORY,
    returns=DirectoryView,
    problems=[MemberNotFound, DirectoryNotFound],
)
async def read_directory(call: Call, code: str) -> DirectoryView:
    """自団体のディレクトリを見る (show the own member's directory, without its token)."""
    return await call.database.read(queries.read_directory, call.actor, code)


@operation(
    "PUT",
    "/members/{code}/directory",
    permission=permissions.KEEP_DIRECTORY,
    assurance=TWO_FACTORS,
    body=DirectoryDraft,
    returns=DirectoryView,
    problems=[MemberNotFound, InvalidDirectory],
)
async def put_directory(call: Call, code: str, draft: DirectoryDraft) -> DirectoryView:
    """自団体のディレクトリを登録する (register the own member's directory, or change it)."""
    return await call.database.write(actions.put, call.actor, code, draft, call.state.settings.directory_hosts)


@operation(
    "DELETE",
    "/members/{code}/directory",
    permission=permissions.KEEP_DIRECTORY,
    assurance=TWO_FACTORS,
    status=204,
    problems=[MemberNotFound, DirectoryNotFound],
)
async def remove_directory(call: Call, code: str) -> None:
    """自団体のディレクトリの登録をやめる (forget the own member's directory and its token)."""
    await call.database.write(actions.remove, call.actor, code)


@operation(
    "POST",
    "/members/{code}/directory/test",
    permission=permissions.KEEP_DIRECTORY,
    returns=DirectoryView,
    problems=[MemberNotFound, DirectoryNotFound],
)
async def try_directory(call: Call, code: str) -> DirectoryView:
    """自団体のディレクトリへの接続を試す (ask the directory what it can, and whether it takes the token)."""
    trouble: Trouble | None = None
    try:
        target = await call.database.read(queries.target, call.actor, code)
        await client.probe(target, call.state.settings.directory_hosts)
    except SealError:
        trouble = Trouble.TOKEN_UNREADABLE
    except client.DirectoryError as error:
        trouble = error.trouble
    return await call.database.write(actions.note_test, call.actor, code, trouble)


@operation("GET", "/directory-tasks", permission=permissions.KEEP_GUESTS, returns=DirectoryTasksView)
async def list_directory_tasks(call: Call) -> DirectoryTasksView:
    """ディレクトリへの依頼の一覧 (list which accounts the directory has yet to open or shut)."""
    return await call.database.read(queries.list_tasks, call.actor)
