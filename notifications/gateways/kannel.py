"""Kannel's HTTP interface to SMS carriers: `GET /cgi-bin/sendsms` (Kannel 1.4 User's Guide, ch. 6)."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Unpack
from urllib.parse import quote

import httpx

from notifications.gateways import web
from notifications.gateways.base import Message, Outcome, Verdict
from notifications.gateways.calling import Fate, Reader, Report, word
from notifications.gateways.line import Contract, Line

_REPLY = re.compile(r"\s*([0-9]+):")
# 0: handed on; 3: kept in Kannel's own store until the carrier is back
_ACCEPTED = {"0", "3"}
_UCS2 = "2"
_ALL_RECEIPTS = "31"
_DELIVERED, _UNDELIVERABLE, _REFUSED = 1, 2, 16
_NO_SUCH_NUMBER = re.compile(r"NACK/(?:11|0x0*b)(?:/|$)", re.IGNORECASE)
"""SMPP 3.4 §5.1.3, ESME_RINVDSTADR, as Kannel repeats the carrier's words."""


def _report(fields: Mapping[str, Any]) -> Report:
    """Read a receipt: `type` adds up bits (1 delivered, 2 not deliverable, 16 refused, 32 not the last word)."""
    said, answer = word(fields, "type"), word(fields, "answer")
    bits = int(said) if said.isascii() and said.isdigit() else 0
    fate = None
    if bits & _DELIVERED:
        fate = Fate.DELIVERED
    elif bits & (_UNDELIVERABLE | _REFUSED):
        fate = Fate.DEAD if _NO_SUCH_NUMBER.match(answer) else Fate.FAILED
    return Report(said, fate, attempt=word(fields, "attempt") or None, code=answer or None)


READER = Reader(_report)


class KannelGateway(Line):
    """One Kannel and one sender number; `receipts_url` is where Kannel reports what became of a message."""

    reader = READER

    def __init__(
        self,
        *,
        host: str,
        port: int,
        username: str,
        password: str,
        sender: str,
        **contract: Unpack[Contract],
    ) -> None:
        super().__init__(**contract)
        self._url = f"http://{host}:{port}/cgi-bin/sendsms"
        self._fixed = {"username": username, "password": password, "from": sender, "charset": "UTF-8"}
        if validity := self.capabilities.validity:
            # In minutes
            self._fixed["validity"] = str(max(validity // 60, 1))

    async def send(self, message: Message) -> Outcome:
        """Hand one message to Kannel; its answer holds no id, receipts are matched by the attempt."""
        response = await web.answer(self._client.get(self._url, params=self._parameters(message)))
        if isinstance(response, Outcome):
            return response
        if response.status_code != HTTPStatus.ACCEPTED:
            return web.refusal(response)
        return _accepted(response)

    def _parameters(self, message: Message) -> dict[str, str]:
        parameters = self._fixed | {"to": message.to, "text": web.sendable(message.text), "coding": _UCS2}
        if self._receipts_url:
            # Kannel fills in %d (what happened) and %A (the carrier's words)
            address = f"{self._receipts_url}?attempt={quote(message.attempt, safe='')}&type=%d&answer=%A"
            parameters |= {"dlr-mask": _ALL_RECEIPTS, "dlr-url": address}
        return parameters


def _accepted(response: httpx.Response) -> Outcome:
    reply = _REPLY.match(response.text)
    code = reply[1] if reply else str(response.status_code)
    return Outcome(Verdict.ACCEPTED if code in _ACCEPTED else Verdict.UNKNOWN, code=code)
