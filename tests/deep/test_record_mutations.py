"""Ten thousand rows of all kinds: whatever is done to any one of them is found."""

import random
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

import pytest
from sqlalchemy.orm import Session

from foundation.audit.chain import COLUMNS, GENESIS
from foundation.audit.faults import ChainCheck
from foundation.audit.verifying import _rows, verify
from foundation.database import Database
from tests.foundation.audit.keeping import Raw, fill, raw

pytestmark = pytest.mark.deep

ACTS = 7_000
SEGMENT = 3
"""Rows before and after a changed one that are looked at with it."""
SAMPLE = 60
Row = dict[str, Any]
Change = Callable[[list[Row], int], list[Row]]


def _all(session: Session) -> dict[str, list[Row]]:
    return {chain: list(rows) for chain, rows in groupby(_rows(session), key=lambda row: row["chain"])}


def _edited(name: str) -> Change:
    other: dict[str, Any] = {"facts": {"other": 1}, "hash": bytes(31) + b"x", "previous_hash": bytes(31) + b"x"}

    def change(rows: list[Row], at: int) -> list[Row]:
        return [*rows[:at], {**rows[at], name: other.get(name, "other")}, *rows[at + 1 :]]

    return change


def _deleted(rows: list[Row], at: int) -> list[Row]:
    return rows[:at] + rows[at + 1 :]


def _inserted(rows: list[Row], at: int) -> list[Row]:
    later = [{**row, "sequence": row["sequence"] + 1} for row in rows[at:]]
    return [*rows[:at], {**rows[at], "id": "forged"}, *later]


def _swapped(rows: list[Row], at: int) -> list[Row]:
    if at + 1 == len(rows):
        return _deleted(rows, at)
    one, other = rows[at], rows[at + 1]
    exchanged = [{**other, "sequence": one["sequence"]}, {**one, "sequence": other["sequence"]}]
    return [*rows[:at], *exchanged, *rows[at + 2 :]]


CHANGES: list[Change] = [
    *(_edited(name) for name in (*COLUMNS, "previous_hash", "hash") if name not in {"chain", "sequence"}),
    _deleted,
    _inserted,
    _swapped,
]


def _segments(rows: list[Row]) -> Iterator[tuple[list[Row], int, bytes]]:
    for at in range(len(rows)):
        begin = max(at - SEGMENT, 0)
        before = rows[begin - 1]["hash"] if begin else GENESIS
        yield rows[begin : at + SEGMENT + 1], at - begin, before


@pytest.mark.asvs("16.4.1", "16.4.2")
async def test_every_change_of_every_row_is_found_in_its_segment(database: Database) -> None:
    await fill(database, ACTS, each=100)
    chains = await database.read(_all)
    assert sum(map(len, chains.values())) >= 10_000
    tried = 0
    for chain, rows in chains.items():
        for segment, at, before in _segments(rows):
            head = segment[-1]["sequence"], segment[-1]["hash"]
            for number, change in enumerate(CHANGES):
                check = ChainCheck(chain, head, next=segment[0]["sequence"], last=before)
                for row in change(segment, at):
                    check.take(row)
                assert check.finish(), (chain, segment[at]["sequence"], number)
                tried += 1
    assert tried >= 10_000 * len(CHANGES)


async def test_a_sample_of_changes_is_found_in_the_whole_record(database: Database, database_url: str) -> None:
    await fill(database, ACTS, each=100)
    assert (await database.read(verify)).is_whole
    chance = random.Random(20110311)
    with raw(database_url) as connection:
        ends = connection.run("SELECT chain, sequence FROM audit_heads ORDER BY chain")
        for number in range(SAMPLE):
            chain, end = chance.choice(ends)
            sequence = chance.randint(1, end)
            _spoil(connection, number, chain, sequence)
            found = await database.read(verify)
            assert any(fault.chain == chain for fault in found.faults), (number, chain, sequence)
            _mend(connection, number, chain, sequence)
    assert (await database.read(verify)).is_whole


HERE = "WHERE chain = ? AND sequence = ?"


def _spoil(connection: Raw, number: int, chain: str, sequence: int) -> None:
    if number % 3 == 0:
        connection.run(f"UPDATE audit SET subject = subject || '!' {HERE}", chain, sequence)
    elif number % 3 == 1:
        connection.run(f"UPDATE audit SET chain = 'elsewhere', sequence = 1 {HERE}", chain, sequence)
    else:
        connection.run(f"UPDATE audit SET sequence = -sequence {HERE}", chain, sequence)


def _mend(connection: Raw, number: int, chain: str, sequence: int) -> None:
    if number % 3 == 0:
        connection.run(f"UPDATE audit SET subject = replace(subject, '!', '') {HERE}", chain, sequence)
    elif number % 3 == 1:
        connection.run("UPDATE audit SET chain = ?, sequence = ? WHERE chain = 'elsewhere'", chain, sequence)
    else:
        connection.run(f"UPDATE audit SET sequence = -sequence {HERE}", chain, -sequence)
