"""Kannel's HTTP interface to SMS carriers: `GET /cgi-bin/sendsms` (Kannel 1.4 User's Guide, ch. 6)."""

import re
from http import HTTPStatus
from urllib.parse import quote

import httpx

from notifications.gateways import web
from notifications.gateways.base import Channel, Message, Outcome, Verdict

_REPLY = re.compile(r"\s*([0-9]+):")
# 0: handed on; 3: kept in Kannel's own store until the carrier is back
_ACCEPTED = {"0", "3"}
_UCS2 = "2"
_ALL_RECEIPTS = "31"


class KannelGateway:
    """One Kannel and one sender number; `receipts_url` is where Kannel reports what became of a message."""

    channel = Channel.SMS

    def __init__(
        self,
        *,
        name: str,
        host: str,
        port: int,
        username: str,
        password: str,
        sender: str,
        window: int = 16,
        hook_secret: str | None = None,
        receipts_url: str | None = None,
    ) -> None:
        self.name = name
        self.window = window
        self.hook_secret = hook_secret
        self._url = f"http://{host}:{port}/cgi-bin/sendsms"
        self._fixed = {"username": username, "password": password, "from": sender, "charset": "UTF-8"}
        self._receipts_url = receipts_url
        self._client = web.new_client(window=window)

    async def send(self, message: Message) -> Outcome:
        """Hand one message to Kannel; its answer holds no id, receipts are matched by the attempt."""
        response = await web.answer(self._client.get(self._url, params=self._parameters(message)))
        if isinstance(response, Outcome):
            return response
        if response.status_code != HTTPStatus.ACCEPTED:
            return web.refusal(response)
        return _accepted(response)

    async def close(self) -> None:
        await self._client.aclose()

    def _parameters(self, message: Message) -> dict[str, str]:
        text = message.text.encode("utf-8", "replace").decode("utf-8")
        parameters = self._fixed | {"to": message.to, "text": text, "coding": _UCS2}
        if self._receipts_url:
            # Kannel fills in %d (what happened) and %A (the carrier's words)
            address = f"{self._receipts_url}?attempt={quote(message.attempt, safe='')}&type=%d&answer=%A"
            parameters |= {"dlr-mask": _ALL_RECEIPTS, "dlr-url": address}
        return parameters


def _accepted(response: httpx.Response) -> Outcome:
    reply = _REPLY.match(response.text)
    code = reply[1] if reply else str(response.status_code)
    return Outcome(Verdict.ACCEPTED if code in _ACCEPTED else Verdict.UNKNOWN, code=code)
