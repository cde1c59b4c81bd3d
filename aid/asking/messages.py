"""A message that may ask, with what is known of its sender; and the row that remembers what it became."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from agreements.callers import Caller
from aid.asking.models import AskedMessage
from aid.lifecycle import Via
from foundation import clock
from notifications.events import MessageArrived
from notifications.gateways.base import Channel


@dataclass(frozen=True, slots=True)
class Message:
    """着信: a message, the members that claim its sender, and the digests by which sender and text are found."""

    event: MessageArrived
    callers: Sequence[Caller]
    sender: bytes
    text: bytes

    @property
    def via(self) -> Via:
        return Via.SMS if self.event.channel is Channel.SMS else Via.MAIL


def remember(
    session: Session,
    message: Message,
    claimed: Caller,
    *,
    request: str | None = None,
    receipt: str | None = None,
    has_wrong_code: bool = False,
) -> None:
    """Keep what a message became, for repeats and for the count of wrong codes."""
    session.add(
        AskedMessage(
            id=message.event.inbound,
            member_id=claimed.member,
            sender_digest=message.sender,
            text_digest=message.text,
            request_id=request,
            has_wrong_code=has_wrong_code,
            receipt=receipt,
            at=clock.now(session),
        )
    )
    session.flush()
