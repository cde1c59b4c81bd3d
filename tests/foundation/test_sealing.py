"""Sealed values open only with their master key, at their own place and unchanged."""

import os
from pathlib import Path

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.orm import Session

from foundation.database import SERVICE, Database, Surroundings, open_database
from foundation.idempotency import KeptAnswer
from foundation.sealing import (
    DataKey,
    Keyring,
    SealError,
    check_master_key,
    digest,
    keyring_of,
    read_or_make_key_file,
    seal,
    unseal,
)
from foundation.sealing.ciphers import HEADER, NONCE, OwnerKey, close, header, key_id

PLACE, TEXT = "people.mobile", "髙橋 𠮷 葛󠄀 090-1234-5678"


async def test_what_is_sealed_opens_again(database: Database) -> None:
    sealed = await database.write(seal, "m1", PLACE, "r1", TEXT)
    assert b"090" not in sealed
    assert await database.read(unseal, "m1", PLACE, "r1", sealed) == TEXT
    assert await database.write(seal, "m1", PLACE, "r1", TEXT) != sealed, "each sealing has its own nonce"


@pytest.mark.parametrize("place", [("m1", PLACE, "r2"), ("m1", "people.email", "r1"), ("m2", PLACE, "r1")])
@pytest.mark.asvs("11.3.2", "11.3.4")
async def test_a_value_moved_elsewhere_does_not_open(database: Database, place: tuple[str, str, str]) -> None:
    sealed = await database.write(seal, "m1", PLACE, "r1", TEXT)
    await database.write(seal, "m2", PLACE, "r9", TEXT)
    with pytest.raises(SealError) as refused:
        await database.read(unseal, *place, sealed)
    assert "090" not in str(refused.value)


async def test_a_row_swapped_in_the_database_does_not_open(database: Database) -> None:
    async def keep(row: str) -> None:
        sealed = await database.write(seal, "m1", "kept_answers.answer", row, row)
        values = {"key": row, "body": "", "answer": sealed, "made_at": database.surroundings.clock.now()}
        await database.write(lambda session: session.add(KeptAnswer(**values)))

    await keep("mine")
    await keep("theirs")

    def swap(session: Session) -> bytes | None:
        theirs = session.get_one(KeptAnswer, "theirs").answer
        session.execute(update(KeptAnswer).where(KeptAnswer.key == "mine").values(answer=theirs))
        return theirs

    swapped = await database.write(swap)
    assert swapped is not None
    with pytest.raises(SealError):
        await database.read(unseal, "m1", "kept_answers.answer", "mine", swapped)
    assert await database.read(unseal, "m1", "kept_answers.answer", "theirs", swapped) == "theirs"


@pytest.mark.parametrize("position", [0, 11, 12, -1])
@pytest.mark.asvs("11.3.2", "11.3.4")
async def test_a_changed_byte_is_noticed(database: Database, position: int) -> None:
    sealed = bytearray(await database.write(seal, "m1", PLACE, "r1", TEXT))
    sealed[position] ^= 1
    with pytest.raises(SealError):
        await database.read(unseal, "m1", PLACE, "r1", bytes(sealed))


async def test_another_master_key_opens_nothing(database_url: str, surroundings: Surroundings) -> None:
    opened = open_database(database_url, surroundings, SERVICE)
    sealed = await opened.write(seal, "m1", PLACE, "r1", TEXT)
    await opened.close()
    stranger = open_database(database_url, Surroundings(Keyring(bytes(32))), SERVICE)
    with pytest.raises(SealError):
        await stranger.read(unseal, "m1", PLACE, "r1", sealed)
    with pytest.raises(SealError):
        await stranger.write(seal, "m1", PLACE, "r2", TEXT)
    await stranger.close()
    again = open_database(database_url, Surroundings(Keyring(bytes(range(32)))), SERVICE)
    assert await again.read(unseal, "m1", PLACE, "r1", sealed) == TEXT
    await again.close()


async def test_another_master_key_is_noticed_at_the_start(database_url: str, surroundings: Surroundings) -> None:
    for _ in range(2):
        opened = open_database(database_url, surroundings, SERVICE)
        await opened.write(check_master_key)
        await opened.close()
    stranger = open_database(database_url, Surroundings(Keyring(bytes(32))), SERVICE)
    with pytest.raises(SealError, match="YUIMARU_KEY_FILE"):
        await stranger.write(check_master_key)
    await stranger.close()


async def test_a_key_that_was_rolled_back_is_not_used_again(database: Database) -> None:
    def fail(session: Session) -> None:
        seal(session, "new", PLACE, "r1", TEXT)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await database.write(fail)
    sealed = await database.write(seal, "new", PLACE, "r1", TEXT)
    assert await database.read(unseal, "new", PLACE, "r1", sealed) == TEXT
    kept = select(func.count()).select_from(DataKey).where(DataKey.owner == "new")
    assert await database.read(lambda session: session.scalar(kept)) == 1


async def test_the_keys_of_many_owners_are_read_by_one_statement(
    database_url: str, surroundings: Surroundings
) -> None:
    owners = [f"m{number}" for number in range(5)]
    opened = open_database(database_url, surroundings, SERVICE)
    sealed = {owner: await opened.write(seal, owner, PLACE, "r1", owner) for owner in owners}
    await opened.close()
    fresh = open_database(database_url, Surroundings(Keyring(bytes(range(32)))), SERVICE)

    def open_all(session: Session) -> int:
        statements: list[str] = []
        event.listen(session.connection(), "before_cursor_execute", lambda *said: statements.append(said[2]))
        keyring_of(session).read_ahead(session, owners)
        assert [unseal(session, owner, PLACE, "r1", sealed[owner]) for owner in owners] == owners
        return sum("WHERE data_keys.owner" in each for each in statements)

    assert await fresh.write(open_all) == 1
    assert await fresh.write(open_all) == 0, "they are known now"
    await fresh.close()


async def test_a_digest_finds_equals_for_one_purpose_only(database: Database) -> None:
    first = await database.write(digest, "phone", "+818000000001")
    assert await database.read(digest, "phone", "+818000000001") == first
    assert await database.read(digest, "mail", "+818000000001") != first
    assert len(first) == 32


def test_a_master_key_of_another_length_is_refused() -> None:
    with pytest.raises(SealError, match="32"):
        Keyring(b"short")


def test_the_key_file_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "key"
    before = os.umask(0)
    try:
        made = read_or_make_key_file(path)
    finally:
        os.umask(before)
    assert len(made) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_or_make_key_file(path) == made
    assert read_or_make_key_file(tmp_path / "other") != made


@pytest.mark.deep
@pytest.mark.asvs("11.3.2", "11.3.4")
def test_a_million_nonces_differ() -> None:
    """Two values under one key and one nonce would tell their difference (NIST SP 800-38D)."""
    key = OwnerKey(bytes(range(32))).cipher
    drawn = {close(key, b"", "place")[:NONCE] for _ in range(1_000_000)}
    assert len(drawn) == 1_000_000


def test_a_master_keys_id_tells_nothing_of_it() -> None:
    key = bytes(range(32))
    assert key_id(key) == key_id(key) != key_id(bytes(32))
    assert len(key_id(key)) == 16
    assert key_id(key) not in key.hex()


@pytest.mark.parametrize("damage", ["short", "empty", "header only", "unknown version"])
async def test_what_is_no_sealed_value_is_refused_and_never_stumbled_over(database: Database, damage: str) -> None:
    sealed = await database.write(seal, "m1", PLACE, "r1", TEXT)
    damaged = {
        "short": sealed[:10],
        "empty": b"",
        "header only": header(1),
        "unknown version": header(9) + sealed[HEADER:],
    }[damage]
    with pytest.raises(SealError):
        await database.read(unseal, "m1", PLACE, "r1", damaged)


async def test_reading_makes_no_key(database: Database) -> None:
    sealed = await database.write(seal, "m1", PLACE, "r1", TEXT)
    with pytest.raises(SealError):
        await database.write(unseal, "m2", PLACE, "r1", sealed)
    owners = await database.read(lambda session: session.scalars(select(DataKey.owner)).all())
    assert owners == ["m1"]
