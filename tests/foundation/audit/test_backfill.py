"""Rows from before the chains get their place in one."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import create_engine, insert, make_url, select

from foundation.audit.models import Audit
from foundation.audit.verifying import verify
from foundation.database import SERVICE, Surroundings, open_database
from foundation.ids import new_id
from migrations.upgrading import downgrade, upgrade
from tests.foundation.audit.keeping import FACTS, A, act, fill, person_of

START = datetime(2026, 4, 1, tzinfo=UTC)


def old_rows(count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": new_id(),
            "at": START + timedelta(seconds=(number * 7919) % 1000),
            "act": "test.old",
            "actor": "operator" if number % 3 else None,
            "actor_member": None,
            "chain": (None, "member-a", "member-b")[number % 3],
            "subject": f"thing:{number}",
            "facts": {**FACTS[number % len(FACTS)], "ratio": 0.25},
        }
        for number in range(count)
    ]


def put(url: str, rows: list[dict[str, Any]]) -> None:
    parsed = make_url(url)
    is_postgres = parsed.get_backend_name() == "postgresql"
    engine = create_engine(parsed.set(drivername="postgresql+psycopg") if is_postgres else parsed)
    with engine.begin() as connection:
        connection.execute(insert(Audit.__table__), rows)  # type: ignore[arg-type]  # a declared table is a Table
    engine.dispose()


async def test_rows_from_before_are_chained_in_the_order_of_their_time(
    database_url: str, surroundings: Surroundings
) -> None:
    downgrade(database_url, "0007")
    put(database_url, old_rows(2500))
    upgrade(database_url)
    database = open_database(database_url, surroundings, SERVICE)
    await database.write(act, person_of(A), 0)
    found = await database.read(verify)
    assert found.is_whole, found.faults
    assert (found.rows, found.chains) == (2501, 3)
    columns = select(Audit.sequence, Audit.at, Audit.id).where(Audit.chain == "service").order_by(Audit.sequence)
    kept = await database.read(lambda session: session.execute(columns).all())
    assert [(row.at, row.id) for row in kept] == sorted((row.at, row.id) for row in kept)
    assert [row.sequence for row in kept] == list(range(1, len(kept) + 1))
    await database.close()


async def test_going_back_and_forth_keeps_the_rows(database_url: str, surroundings: Surroundings) -> None:
    database = open_database(database_url, surroundings, SERVICE)
    await fill(database, 24)
    rows = (await database.read(verify)).rows
    await database.close()
    downgrade(database_url, "0007")
    upgrade(database_url)
    database = open_database(database_url, surroundings, SERVICE)
    found = await database.read(verify)
    assert found.is_whole
    assert found.rows == rows
    await database.close()
