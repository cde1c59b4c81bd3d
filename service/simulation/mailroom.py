"""In-memory gateways: what the courier hands over lies here until somebody reads it."""

import re
from dataclasses import dataclass, field

from notifications.gateways.base import Capabilities, Channel, Message, Outcome, Verdict
from notifications.gateways.calling import SILENT
from notifications.gateways.opening import Gateways, Route

LINK = re.compile(r"/r/([0-9a-z]{6,10})\s*$", re.MULTILINE)
CODE = re.compile(r"返信\s*([0-9]{3,6})")


class MemoryGateway:
    """手元の送信路: takes everything at once and keeps it."""

    window = 64
    hook_secret = None
    capabilities = Capabilities(is_two_way=True, is_idempotent=True)
    reader = SILENT

    def __init__(self, channel: Channel, kept: list[Message]) -> None:
        self.name = name_of(channel)
        self.channel = channel
        self._kept = kept

    async def send(self, message: Message) -> Outcome:
        """Keep a message."""
        self._kept.append(message)
        return Outcome(Verdict.ACCEPTED, provider_id=message.attempt)

    async def close(self) -> None:
        """Do nothing: it holds nothing open."""


@dataclass
class Mailroom:
    """郵便室: both gateways, and what came through them and was not read yet."""

    mail: list[Message] = field(default_factory=list)
    sms: list[Message] = field(default_factory=list)

    def gateways(self, mark: str) -> Gateways:
        """Return the courier's gateways; they mark every message as the instance's mode wants."""
        return Gateways(
            mail=(Route(MemoryGateway(Channel.EMAIL, self.mail), mark=mark),),
            sms=(Route(MemoryGateway(Channel.SMS, self.sms), mark=mark),),
        )

    def take(self) -> list[Message]:
        """Return what has come, mails first, and keep it no longer."""
        taken = [*self.mail, *self.sms]
        self.mail.clear()
        self.sms.clear()
        return taken


def name_of(channel: Channel) -> str:
    """Return the name of a channel's gateway."""
    return f"memory-{channel.value}"


def token_in(message: Message) -> str | None:
    """Return the token of the answer link in a message."""
    found = LINK.search(message.text)
    return found[1] if found else None


def code_in(message: Message) -> str | None:
    """Return the number under which a message wants its answer."""
    found = CODE.search(message.text)
    return found[1] if found else None
