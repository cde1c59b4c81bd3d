"""When a message that no gateway took is tried again."""

from datetime import timedelta

_EARLY = (2.0, 5.0, 15.0, 30.0, 60.0, 120.0)
"""Seconds between tries while a message is young; the last one repeats."""
_YOUNG = timedelta(hours=1)
_LATE = timedelta(minutes=30)


def pause(
    tries: int, *, gateways: int, age: timedelta, jitter: float, asked_to_wait: float | None = None
) -> timedelta:
    """Return how long to wait after the `tries`-th try failed.

    Each of a channel's gateways is tried once without waiting. Then the pauses grow to two minutes, and to half an
    hour once the message is an hour old; `jitter` (0 to 1) takes off up to half, so that what failed together does
    not come back together. `asked_to_wait`: the provider's own wish in seconds, the least that is waited then.
    """
    if tries < gateways:
        return timedelta()
    if age >= _YOUNG:
        full = _LATE
    else:
        rounds = (tries - gateways) // gateways
        full = timedelta(seconds=_EARLY[min(rounds, len(_EARLY) - 1)])
    return max(full * (1 - jitter / 2), timedelta(seconds=asked_to_wait or 0))


_AFTER_FAILURE = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6))
"""Pauses once every route has reported that it did not get through: it is the phone then, not a provider."""


def pause_after_failure(failures: int, *, gateways: int) -> timedelta:
    """Return how long to wait after the `failures`-th report that a message taken over did not get through.

    Each other route is tried at once; after that the phone is given time. Whoever repeats faster only pays for it.
    """
    if failures < gateways:
        return timedelta()
    return _AFTER_FAILURE[min(failures - gateways, len(_AFTER_FAILURE) - 1)]


_AFTER_REFUSAL = (timedelta(minutes=5), timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=3))
"""Pauses after a mail came back as refused: the first is short, since it goes by another relay where there is one."""


def pause_after_refusal(refusals: int) -> timedelta | None:
    """Return how long to wait after the `refusals`-th time that a far end refused a mail; None: it ends there.

    It is the text or the sender that is not wanted there, seldom the moment: more tries only make us look worse.
    """
    return _AFTER_REFUSAL[refusals - 1] if refusals <= len(_AFTER_REFUSAL) else None
