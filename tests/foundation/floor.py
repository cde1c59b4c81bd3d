"""A small API of its own, so that the floor is tested without any room above it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request

from foundation.actor import Actor, Permission
from foundation.bodies import BodyLimit
from foundation.calls import Call, check_version
from foundation.database import Database
from foundation.endpoints import routes
from foundation.fields import Count, Day, Line, Moment, Quantity, Schema, View
from foundation.operations import operation
from foundation.paging import Page, PageQuery, page
from foundation.problems import NotFound, Stale
from foundation.sealing import DataKey
from foundation.settings import Settings

KEEP = Permission("floor.keep")
VERSION = 4


class Draft(Schema):
    """下書き."""

    name: Line
    quantity: Quantity
    spare: Count = 0
    at: Moment | None = None
    on: Day | None = None


class Shown(View):
    """表示."""

    name: str
    version: int = VERSION


class Item(View):
    """項目."""

    owner: str


class Narrow(PageQuery):
    """絞り込み."""

    size: Annotated[int, Field(ge=1, le=5)] = 2


@operation("POST", "/things/{thing}", permission=KEEP, body=Draft, returns=Shown, status=201)
async def make(call: Call, thing: str, draft: Draft) -> Shown:
    """作る (make)."""
    return await call.database.write(_made, thing, draft)


@operation("GET", "/things/{thing}", permission=KEEP, returns=Shown)
async def look(_call: Call, thing: str) -> Shown:
    """見る (look)."""
    if thing == "none":
        raise NotFound
    if thing == "defect":
        raise RuntimeError("個人情報 090-1234-5678")
    return Shown(name=thing)


@operation("PATCH", "/things/{thing}", permission=KEEP, body=Draft, returns=Shown, problems=[Stale])
async def change(call: Call, thing: str, draft: Draft) -> Shown:
    """変える (change)."""
    check_version(VERSION, call.if_match)
    return Shown(name=f"{thing} {draft.name}", version=VERSION + 1)


@operation("GET", "/keys", permission=KEEP, query=Narrow, returns=Page[Item])
async def listed(call: Call, query: Narrow) -> Page[Item]:
    """一覧 (list)."""
    return await call.database.read(_page, query)


@operation("GET", "/open", permission=None, returns=Shown)
async def anyone(call: Call) -> Shown:
    """だれでも (anyone)."""
    return Shown(name=str(call.actor.person))


OPERATIONS = [make, look, change, listed, anyone]


def _made(session: Session, thing: str, draft: Draft) -> Shown:
    session.add(DataKey(owner=thing, wrapped=draft.name.encode()))
    return Shown(name=draft.name)


def _page(session: Session, query: Narrow) -> Page[Item]:
    return page(
        session, select(DataKey), DataKey.owner, query.cursor, lambda row: Item(owner=row.owner), size=query.size
    )


async def _gate(request: Request) -> Actor | None:
    """The bearer token is the person's name; `guest` may nothing."""
    person = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not person:
        return None
    return Actor(person, person, None, permissions=frozenset() if person == "guest" else frozenset({KEEP}))


@asynccontextmanager
async def floor(database: Database, *, most: int = 2_000) -> AsyncIterator[httpx.AsyncClient]:
    """Serve the small API; the client is signed in."""
    app = Starlette(routes=routes(OPERATIONS), middleware=[Middleware(BodyLimit, most=most)])
    state: Any = app.state
    state.database, state.gate, state.settings = database, _gate, Settings(body_limit=most)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"Authorization": "Bearer somebody"}
    async with httpx.AsyncClient(transport=transport, base_url="http://floor", headers=headers) as client:
        yield client
