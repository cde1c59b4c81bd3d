"""Whoever sets a timer has locked what it is about: going off, it locks that first as well, or waits in a circle."""

from aid.requests.planned import CALL, CALL_AGAIN, ROUND
from inventory.records.reading import DIGEST
from readiness.actions import TRAINING_REMINDER
from readiness.digests.wording import DIGEST as READINESS_DIGEST
from readiness.reachability.actions import FOLLOW_UP, YEARLY
from service.keys import RESEAL
from service.wiring import LOCKED_FIRST, TIMERS

UNLOCKED = {CALL, CALL_AGAIN, ROUND, DIGEST, RESEAL, FOLLOW_UP, YEARLY, TRAINING_REMINDER, READINESS_DIGEST}
"""Those who set these hold nothing that the act would wait for; a round's is never waited for while it goes off."""


def test_every_timer_locks_its_subject_first_or_is_one_of_these() -> None:
    assert set(TIMERS) - set(LOCKED_FIRST) == UNLOCKED
    assert set(LOCKED_FIRST) <= set(TIMERS)
