"""The record as a whole, spoilt behind the product's back on both engines: every change is found."""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from email.message import EmailMessage

import pytest

from foundation.audit import anchors, checkpoints, verifying
from foundation.audit.chain import GENESIS, anchor_hash, canonical, digest
from foundation.audit.checkpoints import Checkpoint
from foundation.audit.faults import Fault
from foundation.audit.verifying import MOST, verify, verify_chain
from foundation.clock import ManualClock
from foundation.database import Database
from tests.foundation.audit.keeping import A, B, Raw, act, fill, person_of, raw

Told = tuple[str, str | None, int | None]
MINUTE = timedelta(minutes=1)


async def faults(database: Database, checkpoint: Checkpoint | None = None) -> list[Told]:
    found = await database.read(verify, checkpoint)
    assert found.faults_in_all == len(found.faults) or len(found.faults) == MOST
    return [told(each) for each in found.faults]


def told(fault: Fault) -> Told:
    return fault.kind.value, fault.chain, fault.sequence if fault.chain else fault.anchor


@pytest.fixture
async def kept(database: Database, clock: ManualClock) -> Database:
    """Some sixty rows, three anchors."""
    for start in range(0, 45, 15):
        await fill(database, 15)
        clock.advance(MINUTE)
        assert await database.write(anchors.make) == start // 15 + 1
    return database


async def test_a_record_as_it_was_kept_is_whole(kept: Database) -> None:
    found = await kept.read(verify)
    assert found.is_whole
    assert found.rows > 45
    assert found.chains == 4
    assert found.anchors == 3
    assert found.newest is not None
    assert found.newest.number == 3


async def test_a_member_s_own_chain_is_recomputed_alone(kept: Database, database_url: str) -> None:
    whole = await kept.read(verify_chain, A)
    assert (whole.is_whole, whole.chains) == (True, 1)
    with raw(database_url) as behind:
        behind.run(f"UPDATE audit SET act = 'x' {ROW} = 3")
    found = await kept.read(verify_chain, A)
    assert [told(each) for each in found.faults] == [("edited", A, 3)]
    assert (found.rows, (await kept.read(verify_chain, B)).is_whole) == (whole.rows, True)
    nobody = await kept.read(verify_chain, "member-without-acts")
    assert (nobody.rows, nobody.is_whole) == (0, True)


ROW = "WHERE chain = 'member-a' AND sequence"
LATER = "'2026-06-02 03:00:00.000000'"
LAST = "(SELECT max(sequence) FROM audit WHERE chain = 'member-a')"
OLD_END = "(SELECT hash FROM audit WHERE chain = 'member-a' AND sequence = 2)"
SPOILT: Sequence[tuple[str, Told]] = [
    (f"UPDATE audit SET act = 'x' {ROW} = 3", ("edited", A, 3)),
    (f"UPDATE audit SET actor = NULL {ROW} = 1", ("edited", A, 1)),
    (f"UPDATE audit SET facts = '{{\"a\":1}}' {ROW} = 4", ("edited", A, 4)),
    (f"UPDATE audit SET at = {LATER} {ROW} = 2", ("edited", A, 2)),
    (f"DELETE FROM audit {ROW} = 3", ("missing", A, 3)),
    (f"DELETE FROM audit {ROW} = {LAST}", ("truncated", A, None)),
    (f"UPDATE audit SET chain = 'member-z' {ROW} = 3", ("missing", A, 3)),
    (f"UPDATE audit SET chain = 'member-z' {ROW} = 3", ("missing", "member-z", 1)),
    (f"UPDATE audit_heads SET hash = {OLD_END} WHERE chain = 'member-a'", ("head", A, None)),
    ("UPDATE audit_heads SET sequence = sequence - 1 WHERE chain = 'member-a'", ("head", A, None)),
    ("DELETE FROM audit_heads WHERE chain = 'member-a'", ("head", A, None)),
    ("UPDATE audit_anchors SET heads = '{}' WHERE number = 2", ("anchor", None, 2)),
    ("UPDATE audit_anchors SET heads = 'no json' WHERE number = 2", ("anchor", None, 2)),
    (f"UPDATE audit_anchors SET at = {LATER} WHERE number = 2", ("anchor", None, 2)),
    ("DELETE FROM audit_anchors WHERE number = 2", ("anchor", None, 3)),
    ("DELETE FROM audit_anchors WHERE number = 3", ("anchor", A, None)),
    ("UPDATE audit_anchored_heads SET sequence = sequence + 9 WHERE chain = 'member-a'", ("anchor", A, None)),
]


@pytest.mark.parametrize(("statement", "expected"), SPOILT)
@pytest.mark.asvs("16.4.1", "16.4.2")
async def test_every_change_is_found_where_it_is(
    kept: Database, database_url: str, statement: str, expected: Told
) -> None:
    with raw(database_url) as connection:
        connection.run(statement)
    kind, chain, place = expected
    found = await faults(kept)
    assert any(each[:2] == (kind, chain) and place in {None, each[2]} for each in found), found


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "change",
    [
        "at = 'yesterday'",
        "at = NULL",
        "at = replace(at, ' ', 'T')",
        "at = replace(at, ' ', 'T') || 'Z'",
        "facts = 'no json'",
        "facts = x'00ff'",
        "act = CAST(x'ff' AS text)",
        "hash = 'text'",
        "act = 5.5",
    ],
)
async def test_what_was_never_a_value_of_ours_is_an_edit(kept: Database, database_url: str, change: str) -> None:
    with raw(database_url) as connection:
        connection.run("PRAGMA writable_schema=ON")
        connection.run("UPDATE sqlite_schema SET sql = replace(sql, 'NOT NULL', '') WHERE name = 'audit'")
    with raw(database_url) as connection:
        connection.run(f"UPDATE audit SET {change} WHERE chain = 'member-a' AND sequence = 3")
    assert ("edited", A, 3) in await faults(kept)


RESPELT = [
    ("audit", 'facts = replace(facts, \'{"number":\', \'{"number":999,"number":\')', ("edited", A)),
    ("audit", 'facts = replace(facts, \'"deep": {\', \'"deep": {"b": 1, \')', ("edited", A)),
    ("audit_anchors", "heads = replace(heads, '{', '{\"member-a\":[999,\"00\"],')", ("anchor", None)),
    ("audit_anchors", "at = replace(at, ' ', 'T')", ("anchor", None)),
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("table", "change", "expected"), RESPELT)
async def test_another_spelling_that_some_reader_takes_for_another_value_is_a_fault(
    kept: Database, database_url: str, table: str, change: str, expected: tuple[str, str | None]
) -> None:
    """PostgreSQL keeps values, not spellings."""
    with raw(database_url) as connection:
        connection.run(f"UPDATE {table} SET {change}")
    found = await faults(kept)
    assert expected in [each[:2] for each in found], found


def rewrite(connection: Raw, *, is_head_too: bool) -> None:
    """Change a row and make every hash after it anew, as somebody with the program and the database could."""
    columns = "id, actor, actor_member, subject, sequence, previous_hash, hash"
    last = connection.run(f"SELECT {columns} FROM audit WHERE chain = ? ORDER BY sequence DESC LIMIT 1", A)[0]
    row = {"id": last[0], "act": "rewritten", "actor": last[1], "actor_member": last[2], "chain": A,
           "subject": last[3], "facts": {}, "sequence": last[4], "at": "2026-06-01T03:00:00.000000Z"}  # fmt: skip
    end = digest(bytes(last[5]), row)
    connection.run(
        "UPDATE audit SET act = 'rewritten', facts = '{}', at = '2026-06-01 03:00:00.000000', hash = ?"
        " WHERE chain = ? AND sequence = ?",
        end, A, last[4],
    )  # fmt: skip
    if is_head_too:
        connection.run("UPDATE audit_heads SET hash = ? WHERE chain = ?", end, A)


async def test_a_chain_rewritten_to_its_head_is_found_by_the_anchors(kept: Database, database_url: str) -> None:
    with raw(database_url) as connection:
        rewrite(connection, is_head_too=True)
    found = await faults(kept)
    assert [each[:2] for each in found] == [("anchor", A)]


async def test_anchors_rewritten_too_are_found_by_the_checkpoint(kept: Database, database_url: str) -> None:
    """The whole record made anew, consistent in itself: only what somebody outside has kept tells."""
    newest = await kept.read(anchors.newest)
    assert newest is not None
    filed = checkpoints.read(checkpoints.lines(newest.number, newest.at, newest.hash))
    assert await faults(kept, filed) == []
    with raw(database_url) as connection:
        rewrite(connection, is_head_too=True)
        _anchor_anew(connection)
    assert await faults(kept) == []
    assert await faults(kept, filed) == [("rolled_back", None, 3)]


async def test_a_row_that_no_anchor_holds_though_one_was_made_later_is_a_fault(
    kept: Database, clock: ManualClock, database_url: str
) -> None:
    """A chain put in whole, with a head of its own, and told to the next anchor as anchored."""
    await kept.write(act, person_of("member-d"))
    clock.advance(verifying.SEALED_WITHIN + MINUTE)
    found = await kept.read(verify)
    assert found.is_whole, "a server that was stopped right after an act"
    assert (found.unsealed, found.unsealed_since) == (1, "2026-06-01T03:03:00.000000Z")
    await kept.write(act, person_of(B))
    with raw(database_url) as connection:
        connection.run("INSERT INTO audit_anchored_heads SELECT chain, sequence FROM audit_heads WHERE sequence = 1")
        await kept.write(anchors.make)
        connection.run("DELETE FROM audit_anchored_heads WHERE chain = 'member-d'")
    assert await faults(kept) == [("anchor", "member-d", 1)]


@pytest.mark.parametrize("garbage", ["'garbage'", "''", "12", "x'ff'", "CAST(x'ff' AS TEXT)"])
async def test_an_instant_of_the_newest_anchor_that_is_none_is_a_fault(
    kept: Database, database_url: str, clock: ManualClock, garbage: str
) -> None:
    with raw(database_url) as connection:
        if not database_url.startswith("sqlite"):
            pytest.skip("PostgreSQL takes nothing else for an instant")
        connection.run(f"UPDATE audit_anchors SET at = {garbage} WHERE number = 3")
    assert ("anchor", None, 3) in await faults(kept)
    await fill(kept, 3)
    clock.advance(timedelta(minutes=2))
    assert await kept.write(anchors.make) == 4, "the record is anchored all the same"
    assert ("anchor", None, 3) in await faults(kept)


async def test_what_waits_for_its_anchor_is_not_told_within_ten_minutes(kept: Database, clock: ManualClock) -> None:
    await kept.write(act, person_of(B))
    clock.advance(verifying.SEALED_WITHIN)
    found = await kept.read(verify)
    assert (found.is_whole, found.unsealed) == (True, 0)


def _anchor_anew(connection: Raw) -> None:
    heads = {chain: (sequence, bytes(end)) for chain, sequence, end in connection.run("SELECT * FROM audit_heads")}
    previous = GENESIS
    for number, kept in connection.run("SELECT number, heads FROM audit_anchors ORDER BY number"):
        told = json.loads(kept)
        for chain, (sequence, _) in told.items():
            if heads[chain][0] == sequence:
                told[chain] = [sequence, heads[chain][1].hex()]
        end = anchor_hash(previous, number, f"2026-06-01T03:0{number}:00.000000Z", told)
        connection.run(
            "UPDATE audit_anchors SET heads = ?, previous_hash = ?, hash = ? WHERE number = ?",
            canonical(told), previous, end, number,
        )  # fmt: skip
        previous = end


async def test_anchors_hold_only_what_moved(database: Database, clock: ManualClock, database_url: str) -> None:
    await database.write(act, person_of(A), 0)
    assert await database.write(anchors.make) == 1
    clock.advance(MINUTE)
    assert await database.write(anchors.make) is None, "nothing moved"
    await database.write(act, person_of(B), 1)
    assert await database.write(anchors.make) == 2
    await database.write(act, person_of(B), 2)
    assert await database.write(anchors.make) is None, "not within the same minute"
    clock.advance(MINUTE)
    assert await database.write(anchors.make) == 3
    with raw(database_url) as connection:
        rows = connection.run("SELECT number, heads FROM audit_anchors ORDER BY number")
    assert {number: list(json.loads(heads)) for number, heads in rows} == {1: [A], 2: [B], 3: [B]}
    assert await faults(database) == []


READINGS: Sequence[Callable[[str], str]] = [
    lambda text: text,
    lambda text: f"件名: 控え\n\n前文です。2026年\n\n{text}\n\n--\nEnglish 123\n",
    lambda text: "\n".join(f"> {line}" for line in text.splitlines()),
    lambda text: text.replace("番号 ", "No. ").upper().replace("NO.", "No."),
    lambda text: text.translate(str.maketrans("0123456789abcdef", "０１２３４５６７８９ａｂｃｄｅｆ")),
    lambda text: text.replace(" ", "\r\n"),
]


@pytest.mark.parametrize("way", READINGS)
def test_a_checkpoint_is_read_back_however_it_was_kept(way: Callable[[str], str], clock: ManualClock) -> None:
    digest = bytes(range(7, 39))
    assert checkpoints.read(way(checkpoints.lines(1234, clock.now(), digest))) == Checkpoint(1234, digest)


def test_a_text_without_a_checkpoint_is_refused(clock: ManualClock) -> None:
    lines = checkpoints.lines(1, clock.now(), bytes(32))
    for text in ("", "番号 12", lines[:-1], lines + "0", lines.replace("番号", "号")):
        with pytest.raises(checkpoints.NoCheckpointError):
            checkpoints.read(text)


def test_a_checkpoint_is_read_out_of_an_ordinary_saved_mail(clock: ManualClock) -> None:
    """Long headers, an encoded body, an HTML part and a signature with other numbers; plain text may be missing."""
    digest = bytes(range(7, 39))
    text = "電話番号 0466\n" + checkpoints.lines(1234, clock.now(), digest)
    page = "<p>電話番号 0466</p><p>" + text.replace(" ", "&nbsp;").replace("\n", "<br>\n") + "</p>"
    for encoding in ("base64", "quoted-printable"):
        for charset in ("utf-8", "iso-2022-jp"):
            for is_page_alone in (False, True):
                mail = EmailMessage()
                mail["Subject"], mail["X-Trace"] = "控え", "ab12 " * 4000
                mail.set_content("控えは次のとおり" if is_page_alone else text, charset=charset, cte=encoding)
                mail.add_alternative(page, subtype="html", charset=charset, cte=encoding)
                mail.add_attachment(b"\x00" * 20_000, maintype="image", subtype="png")
                assert checkpoints.read_file(mail.as_bytes()) == Checkpoint(1234, digest)
    for saved in ("utf-8", "utf-8-sig", "cp932", "utf-16"):
        assert checkpoints.read_file(text.encode(saved)) == Checkpoint(1234, digest)
