"""A record to test on: acts of several members, and looking at and spoiling what is kept."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy.orm import Session

from foundation import audit
from foundation.actor import ANONYMOUS, SYSTEM, Actor
from foundation.database import Database, embedded_path

A, B, C = "member-a", "member-b", "member-c"
OPERATOR = Actor(None, "運用者", None, is_operator=True)
FACTS: tuple[dict[str, Any], ...] = (
    {},
    {"number": 7, "is_proxy": True, "reason": None},
    {"fields": ["name", "髙﨑𠮷葛󠄀"], "deep": {"b": [1, {"a": 'q"\\\u2028 \t'}], "a": -3}},
    {"count": 10**20, "empty": "", "list": []},
)


def person_of(member: str) -> Actor:
    return Actor(f"person-{member}", "某", member)


def act(session: Session, actor: Actor, number: int = 0, chain: Any = None) -> None:
    audit.record(
        session, actor, f"test.act_{number % 5}", f"thing:{number}", chain=chain, **FACTS[number % len(FACTS)]
    )


def some(session: Session, rows: int, start: int = 0) -> None:
    """Acts of all kinds: own ones, across members, the operator's, a timer's and nobody's."""
    for number in range(start, start + rows):
        actor = (person_of(A), person_of(B), person_of(C), OPERATOR, SYSTEM, ANONYMOUS)[number % 6]
        act(session, actor, number, (None, A, (A, B), C)[number // 6 % 4])


async def fill(database: Database, rows: int, *, each: int = 7) -> None:
    for start in range(0, rows, each):
        await database.write(some, min(each, rows - start), start)


class Raw:
    """A connection past the product, for looking at and spoiling what is stored."""

    def __init__(self, connection: Any, mark: str) -> None:
        self._connection = connection
        self._mark = mark

    def run(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        cursor = self._connection.execute(statement.replace("?", self._mark), values)
        return list(cursor.fetchall()) if cursor.description else []


@contextmanager
def raw(url: str) -> Iterator[Raw]:
    path = embedded_path(url)
    if path is not None:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA busy_timeout=5000")
        yield Raw(connection, "?")
        connection.close()
    else:
        with psycopg.connect(url, autocommit=True) as opened:
            yield Raw(opened, "%s")
