"""The chronology over HTTP."""

from aid import permissions
from aid.chronology import actions, queries
from aid.chronology.errors import NotInThisGroup
from aid.chronology.schemas import ChronologyQuery, EntryDraft, EntryView
from aid.errors import IncidentNotFound
from foundation.calls import Call
from foundation.operations import operation
from foundation.paging import Page


@operation(
    "GET",
    "/incidents/{incident}/chronology",
    permission=permissions.VIEW_AID,
    query=ChronologyQuery,
    returns=Page[EntryView],
    problems=[IncidentNotFound],
)
async def list_chronology(call: Call, incident: str, query: ChronologyQuery) -> Page[EntryView]:
    """クロノロジーを見る (the record of an incident, newest last)."""
    return await call.database.read(queries.listing, call.actor, incident, query, call.language)


@operation(
    "POST",
    "/incidents/{incident}/chronology",
    permission=permissions.WRITE_CHRONOLOGY,
    body=EntryDraft,
    returns=EntryView,
    status=201,
    problems=[IncidentNotFound, NotInThisGroup],
)
async def write_chronology(call: Call, incident: str, draft: EntryDraft) -> EntryView:
    """クロノロジーに記入する (write an entry by hand)."""
    return await call.database.write(actions.write, call.actor, incident, draft, call.language)
