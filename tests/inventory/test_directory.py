"""Guest IDs in the receiving member's own directory, a real SCIM server, on both engines."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from foundation.settings import Settings
from inventory.directory import client
from inventory.directory.claiming import MOST_OF_MEMBER, Target, claim, target_of
from inventory.directory.models import DirectoryTask, MemberDirectory
from inventory.directory.worker import DirectoryWorker
from inventory.guests.models import GuestId
from migrations.tables import METADATA
from tests.api_client import Service, settings_for
from tests.inventory.scim_server import TOKEN, ScimDirectory, error
from tests.journeys.asking import get
from tests.journeys.test_guest_ids import PAPER, Stage, stage
from tests.service.scim_door import administrator
from tests.world import KOMATSU, TOME

OWN = f"/api/members/{TOME}/directory"
OPENED = ("127.0.0.1",)
HOUR = timedelta(hours=1)


@pytest.fixture
def service_settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_for(database_url, tmp_path, directory_hosts=OPENED)


@pytest.fixture
async def server() -> AsyncIterator[ScimDirectory]:
    directory = ScimDirectory()
    await directory.start()
    yield directory
    await directory.stop()


@pytest.fixture
async def at(service: Service, server: ScimDirectory) -> Stage:
    """登米市 has its directory registered, and a pool whose accounts lie there."""
    found = await stage(service, is_in_directory=True)
    await administrator(service, found.world, TOME)
    await register(found, server.url)
    return found


async def register(at: Stage, url: str, token: str | None = TOKEN, *, expect: int = 200, **more: Any) -> Any:
    draft = {"base_url": url, "token": token, **more}
    answer = await at.service.call("PUT", OWN, by=at.world.email(TOME, "ict"), json=draft)
    assert answer.status_code == expect, answer.text
    return answer.json()


async def issue(at: Stage, guest: int = 0) -> None:
    await at.reserve(guest)
    await at.act(guest, "issue", **PAPER)


async def tick(at: Stage) -> int:
    return await DirectoryWorker(at.service.database, "test", OPENED).tick()


async def shown(at: Stage, guest: int = 0) -> Any:
    """What the owner's list says of a guest ID's account."""
    listed = await get(at.service, f"/api/guest-pools/{at.pool}/guest-ids", by=at.owner)
    return next(each["use"]["directory"] for each in listed["items"] if each["id"] == at.guests[guest])


async def waiting(at: Stage) -> int:
    return int((await get(at.service, "/api/directory-tasks", by=at.owner))["waiting"])


async def test_an_account_is_opened_at_the_issue_and_shut_at_the_revocation(at: Stage, server: ScimDirectory) -> None:
    await issue(at)
    assert (await shown(at))["text"] == "ディレクトリで有効化: 未確認"
    assert await tick(at) == 1
    assert server.accounts == {"guest-1": True}
    await at.act(0, "revocation")
    assert (await get(at.service, f"/api/guest-pools/{at.pool}", by=at.owner))["waiting_in_directory"] == 1
    assert await tick(at) == 1
    assert server.accounts == {"guest-1": False}
    assert (await shown(at))["text"] == "ディレクトリで停止: 確認 12:00"
    assert await waiting(at) == 0
    assert await tick(at) == 0
    (helpers,) = (await get(at.service, "/api/received-guest-ids", by=at.world.email(KOMATSU)))["items"]
    assert helpers["directory"] is None


async def test_a_rotated_id_is_the_same_account_again(at: Stage, server: ScimDirectory) -> None:
    for _ in range(2):
        await issue(at)
        await tick(at)
        assert server.accounts == {"guest-1": True}
        await at.act(0, "revocation")
        await tick(at)
        assert server.accounts == {"guest-1": False}
        await at.act(0, "rotation", secret="another-secret-1")


async def test_time_shuts_it_without_anybodys_act(at: Stage, server: ScimDirectory) -> None:
    await issue(at)
    await tick(at)
    at.service.clock.advance(timedelta(hours=73))
    await at.service.tick()
    await tick(at)
    assert server.accounts == {"guest-1": False}


async def test_a_directory_that_was_down_gets_it_when_it_is_back(at: Stage, server: ScimDirectory) -> None:
    await issue(at)
    await tick(at)
    await server.stop()
    await at.act(0, "revocation")
    for _ in range(3):
        assert await tick(at) == 1
        assert await tick(at) == 0
        at.service.clock.advance(timedelta(minutes=3))
    seen = await shown(at)
    assert (seen["tries"], seen["error_code"], seen["state"]) == (3, "unreachable", "due")
    assert seen["text"] == "ディレクトリで停止: 未確認（3回目まで。ディレクトリにつながりません）"
    await server.start()
    await tick(at)
    assert server.accounts == {"guest-1": False}
    assert (await shown(at))["confirmed_at"] is not None


async def test_a_worker_killed_before_it_could_record_is_made_good_without_a_second_account(
    at: Stage, server: ScimDirectory
) -> None:
    await issue(at)
    (job,) = await at.service.database.write(claim, "killed", 4)
    await client.enable(job.target, OPENED, job.task.guest_id, job.task.account)
    assert await tick(at) == 0
    at.service.clock.advance(timedelta(minutes=1))
    assert await tick(at) == 1
    assert server.accounts == {"guest-1": True}
    assert (await shown(at))["state"] == "confirmed"


async def test_an_opening_whose_answer_was_lost_never_overtakes_the_shutting(
    at: Stage, server: ScimDirectory
) -> None:
    server.mood = lambda method, _: error(503) if method == "POST" else None
    await issue(at)
    await tick(at)
    await at.act(0, "revocation")
    at.service.clock.advance(timedelta(minutes=1))
    server.mood = lambda *_: None
    await tick(at)
    assert await at.service.database.read(states) == ["superseded", "due"]
    await tick(at)
    assert await at.service.database.read(states) == ["superseded", "confirmed"]
    assert server.accounts == {"guest-1": False}
    late = await _post(server, {"userName": "guest-1", "externalId": at.guests[0], "active": True})
    assert late == 409
    assert server.accounts == {"guest-1": False}


async def test_what_was_never_sent_leaves_no_account(at: Stage, server: ScimDirectory) -> None:
    await issue(at)
    await at.act(0, "revocation")
    await tick(at)
    await tick(at)
    assert server.accounts == {}
    assert await waiting(at) == 0


ANSWERS = {
    401: "unauthorised",
    409: "conflict",
    500: "server-error",
    429: "busy",
    302: "redirected",
    404: "not-there",
    400: "refused",
}


async def test_what_it_answers_is_shown_and_tried_again(at: Stage, server: ScimDirectory) -> None:
    await issue(at)
    await tick(at)
    await at.act(0, "revocation")
    for status, code in ANSWERS.items():
        server.mood = lambda method, _, status=status: error(status) if method == "PATCH" else None
        await tick(at)
        assert (await shown(at))["error_code"] == code
        at.service.clock.advance(HOUR)
    server.mood = lambda *_: None
    await tick(at)
    assert server.accounts == {"guest-1": False}
    assert (await shown(at))["error_code"] is None


GARBAGE = [b"", b"<html>", b"[]", b"{}", b"\xff\xfe", b'{"schemas": 7}', b"x" * 1_100_000]


async def test_garbage_is_no_confirmation(at: Stage, server: ScimDirectory) -> None:
    await issue(at)
    for garbage in GARBAGE:
        server.mood = lambda *_, garbage=garbage: (200, garbage)
        await tick(at)
        seen = await shown(at)
        assert (seen["state"], seen["error_code"]) == ("due", "garbage"), garbage[:20]
        at.service.clock.advance(HOUR)
    server.mood = lambda *_: None
    await tick(at)
    assert server.accounts == {"guest-1": True}


async def test_a_directory_that_never_answers_is_given_up_for_now(
    at: Stage, server: ScimDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "LONGEST", 0.2)
    server.delay = 1.0
    await issue(at)
    await tick(at)
    assert (await shown(at))["error_code"] == "timeout"
    server.delay = 0.0


async def test_an_account_of_the_same_name_is_never_touched(at: Stage, server: ScimDirectory) -> None:
    """Neither when it is somebody else's, nor when a directory ignores what it was asked for."""
    target = await _target(at)
    await client.enable(target, OPENED, "another-guest", "guest-1")
    await issue(at)
    await tick(at)
    assert (await shown(at))["error_code"] == "name-taken"
    everything = await _listed(server)
    server.mood = lambda method, _: (200, everything) if method == "GET" else None
    await at.act(0, "revocation")
    at.service.clock.advance(HOUR)
    await tick(at)
    at.service.clock.advance(HOUR)
    await tick(at)
    assert (await shown(at))["error_code"] == "filter-ignored"
    assert server.accounts == {"guest-1": True}


async def test_two_workers_never_take_the_same_account(at: Stage, server: ScimDirectory) -> None:
    await issue(at)
    await issue(at, 1)
    taken = await asyncio.gather(*(tick(at) for _ in range(5)))
    assert sum(taken) == 2
    assert server.accounts == {"guest-1": True, "guest-2": True}


async def test_the_test_button_says_what_is_wrong(at: Stage, server: ScimDirectory) -> None:
    by = at.world.email(TOME, "ict")
    for url, token, code in [
        (server.url, TOKEN, None),
        (server.url, "another-token", "unauthorised"),
        (server.url + "/nowhere", TOKEN, "not-there"),
        ("https://localhost:9", TOKEN, "address-refused"),
        ("https://no-such-host.invalid", TOKEN, "unknown-host"),
    ]:
        await register(at, url, token)
        tried = await at.service.call("POST", f"{OWN}/test", by=by)
        assert (tried.status_code, tried.json()["test_code"]) == (200, code), url
        assert token not in tried.text


async def test_a_kept_token_goes_to_no_other_address(at: Stage, server: ScimDirectory) -> None:
    await register(at, server.url, None, is_on=False)
    refused = await register(at, "https://elsewhere.example/scim", None, expect=422)
    assert refused["errors"][0]["pointer"] == "/token"
    for url in ("http://directory.example/scim", "https://user:secret@directory.example/", "https://a.example/?b=c"):
        assert (await register(at, url, expect=422))["errors"][0]["pointer"] == "/base_url"


async def test_switched_off_it_waits_and_is_told_when_on_again(at: Stage, server: ScimDirectory) -> None:
    await register(at, server.url, None, is_on=False)
    await issue(at)
    assert await tick(at) == 0
    assert await waiting(at) == 1
    await register(at, server.url, None, is_on=True)
    assert await tick(at) == 1
    assert server.accounts == {"guest-1": True}


async def test_the_token_is_sealed_and_in_no_answer_nor_log(
    at: Stage, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    await issue(at)
    with caplog.at_level("DEBUG"):
        await tick(at)
    assert TOKEN not in await at.service.database.read(everything)
    read = await at.service.call("GET", OWN, by=at.world.email(TOME, "ict"))
    assert TOKEN not in read.text
    said = capsys.readouterr()
    assert TOKEN not in caplog.text + said.out + said.err
    assert "guest-1" not in said.out + said.err


async def test_a_token_that_does_not_open_holds_up_no_other_member(at: Stage, server: ScimDirectory) -> None:
    await issue(at)
    await at.service.database.write(spoil)
    assert await tick(at) == 0
    assert (await shown(at))["error_code"] == "token-unreadable"
    tried = await at.service.call("POST", f"{OWN}/test", by=at.world.email(TOME, "ict"))
    assert tried.json()["test_code"] == "token-unreadable"
    await register(at, server.url)
    assert await tick(at) == 1
    assert server.accounts == {"guest-1": True}


async def test_a_slow_directory_leaves_room_for_the_others(at: Stage, server: ScimDirectory) -> None:
    def lay(session: Session) -> None:
        (first,) = session.scalars(select(DirectoryTask))
        values = {each.name: getattr(first, each.name) for each in DirectoryTask.__table__.columns}
        account = session.get_one(GuestId, first.guest_id)
        for number in range(2, 10):
            some, now = f"{number:036}", account.prepared_at
            session.add(GuestId(id=some, pool_id=account.pool_id, label=some, prepared_at=now))
            session.flush()
            session.add(DirectoryTask(**values | {"id": some, "guest_id": some, "due_at": first.due_at - HOUR}))

    await issue(at)
    await at.service.database.write(lay)
    claimed = [await at.service.database.write(claim, "test", 4) for _ in range(3)]
    assert [len(each) for each in claimed] == [MOST_OF_MEMBER, 0, 0]


async def test_what_is_done_makes_room_though_something_else_hangs(
    at: Stage, server: ScimDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    hung, told, stop = asyncio.Event(), asyncio.Queue[str](), asyncio.Event()

    async def enable(_target: Target, _opened: object, guest: str, _account: str) -> None:
        if guest == at.guests[0]:
            await hung.wait()
        await told.put(guest)

    monkeypatch.setattr(client, "enable", enable)
    running = asyncio.create_task(DirectoryWorker(at.service.database, "test", OPENED).run(stop))
    await issue(at)
    await issue(at, 1)
    async with asyncio.timeout(20):
        assert await told.get() == at.guests[1]
    stop.set()
    hung.set()
    await running


def spoil(session: Session) -> None:
    session.execute(update(MemberDirectory).values(token_sealed=b"x" * 60))


def everything(session: Session) -> str:
    return "\n".join(str(row) for table in METADATA.sorted_tables for row in session.execute(select(table)))


def states(session: Session) -> list[str]:
    return list(session.scalars(select(DirectoryTask.state).order_by(DirectoryTask.number)))


async def _target(at: Stage) -> Target:
    return await at.service.database.read(target_of, at.world.members[TOME])


async def _listed(server: ScimDirectory) -> bytes:
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as http:
        return (await http.get(f"{server.url}/Users")).content


async def _post(server: ScimDirectory, user: dict[str, Any]) -> int:
    """Send what an opening sends: here, long after anybody waits for the answer."""
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], **user}
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as http:
        return (await http.post(f"{server.url}/Users", json=body)).status_code
