"""How much is expected of a provider, and whether it may be tried now: rules over what was seen of it.

The scheme is that of GOV.UK Notify: trouble costs points, at most once a minute, and time gives them back. A breaker
stands beside it: after several connections in a row that came to nothing, only a probe is sent now and then. Where
few messages go, they are judged together with those of the last minutes: one alone says little.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from notifications.gateways.base import FOUND, LONGEST_WAIT, Outcome, Verdict

FULL = 100
FIT = 70
"""Points from which a provider keeps its place in the order of the setting."""
LEAST = 10
"""Points that are left to a provider in any trouble: it may be the only one."""
COST = 20
COST_EVERY = timedelta(minutes=1)
DRIFT = 10
DRIFT_EVERY = timedelta(minutes=5)
TOO_MANY = 0.2
"""Share of a provider's results from which errors, slow answers or missing receipts count against it."""
SLOW = 5.0
"""Seconds in which a provider answers when it is well."""
MOST_FAILURES = 5
WINDOW = timedelta(minutes=10)
"""How far back results count beside those that are judged now."""
ENOUGH_TRIALS = 20
"""Results that are judged by themselves; of fewer, so many of the last ones are judged with them."""
MOSTLY = 0.8
"""Share of results in which nobody was there from which a breaker opens, whatever came between them."""
PROBE_EVERY = timedelta(seconds=10)
PROBE_LASTS = timedelta(seconds=45)
"""After this a probe's answer will not come any more: its worker died, and another one probes."""
PROBE_OVERDUE = timedelta(minutes=1)
ENOUGH = 10
"""Messages from which receipts tell something."""
_LONGEST_HOLD = timedelta(seconds=LONGEST_WAIT)
"""Nothing is set further ahead than this, nor a probe than `PROBE_LASTS`, but by a clock that was put back since."""
_CUT_OFF = {"connect", "timeout", "disconnected", "defect", "421"}
"""Codes of tries in which nobody was there, or went away."""
_BROKEN = _CUT_OFF | {"500", "502", "503", "504"}
"""Codes of tries in which nobody was there, or only something that could do nothing for any message."""
NOT_TRIED = "not-tried"
_NEVER_POSTED = {"address", "sealed", "text", FOUND, NOT_TRIED, "worker-lost"}
"""Codes of messages that did not come as far as the provider, or were never heard of; one found earlier may be with
another one."""


class Breaker(StrEnum):
    """遮断器: closed: messages go; open: none goes until the probe; half_open: the probe is under way."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Trial:
    """試行結果: what a provider did with one message, and in how many seconds."""

    outcome: Outcome
    seconds: float = 0.0

    @property
    def is_evidence(self) -> bool:
        """Tell whether it says anything of the provider."""
        return self.outcome.code not in _NEVER_POSTED

    @property
    def is_error(self) -> bool:
        return self.outcome.verdict in {Verdict.TEMPORARY, Verdict.UNKNOWN}

    @property
    def is_cut_off(self) -> bool:
        return self.is_error and self._word in _CUT_OFF

    @property
    def is_broken(self) -> bool:
        return self.is_error and self._word in _BROKEN

    @property
    def is_slow(self) -> bool:
        return self.seconds >= SLOW

    @property
    def _word(self) -> str:
        # A mail server's code is followed by its enhanced one: 421 4.3.2
        return (self.outcome.code or "").partition(" ")[0]


@dataclass(frozen=True, slots=True)
class Condition:
    """送信路の状態: `health` are the points at `lowered_at`; `failures` the connections in a row that failed.

    `probe_at`: open: when the next probe may go; half open: when to stop waiting for the one that is under way.
    `held_until`: the provider asked to be left alone so long.
    """

    health: int = FULL
    lowered_at: datetime | None = None
    failures: int = 0
    breaker: Breaker = Breaker.CLOSED
    probe_at: datetime | None = None
    held_until: datetime | None = None
    last_code: str | None = None
    last_error_at: datetime | None = None

    def points(self, now: datetime) -> int:
        """Return the points now: those of the last trouble, and what has drifted back since."""
        if self.lowered_at is None:
            return self.health
        return min(FULL, self.health + DRIFT * max(0, (now - self.lowered_at) // DRIFT_EVERY))

    def is_held(self, now: datetime) -> bool:
        return self.held_until is not None and now < self.held_until <= now + _LONGEST_HOLD

    def is_open_to(self, now: datetime) -> bool:
        """Tell whether messages may go to it."""
        return self.breaker is Breaker.CLOSED and not self.is_held(now)

    def is_probe_due(self, now: datetime) -> bool:
        if self.probe_at is None or self.is_held(now):
            return False
        return not now < self.probe_at <= now + PROBE_LASTS

    def is_probe_overdue(self, now: datetime) -> bool:
        """Tell whether a probe is due for so long that it shall go, even if its message has a better way."""
        return self.probe_at is not None and self.probe_at + PROBE_OVERDUE <= now and not self.is_held(now)

    def probing(self, now: datetime) -> "Condition":
        """Return it with the probe under way."""
        return replace(self, breaker=Breaker.HALF_OPEN, probe_at=now + PROBE_LASTS)


def after(condition: Condition, trials: Sequence[Trial], now: datetime, lately: Sequence[Trial] = ()) -> Condition:
    """Return what is to be thought of a provider after some results, in the order in which they came.

    `lately`: its last results before these, within `WINDOW`. They make the share, but only what is new costs.
    """
    for trial in trials:
        condition = _after_one(condition, trial, now)
    told = [trial for trial in trials if trial.is_evidence]
    all_ = [*(trial for trial in lately if trial.is_evidence), *told]
    if _costs(told, all_):
        condition = lowered(condition, now)
    broken = sum(trial.is_broken for trial in all_)
    if told and told[-1].is_broken and broken >= max(MOST_FAILURES, MOSTLY * len(all_)):
        condition = _opened(condition, now)
    return condition


def _costs(told: Sequence[Trial], all_: Sequence[Trial]) -> bool:
    """Tell whether errors or slow answers, of which there is a new one, are too many."""
    errors = any(trial.is_error for trial in told) * sum(trial.is_error for trial in all_)
    slow = any(trial.is_slow for trial in told) * sum(trial.is_slow for trial in all_)
    return bool(told) and max(errors, slow) >= TOO_MANY * len(all_)


def lowered(condition: Condition, now: datetime) -> Condition:
    """Return it with fewer points, unless it has lost some within the last minute."""
    if condition.lowered_at is not None and timedelta() <= now - condition.lowered_at < COST_EVERY:
        return condition
    return replace(condition, health=max(LEAST, condition.points(now) - COST), lowered_at=now)


def _after_one(condition: Condition, trial: Trial, now: datetime) -> Condition:
    if not trial.is_evidence:
        # A probe that never left tells nothing: the next may go at once
        is_lost_probe = condition.breaker is Breaker.HALF_OPEN
        return replace(condition, breaker=Breaker.OPEN, probe_at=now) if is_lost_probe else condition
    if trial.is_error:
        condition = replace(condition, last_code=trial.outcome.code, last_error_at=now)
    if wait := trial.outcome.retry_after:
        until = now + timedelta(seconds=wait)
        condition = replace(condition, held_until=max(until, condition.held_until or until))
    return _cut_off(condition, now) if trial.is_cut_off else _answered(condition)


def _cut_off(condition: Condition, now: datetime) -> Condition:
    condition = replace(condition, failures=condition.failures + 1)
    is_failed_probe = condition.breaker is Breaker.HALF_OPEN
    return _opened(condition, now) if is_failed_probe or condition.failures >= MOST_FAILURES else condition


def _opened(condition: Condition, now: datetime) -> Condition:
    if condition.breaker is Breaker.OPEN:
        return condition
    return replace(condition, breaker=Breaker.OPEN, probe_at=now + PROBE_EVERY)


def _answered(condition: Condition) -> Condition:
    """Whatever it said: somebody is there again."""
    if not condition.failures and condition.breaker is Breaker.CLOSED and condition.probe_at is None:
        return condition
    return replace(condition, failures=0, breaker=Breaker.CLOSED, probe_at=None)


@dataclass(frozen=True, slots=True)
class Candidate:
    """候補: a provider to which a message may go; `weight` as set, None where the order of the setting decides.

    `is_stuck`: all its slots have been busy for so long that others should take what is new.
    """

    name: str
    health: int = FULL
    weight: int | None = None
    is_stuck: bool = False


def front(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """Return those among which new messages are shared out: all that move where weights are set, else one."""
    moving = [each for each in candidates if not each.is_stuck] or list(candidates)
    if not moving or any(each.weight is not None for each in moving):
        return [each for each in moving if each.weight != 0] or moving
    return [next((each for each in moving if each.health >= FIT), max(moving, key=lambda each: each.health))]


def choose(candidates: Sequence[Candidate], *, last: str | None, dice: float) -> Candidate | None:
    """Return the one for this try, never the `last` while there is another; `dice` is at random in 0 to 1."""
    others = front([each for each in candidates if each.name != last]) or front(candidates)
    shares = [each.health * (FULL if each.weight is None else each.weight) for each in others]
    at = dice * sum(shares)
    for each, share in zip(others, shares, strict=True):
        at -= share
        if at < 0:
            return each
    return others[-1] if others else None


@dataclass(frozen=True, slots=True)
class Handed:
    """引き渡しの結果: of the messages a provider took over some minutes ago, how many failed or were not reported."""

    accepted: int = 0
    failed: int = 0
    late: int = 0

    @property
    def share(self) -> float:
        return (self.failed + self.late) / self.accepted if self.accepted else 0.0


def is_doubtful(own: Handed, others: Sequence[Handed]) -> bool:
    """Tell whether a provider's word is worth less than others': it takes messages, but they don't arrive.

    Where nobody's messages arrive the carriers are down, and no provider is to blame.
    """
    known = [each for each in others if each.accepted >= ENOUGH]
    return (
        own.accepted >= ENOUGH
        and own.share >= TOO_MANY
        and any(each.share < min(TOO_MANY, own.share / 2) for each in known)
    )


def burst(rate: float) -> float:
    """Return the most messages that may follow each other at once: what the rate gives in a quarter of a second."""
    return max(1.0, rate / 4)


def refilled(tokens: float, since: datetime | None, *, rate: float, now: datetime) -> float:
    """Return the messages that may go now where `tokens` were left at `since` (None: never used)."""
    if since is None:
        return burst(rate)
    return min(burst(rate), tokens + rate * max(0.0, (now - since).total_seconds()))
