"""Testing whether a member's people can be reached: started by hand or by the year, followed up, closed."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agreements import queries as agreements
from foundation import audit, clock, timers
from foundation.actor import SYSTEM, Actor
from foundation.clock import JAPAN
from foundation.database.statements import insert_rows
from foundation.ids import new_id
from notifications import codes
from notifications import queries as notifications
from notifications.actions import Addressee, close_alert, raise_alert
from notifications.alerts import LOW, QuestionLine
from readiness import dates
from readiness.digests import actions as digests
from readiness.digests.wording import UNACKNOWLEDGED
from readiness.reachability import queries
from readiness.reachability.errors import NobodyToTest, TestRunning
from readiness.reachability.models import ChannelCheck, ReachabilityTest
from readiness.reachability.schemas import TestView
from readiness.reachability.scoring import span_of
from readiness.reachability.wording import REACHABILITY

FOLLOW_UP = "readiness.reachability_follow_up"
"""The kind of timer that reminds of a test, and closes it."""
YEARLY = "readiness.reachability_yearly"
"""The kind of timer that looks each morning whose test has fallen due; its subject is the whole service."""
EVERYBODY = "all"
OPEN_FOR = timedelta(days=28)
REMINDED_EVERY = timedelta(days=7)
HOUR = 10
AT_ONCE = 200
"""Members whose yearly test begins on one morning, at most."""
BUSY_FOR = timedelta(days=7)
"""How long after a request for aid the members of its group are not tested by the year."""
QUESTION = QuestionLine("receipt", "受信の確認", "Receipt of this message", "", 1)


def start(session: Session, actor: Actor, code: str) -> TestView:
    """Test the own member, or as its coordinator another. Raises MemberNotFound, TestRunning, NobodyToTest."""
    member = queries.member_to_test(session, actor, code)
    running = queries.running_test(session, member)
    if running is not None:
        raise TestRunning(until_ja=dates.in_japanese(running.closes_at))
    test = _begin(session, member, actor.mark)
    if test is None:
        raise NobodyToTest
    audit.record(session, actor, "readiness.reachability_tested", f"reachability:{test.id}", chain=member)
    return queries.test_view(session, test)


def begin_due(session: Session, _subject: str = EVERYBODY) -> None:
    """Begin the tests that have fallen due by their groups' terms (by a timer), and look again tomorrow.

    Where aid was asked for lately nobody is tested: those people have other messages to answer.
    """
    now = clock.now(session)
    timers.schedule_once(session, YEARLY, EVERYBODY, next_morning(now))
    begun, at_work = 0, queries.members_at_work(session, now - BUSY_FOR)
    for member, months in queries.months_by_member(session).items():
        if member in at_work:
            continue
        last = session.scalar(
            select(func.max(ReachabilityTest.started_at)).where(ReachabilityTest.member_id == member)
        )
        if begun < AT_ONCE and (last is None or now - last >= span_of(months)):
            test = _begin(session, member, None)
            if test is not None:
                begun += 1
                audit.record(
                    session, SYSTEM, "readiness.reachability_tested", f"reachability:{test.id}", chain=member
                )


def see_to_the_year(session: Session) -> None:
    """Have `begin_due` called every morning; once more changes nothing."""
    timers.schedule_once(session, YEARLY, EVERYBODY, next_morning(clock.now(session)))


def follow_up(session: Session, test_id: str) -> None:
    """Remind people of what they have not acknowledged, in their digest; at the end close the test (by a timer)."""
    test = session.get_one(ReachabilityTest, test_id)
    now = clock.now(session)
    if now >= test.closes_at:
        close_alert(session, kind=REACHABILITY, topic=test.id)
        return
    for person, count in queries.unacknowledged_people(session, test.id).items():
        digests.note(session, [person], UNACKNOWLEDGED, test.id, {"count": count}, test.closes_at)
    timers.schedule_once(session, FOLLOW_UP, test.id, min(now + REMINDED_EVERY, test.closes_at))


def next_morning(now: datetime) -> datetime:
    """Return the next ten o'clock in Japan."""
    local = now.astimezone(JAPAN)
    at = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return at if at > local else at + timedelta(days=1)


def _begin(session: Session, member: str, by: str | None) -> ReachabilityTest | None:
    """Send to every channel of the member's contacts; None where there is none."""
    channels = [each.channel for each in agreements.channels_of_contacts(session, [member]) if not each.dead_at]
    to = agreements.addresses_of(session, channels)
    if not to:
        return None
    now = clock.now(session)
    test = ReachabilityTest(id=new_id(), member_id=member, started_by=by, started_at=now, closes_at=now + OPEN_FOR)
    session.add(test)
    session.flush()
    alert = raise_alert(
        session,
        kind=REACHABILITY,
        topic=test.id,
        facts={},
        addressees=list(to.values()),
        question=[QUESTION],
        priority=LOW,
        closes_at=test.closes_at,
    )
    _keep_checks(session, test, alert, to)
    timers.schedule_once(session, FOLLOW_UP, test.id, now + REMINDED_EVERY)
    return test


def _keep_checks(session: Session, test: ReachabilityTest, alert: str, to: dict[str, Addressee]) -> None:
    sent = notifications.deliveries_by_holder(session, alert)
    rows = []
    for channel, each in to.items():
        digest = codes.address_digest(session, each.address)
        rows.append(
            {
                "id": new_id(),
                "test_id": test.id,
                "member_id": test.member_id,
                "channel_id": channel,
                "delivery_id": sent[each.channel.value, each.person or digest.hex()],
                "person_id": each.person,
                "sent_at": test.started_at,
            }
        )
    insert_rows(session, ChannelCheck, *rows)
