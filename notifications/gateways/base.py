"""What the worker knows of a gateway (送信路): one message in, one outcome out."""

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from notifications.gateways.calling import Reader

# Seconds after which any gateway has answered. A worker's lease on a delivery must be longer than this.
LONGEST_SEND = 30.0
LONGEST_QUERY = 4.0
"""Seconds that a question about an attempt may take; it comes out of the margin of the same lease."""
LONGEST_TEXT = 660
"""Units in ten parts of an SMS where a carrier has the shortest ones (Rakuten: 66)."""
LONGEST_WAIT = 3600.0
_LONGEST_WORDS = 200
FOUND = "found-earlier"
"""The code of a try that was spared, since a provider has the one before."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Channel(StrEnum):
    """連絡手段: the channels that the product itself sends by."""

    EMAIL = "email"
    SMS = "sms"


class Verdict(StrEnum):
    """送信結果: what a gateway said about one attempt.

    `temporary`: not taken over now, nothing was sent. `permanent`: this recipient can't be reached this way.
    `unknown`: the message was handed over but the answer never came, so it may or may not be on its way.
    """

    ACCEPTED = "accepted"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Message:
    """送信文: one attempt to tell one recipient.

    `attempt` is unique per attempt (Message-ID, receipts are matched by it); `to` a mail address or an E.164
    number. For mail only: `subject`, `thread` (what mail programs group by), `bounce_to` and `reply_to` (where
    reports and replies come in; empty where none are taken), and `in_reply_to`, the Message-ID that this answers by
    itself (empty for a mail without one, None where it answers nothing).
    """

    attempt: str
    to: str
    text: str
    subject: str = ""
    thread: str = ""
    bounce_to: str = ""
    reply_to: str = ""
    in_reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """送信の結果: verdict, the provider's own id, its code in its own words, seconds it asked us to wait."""

    verdict: Verdict
    provider_id: str | None = None
    code: str | None = None
    retry_after: float | None = None

    def __post_init__(self) -> None:
        # What a provider says is kept, and no database keeps NUL or lone surrogates
        object.__setattr__(self, "provider_id", _kept(self.provider_id))
        object.__setattr__(self, "code", _kept(self.code))
        object.__setattr__(self, "retry_after", _bounded(self.retry_after))


def _kept(words: str | None) -> str | None:
    """Return a provider's words as one short line of characters that any encoding carries."""
    if words is None:
        return None
    plain = words[:_LONGEST_WORDS].encode("utf-8", "replace").decode("utf-8")
    return _CONTROL.sub(" ", plain).strip() or None


def _bounded(seconds: float | None) -> float | None:
    """Return seconds that can be waited, at most an hour; None for what is no number of seconds."""
    return min(max(seconds, 0.0), LONGEST_WAIT) if seconds is not None and not math.isnan(seconds) else None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """送信路の能力: what a route can do, so that no text promises more and nothing is cut off by a provider.

    `is_two_way`: who gets a message can answer it, and the answer comes back to us. `has_receipts`: it reports what
    became of a message. `is_idempotent`: an attempt that is handed over twice goes out once. `most_units`: the
    longest text that it takes, in UTF-16 units. `validity`: the seconds for which it tries the phone, None: as long
    as it likes.
    """

    is_two_way: bool = False
    has_receipts: bool = False
    is_idempotent: bool = False
    most_units: int = LONGEST_TEXT
    validity: int | None = None


class Sender(Protocol):
    """送信路の本体: never raises for a delivery problem, and answers within `LONGEST_SEND`.

    `window` is the most messages the worker may have in flight through it at once; `hook_secret` guards the
    address at which the provider calls us, None where it never does; `reader` understands such calls.
    """

    @property
    def name(self) -> str: ...

    @property
    def channel(self) -> Channel: ...

    @property
    def window(self) -> int: ...

    @property
    def hook_secret(self) -> str | None: ...

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def reader(self) -> Reader: ...

    async def send(self, message: Message) -> Outcome: ...

    async def close(self) -> None: ...


class Gateway(Sender, Protocol):
    """送信路: a sender as the operator set it up.

    `rate`: the most messages a second that the contract allows, None: no limit. `weight`: how gladly it is taken, 0
    to 100; 0 is the last resort, None leaves the choice to the order of the setting.
    """

    @property
    def rate(self) -> float | None: ...

    @property
    def weight(self) -> int | None: ...


@runtime_checkable
class Askable(Protocol):
    """照会できる送信路: can be asked what it knows of an attempt, before one in doubt is sent once more."""

    async def query(self, attempt: str) -> Outcome:
        """Return ACCEPTED where it has the attempt, TEMPORARY where it never got it, else UNKNOWN."""
        ...
