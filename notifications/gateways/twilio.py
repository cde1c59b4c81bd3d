"""Providers that speak Twilio's Messages resource: a form post answered by JSON with a `sid`."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Unpack
from urllib.parse import quote

from notifications.gateways import web
from notifications.gateways.base import Message, Outcome, Verdict
from notifications.gateways.calling import Called, Fate, Reader, Report, is_same, word
from notifications.gateways.line import Contract, Line

LONGEST_VALIDITY = 36_000
"""Seconds; twilio.com/docs/messaging/api/message-resource, ValidityPeriod."""
# Answered with 400, yet the sender's number or queue is at fault (twilio.com/docs/api/errors)
_OURS = {"21212", "21603", "21606", "21611", "21659"}
_FATES = {
    "delivered": Fate.DELIVERED,
    "read": Fate.DELIVERED,
    "undelivered": Fate.FAILED,
    "failed": Fate.FAILED,
}
"""MessageStatus; accepted, queued, sending and sent say nothing of the phone."""
# Unknown handset. Not 30006, which is a landline as well as a carrier out of reach (twilio.com/docs/api/errors)
_DEAD = {"30005"}


def _report(fields: Mapping[str, Any]) -> Report:
    said, code = word(fields, "MessageStatus", "SmsStatus"), word(fields, "ErrorCode")
    fate = _FATES.get(said)
    if fate is Fate.FAILED and code in _DEAD:
        fate = Fate.DEAD
    return Report(
        said,
        fate,
        attempt=word(fields, "attempt") or None,
        provider_id=word(fields, "MessageSid", "SmsSid") or None,
        code=code or None,
    )


def signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """Return X-Twilio-Signature: HMAC-SHA1 of the address and the form's fields in order (docs/usage/security)."""
    said = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.digest(token.encode(), said.encode("utf-8", "replace"), hashlib.sha1)).decode()


class TwilioGateway(Line):
    """One account and one sender number. Sending is not idempotent there: a 500 may have sent.

    Nor can it be asked: a message is found by Twilio's id alone, which an answer that never came would have held.
    `is_signed`: its calls bear X-Twilio-Signature, and others are turned away.
    """

    def __init__(
        self,
        *,
        base: str,
        account: str,
        token: str,
        sender: str,
        is_signed: bool = True,
        **contract: Unpack[Contract],
    ) -> None:
        if validity := contract.get("validity"):
            contract["validity"] = min(validity, LONGEST_VALIDITY)
        super().__init__(auth=(account, token), **contract)
        self.reader = Reader(_report, self._is_genuine) if is_signed else Reader(_report)
        self._token = token
        self._url = f"{base}/2010-04-01/Accounts/{account}/Messages.json"
        self._sender = sender

    async def send(self, message: Message) -> Outcome:
        response = await web.answer(self._client.post(self._url, data=self._form(message)))
        if isinstance(response, Outcome):
            return response
        if response.status_code in {HTTPStatus.OK, HTTPStatus.CREATED}:
            return Outcome(Verdict.ACCEPTED, provider_id=web.field(response, "sid"))
        code = web.field(response, "code")
        if code in _OURS:
            return Outcome(Verdict.TEMPORARY, code=code)
        return web.refusal(response, code)

    def _form(self, message: Message) -> dict[str, str]:
        form = {"To": message.to, "From": self._sender, "Body": web.sendable(message.text)}
        if self._receipts_url:
            form["StatusCallback"] = f"{self._receipts_url}?attempt={quote(message.attempt, safe='')}"
        if self.capabilities.validity:
            form["ValidityPeriod"] = str(self.capabilities.validity)
        return form

    def _is_genuine(self, called: Called) -> bool:
        given = called.headers.get("x-twilio-signature", "")
        return is_same(given, signature(self._token, called.url, called.form))
