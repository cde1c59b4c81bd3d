"""Whatever is done to a chain's rows is found, and named for what it is."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from foundation.audit.chain import GENESIS, instant, row_hash
from foundation.audit.faults import ChainCheck, Fault, FaultKind

Row = dict[str, Any]
AT = datetime(2026, 6, 1, 3, tzinfo=UTC)


def chain_of(length: int) -> list[Row]:
    rows: list[Row] = []
    previous = GENESIS
    for number in range(1, length + 1):
        rows.append(sealed(number, previous))
        previous = rows[-1]["hash"]
    return rows


def sealed(number: int, previous: bytes, **more: Any) -> Row:
    row = {
        "id": f"row-{number}",
        "at": AT,
        "act": "test.act",
        "actor": "person",
        "actor_member": "m",
        "chain": "m",
        "subject": f"thing:{number}",
        "facts": {"number": number},
        "sequence": number,
        **more,
    }
    digest = row_hash(previous, row)
    return {**row, "at": instant(AT), "previous_hash": previous, "hash": digest}


def found(rows: list[Row], head: tuple[int, bytes] | None) -> list[tuple[str, int | None, int | None]]:
    check = ChainCheck("m", head)
    for row in sorted(rows, key=lambda row: row["sequence"]):
        check.take(row)
    return [(fault.kind.value, fault.sequence, fault.until) for fault in check.finish()]


def head_of(rows: list[Row]) -> tuple[int, bytes]:
    return rows[-1]["sequence"], rows[-1]["hash"]


def test_a_chain_as_it_was_written_is_whole() -> None:
    rows = chain_of(30)
    assert found(rows, head_of(rows)) == []


@pytest.mark.parametrize("name", ["id", "at", "act", "actor", "actor_member", "subject", "facts"])
@pytest.mark.parametrize("place", [0, 14, 29])
def test_an_edited_value_is_found_where_it_stands(name: str, place: int) -> None:
    rows = chain_of(30)
    head = head_of(rows)
    rows[place][name] = {"number": -1} if name == "facts" else "changed"
    assert found(rows, head) == [("edited", place + 1, None)]


@pytest.mark.parametrize("value", [b"raw", 1.5, None, object(), float("nan")])
def test_a_value_of_a_kind_that_was_never_written_is_an_edit(value: Any) -> None:
    rows = chain_of(5)
    rows[2]["facts"] = value
    assert found(rows, head_of(rows)) == [("edited", 3, None)]


def test_an_edit_with_its_hash_made_anew_is_found_by_the_next_row() -> None:
    rows = chain_of(30)
    rows[9] = sealed(10, rows[8]["hash"], act="test.other")
    assert found(rows, head_of(rows)) == [("edited", 10, None)]


def test_an_edit_of_the_last_row_with_its_hash_made_anew_is_found_by_the_head() -> None:
    rows = chain_of(30)
    head = head_of(rows)
    rows[29] = sealed(30, rows[28]["hash"], act="test.other")
    assert found(rows, head) == [("head", 30, None)]


@pytest.mark.parametrize(("name", "at"), [("hash", 7), ("previous_hash", 7), ("hash", 1), ("previous_hash", 1)])
def test_an_edited_link_is_found(name: str, at: int) -> None:
    rows = chain_of(10)
    head = head_of(rows)
    rows[at - 1][name] = bytes(31) + b"x"
    assert found(rows, head) == [("edited", at, None)]


def test_deleted_rows_are_missing() -> None:
    rows = chain_of(30)
    head = head_of(rows)
    assert found(rows[:4] + rows[5:], head) == [("missing", 5, None)]
    assert found(rows[:4] + rows[9:], head) == [("missing", 5, 9)]
    assert found(rows[2:], head) == [("missing", 1, 2)]
    assert found(rows[:28], head) == [("truncated", 29, 30)]
    assert found([], head) == [("truncated", 1, 30)]


def test_deleted_rows_with_the_others_moved_up_are_missing() -> None:
    rows = chain_of(30)
    head = head_of(rows)
    closed = [*rows[:4], *({**row, "sequence": row["sequence"] - 2} for row in rows[6:])]
    assert found(closed, head) == [("missing", 5, 6), ("truncated", 29, 30)]


def test_an_inserted_row_that_moves_the_others_is_found() -> None:
    rows = chain_of(30)
    head = head_of(rows)
    moved = [{**row, "sequence": row["sequence"] + 1} for row in rows[10:]]
    for forged in (sealed(11, rows[9]["hash"], id="forged"), {**rows[3], "id": "forged", "sequence": 11}):
        kinds = found([*rows[:10], forged, *moved], head)
        assert ("inserted", 11, None) in kinds
        assert {kind for kind, _, _ in kinds} <= {"inserted", "head"}


def test_a_row_added_past_the_head_is_inserted() -> None:
    rows = chain_of(10)
    forged = sealed(11, rows[-1]["hash"])
    assert found([*rows, forged], head_of(rows)) == [("inserted", 11, None)]
    assert ("inserted", 0, None) in found([{**rows[0], "sequence": 0}, *rows], head_of(rows))


@pytest.mark.parametrize(("one", "other"), [(4, 5), (9, 10), (1, 2), (2, 9)])
def test_exchanged_rows_are_reordered(one: int, other: int) -> None:
    rows = chain_of(10)
    head = head_of(rows)
    rows[one - 1]["sequence"], rows[other - 1]["sequence"] = other, one
    faults = found(rows, head)
    assert [each for each in faults if each[0] == "reordered"] == [
        ("reordered", one, None),
        ("reordered", other, None),
    ]
    assert {kind for kind, _, _ in faults} <= {"reordered", "head"}


def test_a_row_moved_past_others_is_reordered_with_them() -> None:
    rows = chain_of(12)
    head = head_of(rows)
    order = [*rows[:3], rows[7], *rows[3:7], *rows[8:]]
    moved = [{**row, "sequence": number} for number, row in enumerate(order, 1)]
    assert found(moved, head) == [("reordered", number, None) for number in range(4, 9)]


def test_a_head_that_is_not_the_last_row_is_found() -> None:
    rows = chain_of(10)
    assert found(rows, None) == [("head", 10, None)]
    assert found(rows, (10, bytes(32))) == [("head", 10, None)]
    assert found(rows, (9, bytes(32))) == [("head", 9, None)]
    assert found(rows, (11, rows[-1]["hash"])) == [("truncated", 11, None)]


def test_a_chain_of_rubbish_is_told_within_bounds() -> None:
    rows = chain_of(2000)
    head = head_of(rows)
    for row in rows[5:]:
        row["act"] = "changed"
    kinds = found(rows, head)
    assert kinds[0] == ("edited", 6, None)
    assert 100 <= len(kinds) <= 2000


SPOIL: dict[str, Callable[[list[Row], int], list[Row]]] = {
    "edit": lambda rows, at: [*rows[:at], {**rows[at], "subject": "thing:else"}, *rows[at + 1 :]],
    "delete": lambda rows, at: rows[:at] + rows[at + 1 :],
    "double": lambda rows, at: [*rows, {**rows[at], "id": "double", "sequence": len(rows) + 1}],
    "swap": lambda rows, at: [
        *rows[:at],
        {**rows[at], "sequence": at + 2},
        {**rows[at + 1], "sequence": at + 1},
        *rows[at + 2 :],
    ],
    "cut": lambda rows, at: rows[:at],
}


def test_mutations_at_random_places_are_all_found() -> None:
    chance = random.Random(11)
    rows = chain_of(200)
    head = head_of(rows)
    for number in range(300):
        name = sorted(SPOIL)[number % len(SPOIL)]
        at = chance.randrange(199)
        assert found(SPOIL[name](list(rows), at), head), (name, at)


def test_a_fault_names_its_kind() -> None:
    assert Fault(FaultKind.ROLLED_BACK, anchor=3).kind == "rolled_back"
