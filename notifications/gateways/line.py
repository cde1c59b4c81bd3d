"""What the SMS gateways share that call over HTTP and are told at a hook what became of a message."""

from collections.abc import Mapping
from typing import Required, TypedDict

from notifications.gateways import web
from notifications.gateways.base import LONGEST_TEXT, Capabilities, Channel


class Contract(TypedDict, total=False):
    """契約の要点: what the operator says of a line to any provider; `receipts_url` is where the provider reports."""

    name: Required[str]
    window: int
    hook_secret: str | None
    receipts_url: str | None
    has_replies: bool
    validity: int | None


class Line:
    """SMS の回線: a client and what it can do. Replies come in where the provider can call us."""

    channel = Channel.SMS

    def __init__(
        self,
        *,
        name: str,
        window: int = 16,
        hook_secret: str | None = None,
        receipts_url: str | None = None,
        has_replies: bool = True,
        validity: int | None = None,
        is_idempotent: bool = False,
        most_units: int = LONGEST_TEXT,
        auth: tuple[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.window = window
        self.hook_secret = hook_secret
        self.capabilities = Capabilities(
            is_two_way=has_replies and hook_secret is not None,
            has_receipts=receipts_url is not None,
            is_idempotent=is_idempotent,
            most_units=most_units,
            validity=validity,
        )
        self._receipts_url = receipts_url
        self._client = web.new_client(window=window, auth=auth, headers=headers)

    async def close(self) -> None:
        await self._client.aclose()
