"""What this room lets the rooms above hear; `service/wiring.py` names the listeners."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from notifications.gateways.base import Channel
from notifications.replies import Choice


class DeliveryStatus(StrEnum):
    """配信の状態: as it is shown; `queued` and `sending` are the rows that are due and leased."""

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"


Via = Literal["link", "sms", "mail"]


@dataclass(frozen=True, slots=True)
class AnswerReceived:
    """回答の到着: the listener judges it and returns an AnswerVerdict.

    `quantities` and `more` follow the question's lines, whose references stand in `references`; None means all
    that was asked.
    """

    kind: str
    topic: str
    member: str
    municipality: str | None
    person: str | None
    via: Via
    choice: Choice
    quantities: tuple[int | None, ...]
    more: tuple[int | None, ...]
    reason: str | None
    references: tuple[str, ...] = ()
    delivery: str = ""


@dataclass(frozen=True, slots=True)
class MessageArrived:
    """着信: what is no answer; the listener returns a MessageVerdict, or None where it is not its own.

    `sender` is E.164 where it is a number; `inbound` is the message's id. `is_reply`: a mail that replies to one that
    asked something.
    """

    inbound: str
    channel: Channel
    sender: str
    text: str
    is_reply: bool = False


@dataclass(frozen=True, slots=True)
class MessageVerdict:
    """着信の判定: whether it was taken or waits for a person, the sentence for its sender, and whose matter it is.

    `member` is whom the message speaks for, `watcher` the member that looks after it where that one can't, for the
    `group`; who acts for it there may as well.
    """

    is_taken: bool
    code: str
    ja: str
    member: str | None = None
    municipality: str | None = None
    watcher: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class QuestionOpened:
    """質問の閲覧: somebody opens or answers a question; the listener returns False where the person no longer may.

    `person` is None for a desk.
    """

    kind: str
    topic: str
    member: str
    person: str | None


@dataclass(frozen=True, slots=True)
class AnswerVerdict:
    """回答の判定: whether the answer counts, and what goes back to its sender.

    One that does not settle the question leaves the member's other people asked, each for themselves.
    """

    is_taken: bool
    code: str
    ja: str
    en: str
    settles: bool = True


@dataclass(frozen=True, slots=True)
class AddressDied:
    """宛先の失効: a server said that an address of a member is gone for good; `reason` is its status (RFC 3463)."""

    member: str
    channel: Channel
    address: str
    reason: str


@dataclass(frozen=True, slots=True)
class DeliveryChanged:
    """配信の変化: a delivery reached a state that people are shown."""

    kind: str
    topic: str
    member: str
    delivery: str
    status: DeliveryStatus


@dataclass(frozen=True, slots=True)
class DeliveriesChanged:
    """配信の変化のまとまり: what one transaction changed, told at once, for a courier ends hundreds a second."""

    changes: tuple[DeliveryChanged, ...]
