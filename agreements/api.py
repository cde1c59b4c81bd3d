"""The directory of municipalities, and where a member works now."""

import asyncio
from itertools import dropwhile, islice

from agreements import actions, directory, permissions, queries
from agreements.errors import MemberNotFound
from agreements.schemas import MunicipalityQuery, MunicipalityView, Seat, SeatView
from foundation.calls import Call
from foundation.operations import operation
from foundation.paging import PAGE, Page
from foundation.problems import Stale


@operation(
    "GET",
    "/municipalities",
    permission=permissions.LOOK_UP,
    query=MunicipalityQuery,
    returns=Page[MunicipalityView],
)
async def list_municipalities(_call: Call, query: MunicipalityQuery) -> Page[MunicipalityView]:
    """全国の自治体を探す (search the directory of municipalities)."""
    # Folding 1,788 entries takes milliseconds, the first time a fifth of a second: not on the event loop.
    found = await asyncio.to_thread(directory.search, query.q, query.prefecture or None)
    if query.cursor is not None:
        following = dropwhile(lambda place: place.code != query.cursor, found)
        found = list(islice(following, 1, None))
    shown = found[:PAGE]
    return Page(
        items=[MunicipalityView.model_validate(place, from_attributes=True) for place in shown],
        next=shown[-1].code if len(found) > PAGE else None,
    )


@operation(
    "GET",
    "/members/{code}/seat",
    permission=permissions.SEE,
    returns=SeatView,
    problems=[MemberNotFound],
)
async def read_seat(call: Call, code: str) -> SeatView:
    """構成団体の現在地を見る (where a member works now)."""
    return await call.database.read(queries.seat_of, call.actor, code)


@operation(
    "PUT",
    "/members/{code}/seat",
    permission=permissions.TEND,
    body=Seat,
    returns=SeatView,
    problems=[MemberNotFound, Stale],
)
async def move_seat(call: Call, code: str, seat: Seat) -> SeatView:
    """構成団体の現在地を変える (say where a member works from now on)."""
    return await call.database.write(actions.change_seat, call.actor, code, seat, call.if_match)
