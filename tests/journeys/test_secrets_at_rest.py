"""A copy of the database tells nobody's numbers, addresses, secrets or messages, however they are looked for."""

import base64
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from migrations.tables import METADATA
from tests.api_client import Service
from tests.journeys.secret_story import found_in, play


@pytest.mark.asvs("13.3.1")
async def test_a_dump_of_the_database_shows_none(service: Service, database_url: str) -> None:
    secrets = await play(service)
    assert len(secrets.sealed) > 50
    content = dump(database_url)
    assert found_in(content, secrets.sealed) == []
    # What is kept readable is found, so the looking works
    assert set(found_in(content, secrets.plain)) >= {"new name", "new kana", "record vendor"}


@pytest.mark.parametrize("written", ["+819077771234", "090-7777-1234", "０９０７７７７１２３４", "09077771234"])
@pytest.mark.parametrize("how", ["utf-8", "utf-16-le", "hex", "base64"])
def test_what_is_looked_for_is_found_in_every_way_of_writing(written: str, how: str) -> None:

    plain = written.encode("utf-16-le" if how == "utf-16-le" else "utf-8")
    shown = {"hex": plain.hex().encode(), "base64": base64.b64encode(b"x" + plain)}.get(how, plain)
    assert found_in(b"...." + shown + b"....", {"mobile": "090-7777-1234"}) == ["mobile"]
    assert found_in(b"...." + shown + b"....", {"mobile": "090-7777-4321"}) == []


def dump(url: str) -> bytes:
    """Return all that lies in the files of an embedded database, or all tables of a server's as text."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        file = Path(parsed.database or "")
        return b"".join(each.read_bytes() for each in sorted(file.parent.glob(file.name + "*")))
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        return b"".join(_copied(cursor, table) for table in METADATA.tables)


def _copied(cursor: psycopg.Cursor, table: str) -> bytes:
    with cursor.copy(f'COPY "{table}" TO STDOUT') as rows:
        return b"".join(bytes(each) for each in rows)
