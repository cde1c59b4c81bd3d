"""Temporary contacts over the API."""

from agreements import permissions
from agreements.errors import AlreadyConfirmed, MemberNotFound, NotIndependent, TemporaryContactNotFound
from agreements.temporary import actions, queries
from agreements.temporary.schemas import ConfirmationDraft, TemporaryDraft, TemporaryQuery, TemporaryView
from foundation.calls import Call
from foundation.operations import operation
from foundation.paging import Page


@operation(
    "GET",
    "/members/{code}/temporary-contacts",
    permission=permissions.SEE_PEOPLE,
    query=TemporaryQuery,
    returns=Page[TemporaryView],
    problems=[MemberNotFound],
)
async def list_temporary_contacts(call: Call, code: str, query: TemporaryQuery) -> Page[TemporaryView]:
    """臨時連絡先の一覧 (the temporary contacts of a member)."""
    return await call.database.read(queries.list_temporary, call.actor, code, query.incident, query.cursor)


@operation(
    "POST",
    "/members/{code}/temporary-contacts",
    permission=permissions.VOUCH,
    body=TemporaryDraft,
    returns=TemporaryView,
    status=201,
    problems=[MemberNotFound],
)
async def enter_temporary_contact(call: Call, code: str, draft: TemporaryDraft) -> TemporaryView:
    """臨時連絡先を登録する (enter an address that counts during one incident)."""
    return await call.database.write(actions.enter, call.actor, code, draft)


@operation(
    "POST",
    "/temporary-contacts/{contact}/confirmation",
    permission=permissions.VOUCH,
    body=ConfirmationDraft,
    returns=TemporaryView,
    problems=[TemporaryContactNotFound, AlreadyConfirmed, NotIndependent],
)
async def confirm_temporary_contact(call: Call, contact: str, draft: ConfirmationDraft) -> TemporaryView:
    """臨時連絡先を確認する (confirm a temporary contact)."""
    return await call.database.write(actions.confirm, call.actor, contact, draft)
