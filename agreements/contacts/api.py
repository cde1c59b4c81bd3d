"""Designated contacts over the API."""

from agreements import permissions
from agreements.contacts import actions, queries
from agreements.contacts.schemas import ContactDraft, ContactView
from agreements.errors import (
    ContactNotFound,
    GroupEnded,
    GroupNotFound,
    LastContact,
    MemberLeft,
    MemberNotFound,
    PlaceTaken,
)
from foundation.calls import Call
from foundation.operations import operation
from foundation.paging import Page, PageQuery


@operation(
    "GET",
    "/groups/{group}/members/{code}/contacts",
    permission=permissions.SEE,
    query=PageQuery,
    returns=Page[ContactView],
    problems=[GroupNotFound, MemberNotFound],
)
async def list_contacts(call: Call, group: str, code: str, query: PageQuery) -> Page[ContactView]:
    """協定担当者の一覧 (the contacts of a member in a group)."""
    return await call.database.read(queries.list_contacts, call.actor, group, code, query.cursor)


@operation(
    "POST",
    "/groups/{group}/members/{code}/contacts",
    permission=permissions.TEND,
    body=ContactDraft,
    returns=ContactView,
    status=201,
    problems=[GroupNotFound, MemberNotFound, MemberLeft, PlaceTaken, GroupEnded],
)
async def designate_contact(call: Call, group: str, code: str, draft: ContactDraft) -> ContactView:
    """協定担当者を指定する (designate a contact by function and order)."""
    return await call.database.write(actions.designate, call.actor, group, code, draft)


@operation(
    "DELETE",
    "/groups/{group}/members/{code}/contacts/{contact}",
    permission=permissions.TEND,
    status=204,
    problems=[GroupNotFound, MemberNotFound, ContactNotFound, LastContact, GroupEnded],
)
async def dismiss_contact(call: Call, group: str, code: str, contact: str) -> None:
    """協定担当者の指定を解く (end a designation)."""
    await call.database.write(actions.dismiss, call.actor, group, code, contact)
