"""What the worker knows of a gateway (送信路): one message in, one outcome out."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

# Seconds after which any gateway has answered. A worker's lease on a delivery must be longer than this.
LONGEST_SEND = 30.0


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
    number; `subject` and `thread` (what mail programs group by) are for mail only.
    """

    attempt: str
    to: str
    text: str
    subject: str = ""
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """送信の結果: verdict, the provider's own id, its code in its own words, seconds it asked us to wait."""

    verdict: Verdict
    provider_id: str | None = None
    code: str | None = None
    retry_after: float | None = None


class Gateway(Protocol):
    """送信路: never raises for a delivery problem, and answers within `LONGEST_SEND`.

    `window` is the most messages the worker may have in flight through it at once; `hook_secret` guards the
    address at which the provider calls us, None where it never does.
    """

    @property
    def name(self) -> str: ...

    @property
    def channel(self) -> Channel: ...

    @property
    def window(self) -> int: ...

    @property
    def hook_secret(self) -> str | None: ...

    async def send(self, message: Message) -> Outcome: ...

    async def close(self) -> None: ...
