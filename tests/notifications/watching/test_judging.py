from datetime import UTC, datetime, timedelta

import pytest

from notifications.watching.judging import (
    ChannelFigures,
    Figures,
    Finding,
    Standing,
    TroubleKind,
    begins_anew,
    findings,
    is_all_clear,
    is_to_be_told,
)

NOW = datetime(2026, 6, 1, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def ago(**time: float) -> datetime:
    return NOW - timedelta(**time)


QUIET = ChannelFigures()
STORM = ChannelFigures(
    waiting=3000,
    oldest_due_at=ago(minutes=5),
    oldest_raised_at=ago(minutes=5),
    tried=900,
    last_tried_at=ago(seconds=1),
    has_accepted=True,
)
UNTRIED = ChannelFigures(waiting=1, oldest_due_at=ago(seconds=91), oldest_raised_at=ago(seconds=91))
REFUSED = ChannelFigures(
    waiting=2, oldest_due_at=None, oldest_raised_at=ago(minutes=3), tried=6, last_tried_at=ago(seconds=20)
)
BREAKER_OPEN = ChannelFigures(
    waiting=40, oldest_due_at=ago(minutes=4), oldest_raised_at=ago(minutes=4), tried=20, last_tried_at=ago(seconds=5)
)
PASSED_OVER = ChannelFigures(
    waiting=5,
    oldest_due_at=ago(minutes=16),
    oldest_raised_at=ago(minutes=16),
    overdue=2,
    tried=50,
    last_tried_at=ago(seconds=1),
    has_accepted=True,
)
GREYLISTED = ChannelFigures(
    waiting=1, oldest_due_at=None, oldest_raised_at=ago(hours=3), tried=1, last_tried_at=ago(seconds=30)
)


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        (QUIET, None),
        (STORM, None),
        (GREYLISTED, None),
        (UNTRIED, Finding(TroubleKind.UNTRIED, "sms", 1)),
        (REFUSED, Finding(TroubleKind.FAILING, "sms", 2)),
        (BREAKER_OPEN, Finding(TroubleKind.FAILING, "sms", 40)),
        (PASSED_OVER, Finding(TroubleKind.LEFT_BEHIND, "sms", 2)),
    ],
)
def test_a_channel_is_judged_by_what_waits_and_what_was_tried(
    channel: ChannelFigures, expected: Finding | None
) -> None:
    assert findings(Figures(NOW, {"sms": channel})) == ([expected] if expected else [])


def test_a_stuck_message_is_found_within_two_minutes() -> None:
    """R14: due, nobody tries; the round after 90 seconds says so, and rounds are half a minute apart."""
    found = [
        seconds
        for seconds in range(0, 181, 30)
        if findings(Figures(NOW, {"sms": ChannelFigures(1, ago(seconds=seconds), ago(seconds=seconds))}))
    ]
    assert found[0] == 120


def test_what_is_counted_is_told_and_what_just_came_in_is_not() -> None:
    figures = Figures(
        NOW,
        stale_leases=1,
        open_attempts=2,
        missing_timers=3,
        lost=1,
        ill_counted=3,
        unhandled=5,
        oldest_unhandled_at=ago(seconds=61),
    )
    assert {each.kind: each.count for each in findings(figures)} == {
        TroubleKind.STALE_LEASE: 1,
        TroubleKind.OPEN_ATTEMPT: 2,
        TroubleKind.MISSING_TIMER: 3,
        TroubleKind.COUNTS_DIFFER: 4,
        TroubleKind.UNHANDLED: 5,
    }
    assert not findings(Figures(NOW, unhandled=1, oldest_unhandled_at=ago(seconds=59)))


def test_operators_hear_at_once_and_then_ever_more_seldom() -> None:
    told, now = [], NOW
    standing = Standing(is_open=True)
    while now < NOW + timedelta(days=3):
        if is_to_be_told(standing, now):
            told.append(round((now - NOW) / HOUR))
            standing = Standing(is_open=True, told_at=now, told_times=standing.told_times + 1)
        now += timedelta(seconds=30)
    assert told == [0, 1, 3, 7, 15, 31, 55]


def test_all_clear_is_said_once_after_the_trouble_was_told_and_is_gone_for_a_minute() -> None:
    assert not is_all_clear(Standing(is_open=True, told_at=NOW), NOW)
    assert not is_all_clear(Standing(is_open=False, cleared_at=NOW), NOW + HOUR)
    over = Standing(is_open=False, cleared_at=NOW, told_at=ago(minutes=5))
    assert not is_all_clear(over, NOW + timedelta(seconds=59))
    assert is_all_clear(over, NOW + timedelta(seconds=60))
    said = Standing(is_open=False, cleared_at=NOW, told_at=ago(minutes=5), clear_told_at=NOW)
    assert not is_all_clear(said, NOW + HOUR)


def test_a_trouble_that_flaps_is_no_new_one_for_an_hour() -> None:
    assert begins_anew(Standing(is_open=False), NOW)
    assert not begins_anew(Standing(is_open=False, told_at=ago(minutes=59)), NOW)
    assert begins_anew(Standing(is_open=False, told_at=ago(minutes=60)), NOW)
