"""The demo's gateway: takes everything and sends nothing; the message viewer shows what the record holds."""

from notifications.gateways import kannel
from notifications.gateways.base import Capabilities, Channel, Message, Outcome, Verdict


class ConsoleGateway:
    """見本の送信路: for both channels; its receipts and replies are made like Kannel's."""

    window = 64
    capabilities = Capabilities(is_two_way=True, has_receipts=True, is_idempotent=True)
    reader = kannel.READER

    def __init__(self, *, name: str, channel: Channel, hook_secret: str | None = None) -> None:
        self.name = name
        self.channel = channel
        self.hook_secret = hook_secret

    async def send(self, message: Message) -> Outcome:
        return Outcome(Verdict.ACCEPTED, provider_id=message.attempt)

    async def close(self) -> None:
        """Do nothing: it holds nothing open."""
