from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications import health
from notifications.gateways.base import FOUND, Outcome, Verdict
from notifications.health import Breaker, Candidate, Condition, Handed, Trial

NOW = datetime(2026, 6, 1, 3, 0, tzinfo=UTC)
NEW = Condition()
TAKEN = Trial(Outcome(Verdict.ACCEPTED))
LOST = Trial(Outcome(Verdict.TEMPORARY, code="connect"))
BUSY = Trial(Outcome(Verdict.TEMPORARY, code="503"))
NOBODY = Trial(Outcome(Verdict.PERMANENT, code="550"))
UNSENT = Trial(Outcome(Verdict.PERMANENT, code="address"))
TRIALS = st.lists(st.sampled_from([TAKEN, LOST, BUSY, NOBODY, UNSENT]), max_size=12)


def later(**by: float) -> datetime:
    return NOW + timedelta(**by)


def dead() -> Condition:
    return health.after(NEW, [LOST] * 5, NOW)


def test_five_connections_in_a_row_that_fail_open_the_breaker() -> None:
    assert health.after(NEW, [LOST] * 4, NOW).breaker is Breaker.CLOSED
    assert dead().breaker is Breaker.OPEN
    assert not dead().is_open_to(NOW)
    assert health.after(NEW, [LOST] * 4 + [TAKEN] * 3 + [LOST] * 4, NOW).breaker is Breaker.CLOSED


def test_now_and_then_a_success_does_not_keep_the_breaker_shut() -> None:
    mostly = [LOST] * 4 + [TAKEN] + [LOST] * 3
    assert health.after(NEW, mostly, NOW).breaker is Breaker.OPEN
    one = health.after(NEW, [LOST], NOW, lately=mostly[:-1])
    assert (one.breaker, one.failures) == (Breaker.OPEN, 1)
    again = health.after(one.probing(later(seconds=10)), [LOST], later(seconds=12))
    assert (again.breaker, again.probe_at) == (Breaker.OPEN, later(seconds=22)), "its probe failed"
    assert health.after(NEW, [TAKEN], NOW, lately=mostly) == NEW
    assert health.after(NEW, [LOST], NOW, lately=[TAKEN] * 4 + [LOST] * 6).breaker is Breaker.CLOSED


def test_one_that_can_do_nothing_for_anybody_is_left_alone() -> None:
    assert health.after(NEW, [BUSY], NOW, lately=[BUSY] * 4).breaker is Breaker.OPEN
    greylisted = Trial(Outcome(Verdict.TEMPORARY, code="450 4.7.1"))
    assert health.after(NEW, [greylisted], NOW, lately=[greylisted] * 9).breaker is Breaker.CLOSED


def test_where_few_messages_go_the_last_ones_make_the_share() -> None:
    assert health.after(NEW, [BUSY], NOW, lately=[TAKEN] * 9).points(NOW) == 100
    assert health.after(NEW, [BUSY], NOW, lately=[TAKEN] * 3 + [BUSY]).points(NOW) == 80
    assert health.after(NEW, [TAKEN], NOW, lately=[BUSY] * 9).points(NOW) == 100, "a success costs nothing"
    given_back = Trial(Outcome(Verdict.TEMPORARY, code=health.NOT_TRIED))
    assert health.after(NEW, [BUSY], NOW, lately=[TAKEN] * 9 + [given_back] * 9).points(NOW) == 100


def test_a_probe_goes_after_ten_seconds_and_decides() -> None:
    assert not dead().is_probe_due(later(seconds=9))
    assert dead().is_probe_due(later(seconds=10))
    probing = dead().probing(later(seconds=10))
    assert not probing.is_open_to(later(seconds=11))
    again = health.after(probing, [LOST], later(seconds=12))
    assert (again.breaker, again.probe_at) == (Breaker.OPEN, later(seconds=22))
    assert health.after(probing, [NOBODY], later(seconds=12)).is_open_to(later(seconds=12))


def test_a_probe_that_is_lost_or_never_left_makes_room_for_the_next() -> None:
    probing = dead().probing(later(seconds=10))
    assert probing.is_probe_due(later(seconds=55))
    assert health.after(probing, [UNSENT], later(seconds=11)).is_probe_due(later(seconds=11))


def test_errors_cost_points_at_most_once_a_minute_and_time_gives_them_back() -> None:
    once = health.after(NEW, [BUSY] * 50, NOW)
    assert once.points(NOW) == 80
    assert health.after(once, [BUSY], later(seconds=59)).points(later(seconds=59)) == 80
    twice = health.after(once, [BUSY], later(seconds=60))
    assert [twice.points(later(seconds=60) + timedelta(minutes=m)) for m in (0, 5, 10, 60)] == [60, 70, 80, 100]


def test_one_error_in_many_costs_nothing() -> None:
    assert health.after(NEW, [TAKEN] * 9 + [BUSY], NOW).health == 100


def test_slow_answers_cost_points() -> None:
    slow = Trial(TAKEN.outcome, seconds=20.0)
    assert health.after(NEW, [slow], NOW).points(NOW) == 80
    assert health.after(NEW, [slow] + [TAKEN] * 9, NOW).points(NOW) == 100


def test_a_provider_that_asks_to_wait_is_left_alone_so_long() -> None:
    held = health.after(NEW, [Trial(Outcome(Verdict.TEMPORARY, code="429", retry_after=600.0)), BUSY], NOW)
    assert not held.is_open_to(later(seconds=599))
    assert held.is_open_to(later(seconds=600))


@given(TRIALS, st.lists(st.tuples(st.integers(0, 400), TRIALS), max_size=12))
def test_a_condition_keeps_its_bounds_and_one_answer_always_closes_the_breaker(
    first: list[Trial], steps: list[tuple[int, list[Trial]]]
) -> None:
    now, condition = NOW, health.after(NEW, first, NOW)
    for seconds, trials in steps:
        now += timedelta(seconds=seconds)
        before, condition = condition, health.after(condition, trials, now)
        assert health.LEAST <= condition.health <= condition.points(now) <= health.FULL
        assert (condition.breaker is Breaker.CLOSED) == (condition.probe_at is None)
        assert condition.breaker is not Breaker.CLOSED or condition.failures < health.MOST_FAILURES
        assert condition.points(now) >= before.points(now) - health.COST
    assert health.after(condition, [NOBODY], now).breaker is Breaker.CLOSED


FIRST, SECOND, THIRD = Candidate("first"), Candidate("second"), Candidate("third")


@given(st.floats(0, 1, exclude_max=True))
def test_without_weights_the_order_of_the_setting_decides(dice: float) -> None:
    assert health.choose([FIRST, SECOND], last=None, dice=dice) == FIRST
    assert health.choose([FIRST, SECOND, THIRD], last="first", dice=dice) == SECOND
    assert health.choose([FIRST], last="first", dice=dice) == FIRST
    assert health.choose([], last=None, dice=dice) is None


def test_one_in_bad_health_or_stuck_loses_its_place() -> None:
    ill, stuck = Candidate("first", health=60), Candidate("first", is_stuck=True)
    assert health.front([ill, SECOND]) == [SECOND]
    assert health.front([stuck, SECOND]) == [SECOND]
    assert health.front([ill, Candidate("second", health=40)]) == [ill]
    assert health.front([stuck]) == [stuck]


def test_weights_share_the_work_by_health_and_zero_is_the_last_resort() -> None:
    fast, slow = Candidate("fast", weight=80), Candidate("slow", health=50, weight=40)
    shares = [health.choose([fast, slow], last=None, dice=n / 100) for n in range(100)]
    assert (shares.count(fast), shares.count(slow)) == (80, 20)
    spare = Candidate("spare", weight=0)
    assert health.front([fast, spare]) == [fast]
    assert health.front([spare]) == [spare]
    assert health.choose([spare], last=None, dice=0.5) == spare


GOOD = Handed(accepted=50, late=2)


@pytest.mark.parametrize(
    ("own", "others", "is_doubtful"),
    [
        (Handed(accepted=50, failed=20), [GOOD], True),
        (Handed(accepted=50, late=50), [GOOD], True),
        (Handed(accepted=50, late=50), [Handed(accepted=50, late=45)], False),
        (Handed(accepted=50, late=50), [], False),
        (Handed(accepted=9, late=9), [GOOD], False),
        (Handed(accepted=50, late=50), [Handed(accepted=3)], False),
        (GOOD, [GOOD], False),
    ],
)
def test_a_provider_is_doubted_where_only_its_messages_do_not_arrive(
    own: Handed, others: list[Handed], is_doubtful: bool
) -> None:
    assert health.is_doubtful(own, others) is is_doubtful


@given(
    st.floats(0.1, 1000),
    st.lists(st.tuples(st.floats(0, 10), st.integers(0, 50)), max_size=60),
)
def test_no_more_go_than_the_rate_and_one_burst_allow(rate: float, looks: list[tuple[float, int]]) -> None:
    now, since, tokens, sent = NOW, None, 0.0, 0
    for seconds, wanted in looks:
        now += timedelta(seconds=seconds)
        tokens, since = health.refilled(tokens, since, rate=rate, now=now), now
        taken = min(wanted, int(tokens))
        tokens, sent = tokens - taken, sent + taken
        assert 0 <= tokens <= health.burst(rate)
    assert sent <= health.burst(rate) + rate * (now - NOW).total_seconds() + 1e-6


def test_a_mail_server_that_goes_away_with_an_enhanced_code_was_not_there() -> None:
    assert Trial(Outcome(Verdict.TEMPORARY, code="421 4.3.2")).is_cut_off
    assert not Trial(Outcome(Verdict.TEMPORARY, code="450 4.2.1")).is_cut_off


def test_a_message_found_at_another_provider_tells_nothing_of_this_one() -> None:
    found = Trial(Outcome(Verdict.ACCEPTED, code=FOUND))
    again = health.after(dead().probing(later(seconds=10)), [found], later(seconds=11))
    assert (again.breaker, again.is_probe_due(later(seconds=11))) == (Breaker.OPEN, True)


def test_a_clock_put_back_by_a_day_shuts_nobody_out() -> None:
    yesterday = later(days=-1)
    assert dead().is_probe_due(yesterday)
    held = health.after(NEW, [Trial(Outcome(Verdict.TEMPORARY, code="429", retry_after=600))], NOW)
    assert held.is_held(later(seconds=599))
    assert held.is_open_to(yesterday)
    once = health.after(NEW, [BUSY], NOW)
    assert health.after(once, [BUSY], yesterday).points(yesterday) == 60
