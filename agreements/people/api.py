"""People, desks and their channels over the API."""

from agreements import permissions
from agreements.errors import (
    ChannelNotFound,
    DeskNotFound,
    EmailTaken,
    LastContact,
    MemberNotFound,
    NotAdministrator,
    OwnRoles,
    PersonNotFound,
)
from agreements.people import actions, channels, queries
from agreements.people.schemas import (
    ChannelDraft,
    ChannelView,
    DeskDraft,
    DeskView,
    PeopleQuery,
    PersonChange,
    PersonDraft,
    PersonView,
    RolesChange,
)
from foundation.calls import Call
from foundation.operations import operation
from foundation.paging import Page, PageQuery
from foundation.problems import Stale


@operation(
    "GET",
    "/people",
    permission=permissions.SEE_PEOPLE,
    query=PeopleQuery,
    returns=Page[PersonView],
    problems=[MemberNotFound],
)
async def list_people(call: Call, query: PeopleQuery) -> Page[PersonView]:
    """担当者の一覧 (the people of one's own member, or of another in the same group; that is recorded)."""
    wanted = query.member or query.municipality
    is_own = wanted in {None, call.actor.member, call.actor.municipality}
    read = call.database.read if is_own else call.database.disclose
    return await read(queries.list_people, call.actor, wanted, query.cursor)


@operation(
    "POST",
    "/people",
    permission=permissions.TEND,
    body=PersonDraft,
    returns=PersonView,
    status=201,
    problems=[MemberNotFound, EmailTaken],
)
async def add_person(call: Call, draft: PersonDraft) -> PersonView:
    """担当者を登録する (enter a person who works for a member)."""
    return await call.database.write(actions.add_person, call.actor, draft)


@operation(
    "GET",
    "/people/{person}",
    permission=permissions.SEE_PEOPLE,
    returns=PersonView,
    problems=[PersonNotFound],
)
async def read_person(call: Call, person: str) -> PersonView:
    """担当者を見る (read a person; one of another member is recorded)."""
    is_own = await call.database.read(queries.is_colleague, call.actor, person)
    read = call.database.read if is_own else call.database.disclose
    return await read(queries.read_person, call.actor, person)


@operation(
    "PATCH",
    "/people/{person}",
    permission=permissions.TEND,
    body=PersonChange,
    returns=PersonView,
    problems=[PersonNotFound, EmailTaken, LastContact, Stale],
)
async def change_person(call: Call, person: str, change: PersonChange) -> PersonView:
    """担当者の情報を変える (change what is known of a person)."""
    return await call.database.write(actions.change_person, call.actor, person, change, call.if_match)


@operation(
    "PUT",
    "/people/{person}/roles",
    permission=permissions.GIVE_ROLES,
    body=RolesChange,
    returns=PersonView,
    problems=[PersonNotFound, NotAdministrator, OwnRoles],
)
async def give_roles(call: Call, person: str, wanted: RolesChange) -> PersonView:
    """担当者の役割を決める (say which roles a person has: administrator, approver, auditor)."""
    return await call.database.write(actions.give_roles, call.actor, person, wanted)


@operation(
    "GET",
    "/people/{person}/channels",
    permission=permissions.SEE_PEOPLE,
    query=PageQuery,
    returns=Page[ChannelView],
    problems=[PersonNotFound],
)
async def list_channels_of_person(call: Call, person: str, query: PageQuery) -> Page[ChannelView]:
    """担当者の連絡手段の一覧 (how a person is reached)."""
    is_own = await call.database.read(queries.is_colleague, call.actor, person)
    read = call.database.read if is_own else call.database.disclose
    return await read(queries.channels_of_person, call.actor, person, query.cursor)


@operation(
    "POST",
    "/people/{person}/channels",
    permission=permissions.TEND,
    body=ChannelDraft,
    returns=ChannelView,
    status=201,
    problems=[PersonNotFound, EmailTaken],
)
async def add_channel_to_person(call: Call, person: str, draft: ChannelDraft) -> ChannelView:
    """担当者の連絡手段を登録する (keep a further way to reach a person)."""
    return await call.database.write(channels.add_to_person, call.actor, person, draft)


@operation(
    "DELETE",
    "/people/{person}/channels/{channel}",
    permission=permissions.TEND,
    status=204,
    problems=[PersonNotFound, ChannelNotFound],
)
async def remove_channel_from_person(call: Call, person: str, channel: str) -> None:
    """担当者の連絡手段を削除する (forget a way to reach a person)."""
    await call.database.write(channels.remove_from_person, call.actor, person, channel)


@operation(
    "GET",
    "/members/{code}/desks",
    permission=permissions.SEE_PEOPLE,
    query=PageQuery,
    returns=Page[DeskView],
    problems=[MemberNotFound],
)
async def list_desks(call: Call, code: str, query: PageQuery) -> Page[DeskView]:
    """窓口の一覧 (the desks of a member)."""
    return await call.database.read(queries.list_desks, call.actor, code, query.cursor)


@operation(
    "POST",
    "/members/{code}/desks",
    permission=permissions.TEND,
    body=DeskDraft,
    returns=DeskView,
    status=201,
    problems=[MemberNotFound],
)
async def add_desk(call: Call, code: str, draft: DeskDraft) -> DeskView:
    """窓口を登録する (enter an office contact that is not a person)."""
    return await call.database.write(actions.add_desk, call.actor, code, draft)


@operation(
    "GET",
    "/desks/{desk}/channels",
    permission=permissions.SEE_PEOPLE,
    query=PageQuery,
    returns=Page[ChannelView],
    problems=[DeskNotFound],
)
async def list_channels_of_desk(call: Call, desk: str, query: PageQuery) -> Page[ChannelView]:
    """窓口の連絡手段の一覧 (how a desk is reached)."""
    return await call.database.read(queries.channels_of_desk, call.actor, desk, query.cursor)


@operation(
    "POST",
    "/desks/{desk}/channels",
    permission=permissions.TEND,
    body=ChannelDraft,
    returns=ChannelView,
    status=201,
    problems=[DeskNotFound],
)
async def add_channel_to_desk(call: Call, desk: str, draft: ChannelDraft) -> ChannelView:
    """窓口の連絡手段を登録する (keep a further way to reach a desk)."""
    return await call.database.write(channels.add_to_desk, call.actor, desk, draft)


@operation(
    "DELETE",
    "/desks/{desk}/channels/{channel}",
    permission=permissions.TEND,
    status=204,
    problems=[DeskNotFound, ChannelNotFound],
)
async def remove_channel_from_desk(call: Call, desk: str, channel: str) -> None:
    """窓口の連絡手段を削除する (forget a way to reach a desk)."""
    await call.database.write(channels.remove_from_desk, call.actor, desk, channel)
