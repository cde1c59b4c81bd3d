from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from foundation import clock as clocks
from foundation.clock import ManualClock
from foundation.database import Database
from foundation.timers import Timer, claim_due, done
from notifications.models import Alert, Delivery, Question
from notifications.wording import Notice
from readiness.digests import actions as digests
from readiness.digests.wording import DIGEST, LINES, TRAINING_REMINDER, UNACKNOWLEDGED, WORDINGS
from tests.readiness.factories import make_contact, make_group, make_member

TRAINING: dict[str, Any] = {
    "title": "春の研修",
    "group": "結まーる協定",
    "starts_at": "2026-06-20T05:00:00+00:00",
    "place": "藤沢市役所",
    "url": None,
}


def make_person(session: Session) -> str:
    group = make_group(session)
    return make_contact(session, group, make_member(session, group))


def note(session: Session, person: str, kind: str, subject: str, facts: dict[str, Any]) -> None:
    digests.note(session, [person], kind, subject, facts, clocks.now(session) + timedelta(days=20))


def mailed(session: Session) -> list[list[str]]:
    facts = select(Question.facts).join(Alert, Alert.id == Question.alert_id)
    rows = session.scalars(facts.where(Alert.kind == DIGEST).order_by(Alert.id))
    return [[item["kind"] for item in each["items"]] for each in rows]


def go_off(session: Session) -> list[datetime]:
    """Let the digests that are due go out; return when they were."""
    timers = [timer for timer in claim_due(session, "test") if timer.kind == DIGEST]
    for timer in timers:
        done(session, timer)
        digests.mail(session, timer.subject)
    return [timer.due_at for timer in timers]


async def test_a_person_gets_one_mail_a_week_that_bundles_all(database: Database, clock: ManualClock) -> None:
    person = await database.write(make_person)
    await database.write(note, person, TRAINING_REMINDER, "training-1", TRAINING)
    await database.write(note, person, UNACKNOWLEDGED, "test-1", {"count": 2})
    await database.write(note, person, UNACKNOWLEDGED, "test-1", {"count": 2})
    clock.advance(timedelta(days=1))
    await database.write(go_off)
    assert await database.read(mailed) == [[UNACKNOWLEDGED, TRAINING_REMINDER]]
    # A mail a person, by mail alone
    assert await database.read(lambda s: s.scalar(select(func.count()).select_from(Delivery))) == 1
    await database.write(note, person, UNACKNOWLEDGED, "test-1", {"count": 1})
    mails = 1
    for _ in range(6):
        clock.advance(timedelta(days=1))
        await database.write(go_off)
        assert len(await database.read(mailed)) == mails
    clock.advance(timedelta(days=1))
    await database.write(go_off)
    assert len(await database.read(mailed)) == 2


async def test_what_would_be_past_by_the_next_digest_goes_out_the_next_morning(
    database: Database, clock: ManualClock
) -> None:
    person = await database.write(make_person)
    await database.write(note, person, UNACKNOWLEDGED, "test-1", {"count": 2})
    clock.advance(timedelta(days=1))
    await database.write(go_off)
    soon = clock.now() + timedelta(days=3)
    await database.write(digests.note, [person], TRAINING_REMINDER, "training-1", TRAINING, soon)
    clock.advance(timedelta(days=1))
    await database.write(go_off)
    assert await database.read(mailed) == [[UNACKNOWLEDGED], [TRAINING_REMINDER]]


async def test_what_is_done_or_past_is_not_mailed(database: Database, clock: ManualClock) -> None:
    person = await database.write(make_person)
    await database.write(note, person, UNACKNOWLEDGED, "test-1", {"count": 2})
    await database.write(lambda s: digests.drop(s, UNACKNOWLEDGED, "test-1", person=person))
    clock.advance(timedelta(days=1))
    await database.write(go_off)
    assert await database.read(mailed) == []
    await database.write(note, person, UNACKNOWLEDGED, "test-2", {"count": 2})
    clock.advance(timedelta(days=30))
    await database.write(go_off)
    assert await database.read(mailed) == []
    assert await database.read(lambda s: s.scalar(select(func.count()).where(Timer.state == "due"))) == 0


@pytest.mark.parametrize("kind", LINES)
def test_every_reminder_has_both_languages(kind: str) -> None:
    items = [{"kind": kind, **TRAINING, "count": 2}]
    mail = WORDINGS[DIGEST].mail(Notice({"items": items}, "髙橋"))
    assert mail.subject == "【結まーる】今週のお願い（1件）"
    japanese, english = mail.body.split("\n--\n")
    assert japanese.startswith("髙橋 様")
    assert "■ " in japanese
    assert english.isascii() or "春の研修" in english
    assert "1件" in WORDINGS[DIGEST].sms(Notice({"items": items}, "髙橋"))
