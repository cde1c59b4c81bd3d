"""The master key is exchanged, and a member's key renewed, without a moment at which something does not open."""

import asyncio
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.models import Channel
from foundation.audit import verifying
from foundation.audit.models import Audit
from foundation.clock import ManualClock
from foundation.database import SERVICE, Surroundings, open_database
from foundation.sealing import DataKey, Keyring, SealError, check_master_key, keyfile, passphrases, seal, unseal
from foundation.sealing import resealing as resealing_
from foundation.sealing.ciphers import header, version_in
from foundation.sealing.masters import Master
from service import commands
from service.errors import RefusedError
from service.house import House
from service.keys import RESEAL, rotate
from service.wiring import TIMERS
from tests.api_client import Service
from tests.inventory.attaching import attach
from tests.inventory.test_attachments import built
from tests.world import KOMATSU, TOME, World

PLACE, TEXT = "channels.address", "+818011112222"


def house(service: Service) -> House:
    state = service.app.state
    return House(service.database, state.gateways, state.wordings, state.mode)


async def keys(service: Service, act: str, **arguments: str) -> str:
    return await commands.run(house(service), f"keys.{act}", arguments)


def of_owner(session: Session, owner: str) -> list[tuple[int, bool]]:
    rows = session.scalars(select(DataKey).where(DataKey.owner == owner).order_by(DataKey.version))
    return [(row.version, row.wrapped is not None) for row in rows]


def versions(session: Session, member: str) -> set[int | None]:
    sealed = session.scalars(select(Channel.address_sealed).where(Channel.member_id == member))
    return {version_in(each) for each in sealed}


def acts(session: Session) -> list[str]:
    """The acts in their order, each once: an act on a member's matter stands in two chains."""
    return list(
        dict.fromkeys(session.scalars(select(Audit.act).where(Audit.act.startswith("keys.")).order_by(Audit.id)))
    )


def text_of(file: Path) -> str:
    return file.read_text()


def former_keys(folder: Path) -> list[Path]:
    return list(folder.glob("key.old-*"))


def waiting_keys(folder: Path) -> list[Path]:
    return list(folder.glob("key.new*"))


async def mobiles(service: Service, world: World) -> list[str]:
    people = (await service.call("GET", "/api/people", by=world.email(TOME))).json()["items"]
    return [each["mobile"] for each in people]


async def test_the_master_key_is_exchanged_while_the_service_runs(service: Service, tmp_path: Path) -> None:
    world = await service.build()
    before, former = await mobiles(service, world), text_of(tmp_path / "key")
    said = await keys(service, "rotate")
    assert (tmp_path / "key").read_text() != former
    (kept,) = former_keys(tmp_path)
    assert (kept.read_text(), kept.stat().st_mode & 0o777) == (former, 0o600)
    assert (tmp_path / "key").read_text().strip() not in said
    assert not waiting_keys(tmp_path)
    assert await mobiles(service, world) == before
    assert await service.database.read(acts) == ["keys.master_rotated"]
    fresh = Keyring(tmp_path / "key")
    assert await service.database.read(lambda session: _opens_with(session, fresh, world))
    kept.unlink()
    fresh = Keyring(tmp_path / "key")
    assert await service.database.read(lambda session: _opens_with(session, fresh, world))


def _opens_with(session: Session, keyring: Keyring, world: World) -> bool:
    session.info["keyring"] = keyring
    kept = session.scalars(select(Channel).where(Channel.member_id == world.members[TOME])).all()
    return all(unseal(session, each.member_id, PLACE, each.id, each.address_sealed) for each in kept)


@pytest.mark.parametrize("killed", ["before", "after", "between files"])
async def test_a_rotation_killed_midway_leaves_a_key_that_opens(
    database_url: str, clock: ManualClock, tmp_path: Path, killed: str
) -> None:
    key = tmp_path / "key"
    opened = open_database(database_url, Surroundings(Keyring(key), clock), SERVICE)
    await opened.write(check_master_key)
    sealed = await opened.write(seal, "m1", PLACE, "r1", TEXT)
    former, waiting = key.read_text(), keyfile.lay_beside(key)
    if killed != "before":
        await opened.write(rotate, Master.of(waiting))
    if killed == "between files":
        keyfile._keep_former(key)
    await opened.close()
    again = open_database(database_url, Surroundings(Keyring(key), clock), SERVICE)
    await again.write(check_master_key)
    assert await again.read(unseal, "m1", PLACE, "r1", sealed) == TEXT
    assert key.read_text() == (former if killed == "before" else waiting.hex() + "\n")
    await again.write(rotate, Master.of(keyfile.lay_beside(key)))
    assert await again.read(unseal, "m1", PLACE, "r1", sealed) == TEXT
    await again.close()


async def test_two_rotations_at_once_lose_no_key(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await service.build()
    key, put = tmp_path / "key", keyfile.put_in_place
    held, going = threading.Event(), threading.Event()

    def slow(path: Path, master: str) -> None:
        held.set()
        assert going.wait(10)
        put(path, master)

    monkeypatch.setattr(keyfile, "put_in_place", slow)
    first = asyncio.create_task(keys(service, "rotate"))
    assert await asyncio.to_thread(held.wait, 10)
    for wanted in ({}, {"passphrase": "twelve sheep on the hill"}):
        with pytest.raises(RefusedError, match="ほかで進んでいます"):
            await keys(service, "rotate", **wanted)
    going.set()
    await first
    assert len(former_keys(tmp_path)) == 1
    assert await service.database.read(lambda session: _opens_with(session, Keyring(key), world))
    await keys(service, "rotate")


async def test_a_key_that_waits_is_put_aside_and_never_deleted(
    database_url: str, clock: ManualClock, tmp_path: Path
) -> None:
    """Also one that counts already, where whoever laid it died before it took its place."""
    key = tmp_path / "key"
    opened = open_database(database_url, Surroundings(Keyring(key), clock), SERVICE)
    await opened.write(check_master_key)
    sealed = await opened.write(seal, "m1", PLACE, "r1", TEXT)
    await opened.write(rotate, Master.of(keyfile.lay_beside(key)))
    keyfile.lay_beside(key)
    await opened.close()
    again = open_database(database_url, Surroundings(Keyring(key), clock), SERVICE)
    assert await again.read(unseal, "m1", PLACE, "r1", sealed) == TEXT
    await again.close()


async def test_another_process_finds_the_new_master_key_by_itself(
    database_url: str, clock: ManualClock, tmp_path: Path
) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("one process alone holds an embedded database")
    key = tmp_path / "key"
    one, other = (open_database(database_url, Surroundings(Keyring(key), clock), SERVICE) for _ in range(2))
    await one.write(check_master_key)
    await other.write(check_master_key)
    master = Master.of(keyfile.lay_beside(key))
    await one.write(rotate, master)
    sealed = await other.write(seal, "made meanwhile", PLACE, "r1", TEXT)
    keyfile.put_in_place(key, master.id)
    clock.advance(timedelta(minutes=2))
    assert await one.read(unseal, "made meanwhile", PLACE, "r1", sealed) == TEXT
    masters = await one.read(lambda session: set(session.scalars(select(DataKey.master))))
    assert masters == {master.id}, "nothing is wrapped by a key that was exchanged"
    await one.close()
    await other.close()


async def test_a_passphrase_takes_the_place_of_the_file(
    database_url: str, clock: ManualClock, tmp_path: Path, service: Service
) -> None:
    world, words = await service.build(), "みずうみ の ほとり の しろい いえ"
    former = text_of(tmp_path / "key")
    said = await keys(service, "rotate", passphrase=words)
    assert words not in said
    assert not (tmp_path / "key").exists()
    assert [text_of(each) for each in former_keys(tmp_path)] == [former]
    assert len(await mobiles(service, world)) == 2
    (tmp_path / "words").write_text(words + "\n", encoding="utf-8")
    (tmp_path / "wrong").write_text(words[:-1] + "か", encoding="utf-8")
    for file, refusal in (
        ("words", None),
        ("wrong", "合言葉が違います"),
        ("", "指定してください"),
        ("no", "読めません"),
    ):
        keyring = Keyring(tmp_path / "key", str(tmp_path / file) if file else "")
        if refusal is None:
            assert await service.database.read(lambda session, ring=keyring: _opens_with(session, ring, world))
        else:
            with pytest.raises(SealError, match=refusal):
                await service.database.read(lambda session, ring=keyring: _opens_with(session, ring, world))


async def test_a_new_database_may_begin_with_a_passphrase(
    database_url: str, clock: ManualClock, tmp_path: Path
) -> None:
    words = tmp_path / "words"
    words.write_text("twelve sheep on the hill\n")
    for _ in range(2):
        opened = open_database(database_url, Surroundings(Keyring(tmp_path / "key", str(words)), clock), SERVICE)
        await opened.write(check_master_key)
        await opened.close()
    assert not (tmp_path / "key").exists()
    words.write_text("too short")
    passphrases.read.cache_clear()
    opened = open_database(database_url, Surroundings(Keyring(tmp_path / "key", str(words)), clock), SERVICE)
    with pytest.raises(SealError, match="16文字"):
        await opened.write(check_master_key)
    await opened.close()


async def test_a_members_key_is_renewed_and_the_former_version_destroyed(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing_, "AT_ONCE", 3)
    world = await service.build()
    member, before = world.members[TOME], await mobiles(service, world)
    assert "版2" in await keys(service, "reseal", member=TOME)
    assert "版2" in await keys(service, "reseal", member=TOME), "once is enough"
    assert await service.database.read(of_owner, member) == [(1, True), (2, True)]
    assert "書き換え中 1" in await keys(service, "show")
    draft = {"name": "新人", "email": "new@demo.example", "municipality": TOME}
    assert (await service.call("POST", "/api/people", by=world.email(TOME), json=draft)).status_code == 201
    assert await service.database.read(versions, member) == {1, 2}
    assert await service.tick() == 0, "not before every process knows of the new version"
    service.clock.advance(timedelta(minutes=6))
    rounds = 0
    while await service.tick():
        rounds += 1
    assert rounds > 1, "piece by piece"
    assert await service.database.read(versions, member) == {2}
    assert await service.database.read(of_owner, member) == [(1, False), (2, True)]
    assert (await mobiles(service, world))[:2] == before
    assert await service.database.read(acts) == ["keys.renewed", "keys.resealed"]
    assert (await service.database.read(verifying.verify)).is_whole


async def test_large_values_are_rewritten_to_the_end(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one table, a column that stands before another by its name and behind it by its declaration."""
    monkeypatch.setattr(resealing_, "AT_ONCE", 3)
    world, record = await built(service)
    for _ in range(4):
        await attach(service, world, record)
    member = world.members[KOMATSU]
    await keys(service, "reseal", member=KOMATSU)
    service.clock.advance(timedelta(minutes=6))
    for _ in range(100):
        if not await service.tick():
            break
    assert await service.database.read(of_owner, member) == [(1, False), (2, True)]


async def test_nothing_is_said_of_who_was_erased_meanwhile(service: Service) -> None:
    await service.build()
    await keys(service, "reseal", member=TOME)
    await keys(service, "erase", member=TOME, confirmation=TOME)
    service.clock.advance(timedelta(minutes=6))
    while await service.tick():
        pass
    assert await service.database.read(acts) == ["keys.renewed", "keys.erased"]


async def test_a_value_from_before_there_were_versions_opens_and_is_rewritten(service: Service) -> None:
    """Also one whose nonce looks exactly like a header: what authenticates decides, not what it looks like."""
    world = await service.build()
    member = world.members[TOME]

    def as_before(session: Session) -> None:
        channels = session.scalars(select(Channel).where(Channel.member_id == member).order_by(Channel.id)).all()
        keys = session.info["keyring"].keys(session, member)
        for channel, start in zip(channels, (b"", header(1), header(2)), strict=False):
            plain = unseal(session, member, PLACE, channel.id, channel.address_sealed).encode()
            nonce = (start + b"0123456789ab")[:12]
            place = f"{member}|{PLACE}|{channel.id}".encode()
            channel.address_sealed = nonce + keys.current.cipher.encrypt(nonce, plain, place)

    before = await mobiles(service, world)
    await service.database.write(as_before)
    assert await mobiles(service, world) == before
    await keys(service, "reseal", member=TOME)
    service.clock.advance(timedelta(minutes=6))
    while await service.tick():
        pass
    assert await mobiles(service, world) == before
    assert await service.database.read(of_owner, member) == [(1, False), (2, True)]


async def test_a_value_that_turns_up_late_keeps_the_former_version(service: Service) -> None:
    world = await service.build()
    member = world.members[TOME]
    (late,) = await service.database.read(
        lambda session: session.execute(
            select(Channel.id, Channel.address_sealed).where(Channel.member_id == member).limit(1)
        ).all()
    )
    await keys(service, "reseal", member=TOME)
    service.clock.advance(timedelta(minutes=6))

    def slip_in(session: Session) -> bool:
        retired = session.scalars(select(DataKey).where(DataKey.owner == member, DataKey.version == 1)).one()
        retired.reached = "totp_secrets.secret|"
        return TIMERS[RESEAL](session, member) is None

    assert await service.database.write(slip_in)
    assert await service.database.read(of_owner, member) == [(1, True), (2, True)], "found by the last look"
    while await service.tick():
        pass
    assert await service.database.read(of_owner, member) == [(1, False), (2, True)]
    assert late.address_sealed


async def test_only_what_has_a_key_is_renewed(service: Service) -> None:
    await service.build()
    for wrong in ("999999", "digests"):
        with pytest.raises(RefusedError):
            await keys(service, "reseal", member=wrong)
    assert await service.database.read(acts) == []
