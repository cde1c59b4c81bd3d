"""The baseline: the least that can take a post and keep it — one insert, one commit, no product around it."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import uvicorn
from sqlalchemy import Column, DateTime, MetaData, String, Table, Text, create_engine, insert, make_url
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from foundation.database import embedded_path
from foundation.database.sqlite import engine_for

POSTS = Table(
    "bare_posts",
    MetaData(),
    Column("id", String(36), primary_key=True),
    Column("body", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
Keep = Callable[[dict[str, Any]], Awaitable[None]]


def serve(url: str, port: int) -> None:
    """Serve with the product's server, loop, parser, driver and durability (the process's main function)."""
    path = embedded_path(url)
    keep = _keep_embedded(url) if path else _keep_on_server(url)

    async def post(request: Request) -> Response:
        body = await request.json()
        row = {"id": str(uuid.uuid4()), "body": json.dumps(body), "at": datetime.now(UTC)}
        await keep(row)
        return JSONResponse({"id": row["id"]}, 201)

    _run([Route("/api/requests", post, methods=["POST"])], port)


def serve_bytes(body: bytes, port: int) -> None:
    """Serve one page that is ready (the process's main function)."""

    async def get(_request: Request) -> Response:
        return Response(body, media_type="application/json")

    _run([Route("/", get)], port)


def _run(routes: list[Route], port: int) -> None:
    uvicorn.run(
        Starlette(routes=routes),
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
    )


def _keep_embedded(url: str) -> Keep:
    """One writer thread, as SQLite wants it, and one commit for each post."""
    path = embedded_path(url)
    assert path is not None
    engine = engine_for(path, begin="BEGIN IMMEDIATE", pool=1)
    POSTS.metadata.create_all(engine)
    writer = ThreadPoolExecutor(1)
    statement = insert(POSTS)

    def write(row: dict[str, Any]) -> None:
        with engine.begin() as connection:
            connection.execute(statement, row)

    async def keep(row: dict[str, Any]) -> None:
        await asyncio.get_running_loop().run_in_executor(writer, write, row)

    return keep


def _keep_on_server(url: str) -> Keep:
    driver = make_url(url).set(drivername="postgresql+psycopg")
    maker = create_engine(driver)
    POSTS.metadata.create_all(maker)
    maker.dispose()
    engine = create_async_engine(driver, pool_size=16, max_overflow=0)
    statement = insert(POSTS)

    async def keep(row: dict[str, Any]) -> None:
        async with engine.begin() as connection:
            await connection.execute(statement, row)

    return keep
