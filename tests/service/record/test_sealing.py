"""The worker anchors the record every minute and hands a checkpoint out every hour; the command holds it to it."""

import asyncio
import email
import json
import sqlite3
from datetime import timedelta
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from agreements.models import Group
from foundation import audit
from foundation.actor import SYSTEM
from foundation.audit import anchors, checkpoints
from foundation.audit.models import AuditAnchor
from foundation.clock import ManualClock
from foundation.database import SERVICE, Database, Surroundings, embedded_path, open_database
from foundation.settings import Settings
from notifications.alerts import LOW, place_in_queue
from notifications.models import Delivery
from service.record.checkpoints import mail_newest
from service.record.models import RecordCheckpoint
from service.record.reports import in_words, verify
from service.worker import Worker
from tests.api_client import Service, settings_for
from tests.foundation.audit.keeping import raw
from tests.notifications.gateways.sinks import SmtpSink

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def happen(session: Session) -> None:
    audit.record(session, SYSTEM, "test.happened", "thing:1")


async def an_hour_of_record(service: Service) -> None:
    await service.database.write(happen)
    await service.database.write(anchors.make)
    service.clock.advance(HOUR)
    await service.database.write(happen)
    await service.database.write(anchors.make)


async def mailed(database: Database) -> list[RecordCheckpoint]:
    every = select(RecordCheckpoint).order_by(RecordCheckpoint.number)
    return await database.read(lambda session: list(session.scalars(every)))


@pytest.mark.asvs("16.4.3")
async def test_two_members_in_turn_get_a_checkpoint_every_hour(service: Service) -> None:
    world = await service.build()
    await an_hour_of_record(service)
    for _ in range(3):
        assert await service.database.write(mail_newest) is not None
        assert await service.database.write(mail_newest) is None, "nothing new"
        await service.database.write(happen)
        service.clock.advance(MINUTE)
        await service.database.write(anchors.make)
        assert await service.database.write(mail_newest) is None, "not within the hour"
        service.clock.advance(HOUR)
    chosen = [each.members for each in await mailed(service.database)]
    assert [len(each) for each in chosen] == [2, 2, 2]
    assert sorted(member for each in chosen for member in each) == sorted(world.members.values())


async def test_it_goes_by_mail_alone_and_after_everything_else(service: Service) -> None:
    await service.build()
    await an_hour_of_record(service)
    await service.database.write(mail_newest)
    rows = select(Delivery.channel, Delivery.priority)
    sent = await service.database.read(lambda session: session.execute(rows).all())
    places = {place_in_queue(LOW, is_correction=False, is_further=is_further) for is_further in (False, True)}
    assert len(sent) == 4
    assert {tuple(row) for row in sent} == {("email", place) for place in places}


async def test_nobody_is_told_where_no_group_is_in_force(service: Service) -> None:
    await service.build()
    await service.database.write(lambda session: session.execute(update(Group).values(status="ended")))
    await an_hour_of_record(service)
    assert await service.database.write(mail_newest) is None
    assert not await mailed(service.database)


async def test_an_instance_with_one_member_has_one_witness(service: Service) -> None:
    world = await service.build(codes=("142051",))
    await an_hour_of_record(service)
    await service.database.write(mail_newest)
    assert [each.members for each in await mailed(service.database)] == [list(world.members.values())]


async def test_a_checkpoint_makes_no_news_of_its_own(service: Service) -> None:
    await service.build()
    await an_hour_of_record(service)
    await service.database.write(mail_newest)
    for _ in range(3):
        service.clock.advance(HOUR)
        assert await service.database.write(anchors.make) is None
        assert await service.database.write(mail_newest) is None


async def test_workers_side_by_side_make_one_anchor_and_one_checkpoint(
    service: Service, database_url: str, clock: ManualClock
) -> None:
    await service.build()
    others = [service.database]
    if embedded_path(database_url) is None:
        others += [open_database(database_url, service.database.surroundings, SERVICE) for _ in range(3)]
    workers = [Worker(each, None, "test") for each in others * 2]  # type: ignore[arg-type]  # no courier is asked
    for _ in range(3):
        await service.database.write(happen)
        await asyncio.gather(*(each.seal_record() for each in workers))
        clock.advance(HOUR)
    count = select(func.count()).select_from(AuditAnchor)
    assert await service.database.read(lambda session: session.scalar(count)) == 3
    assert [each.number for each in await mailed(service.database)] == [2, 3]
    assert json.loads(await service.database.read(verify, None))["whole"]
    for each in others[1:]:
        await each.close()


async def test_anchors_that_were_mailed_are_missed_though_new_ones_take_their_numbers(
    service: Service, database_url: str
) -> None:
    """The end of a chain cut off and its traces with it, but not the note of what went out."""
    await service.build()
    await an_hour_of_record(service)
    assert await service.database.write(mail_newest) == 2
    assert await kinds(service) == []
    with raw(database_url) as connection:
        (end,) = connection.run("SELECT hash FROM audit WHERE chain = 'service' AND sequence = 1")
        connection.run("DELETE FROM audit WHERE chain = 'service' AND sequence > 1")
        connection.run("UPDATE audit_heads SET sequence = 1, hash = ? WHERE chain = 'service'", end[0])
        connection.run("DELETE FROM audit_anchors")
        connection.run("DELETE FROM audit_anchored_heads")
    assert await kinds(service) == ["checkpoint"]
    for _ in range(3):
        await service.database.write(happen)
        service.clock.advance(MINUTE)
        await service.database.write(anchors.make)
    assert await kinds(service) == ["checkpoint"]
    with raw(database_url) as connection:
        connection.run("DELETE FROM audit_checkpoints")
    assert await kinds(service) == ["checkpoint"], "the mail itself is known too"


async def test_where_no_anchor_was_ever_made_it_is_said_and_no_fault(service: Service, database_url: str) -> None:
    await service.build()
    await an_hour_of_record(service)
    with raw(database_url) as connection:
        connection.run("DELETE FROM audit_anchors")
        connection.run("DELETE FROM audit_anchored_heads")
    report = await service.database.read(verify, None)
    assert json.loads(report)["whole"]
    assert json.loads(report)["unsealed"]["chains"] >= 1
    assert "封印がありません" in in_words(report)


async def kinds(service: Service) -> list[str]:
    return [each["kind"] for each in json.loads(await service.database.read(verify, None))["faults"]]


async def test_a_failure_to_seal_is_logged_and_stops_nothing(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_session: Session) -> None:
        raise RuntimeError("no paper")

    await service.build()
    await an_hour_of_record(service)
    monkeypatch.setattr(anchors, "make", fail)
    await Worker(service.database, None, "test").seal_record()  # type: ignore[arg-type]  # no courier is asked
    assert "record_not_sealed" in capsys.readouterr().out
    assert [each.number for each in await mailed(service.database)] == [2]


@pytest.fixture
async def smtp_sink() -> SmtpSink:  # type: ignore[misc]  # an asynchronous generator is what the fixture is
    sink = SmtpSink()
    await sink.start()
    yield sink
    await sink.stop()


@pytest.fixture
def service_settings(database_url: str, tmp_path: Path, smtp_sink: SmtpSink) -> Settings:
    return settings_for(database_url, tmp_path, mail_urls=(f"smtp://127.0.0.1:{smtp_sink.port}",))


async def test_the_mail_that_arrives_finds_a_database_that_was_rolled_back(
    service: Service, smtp_sink: SmtpSink, database_url: str, surroundings: Surroundings, tmp_path: Path
) -> None:
    """As an office does it: keep the mail as it came, and hold the restored database against it later."""
    await service.build(email_domain="mail.example")
    await an_hour_of_record(service)
    old = await _copy(service, database_url, tmp_path)
    service.clock.advance(MINUTE)
    await service.database.write(happen)
    await service.database.write(anchors.make)
    assert await service.database.write(mail_newest) == 3
    await service.deliver()
    assert len(smtp_sink.mails) == 4
    content = smtp_sink.mails[0].content
    assert isinstance(content, bytes)
    mail = email.message_from_bytes(content, policy=default)
    assert "監査記録の控え（番号 3）" in str(mail["subject"])
    assert "【訓練】" in str(mail["subject"])
    for kept in (checkpoints.read_file(content), checkpoints.read(mail.get_content())):
        assert json.loads(await service.database.read(verify, kept))["whole"]
        if old is not None:
            report = json.loads(await old.read(verify, kept))
            assert [each["kind"] for each in report["faults"]] == ["rolled_back"]
    if old is not None:
        assert json.loads(await old.read(verify, None))["whole"], "in itself it is whole"
        await old.close()


async def _copy(service: Service, database_url: str, tmp_path: Path) -> Database | None:
    """Return the embedded database as it is now, opened beside; a server's is not copied while it is in use."""
    path = embedded_path(database_url)
    if path is None:
        return None
    with sqlite3.connect(path) as source, sqlite3.connect(tmp_path / "old.db") as target:
        source.backup(target)
    source.close()
    target.close()
    return open_database(f"sqlite:///{tmp_path}/old.db", service.database.surroundings, SERVICE)
