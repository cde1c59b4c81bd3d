"""Vonage's Messages API: a JSON post answered by a `message_uuid` (developer.vonage.com/en/api/messages)."""

import hashlib
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Unpack

import httpx

from notifications.gateways import web
from notifications.gateways.base import LONGEST_TEXT, Message, Outcome, Verdict
from notifications.gateways.calling import Called, Fate, Reader, Report, is_same, word
from notifications.gateways.line import Contract, Line

_FATES = {
    "delivered": Fate.DELIVERED,
    "read": Fate.DELIVERED,
    "rejected": Fate.FAILED,
    "undeliverable": Fate.FAILED,
}
"""`submitted` says nothing of the phone. Vonage warns that receipts may be missing or wrong."""
_LONGEST_TEXT = 1000


def _report(fields: Mapping[str, Any]) -> Report:
    said, error = word(fields, "status"), fields.get("error")
    return Report(
        said,
        _FATES.get(said),
        attempt=word(fields, "client_ref") or None,
        provider_id=word(fields, "message_uuid") or None,
        code=word(error, "title", "type") or None if isinstance(error, dict) else None,
    )


class VonageGateway(Line):
    """One API key and one sender. It can't be asked by our reference; a message in doubt is sent once more.

    `signature_secret`: every call must bear a token signed with it (signed webhooks), and fit its body.
    """

    def __init__(
        self,
        *,
        base: str,
        key: str,
        secret: str,
        sender: str,
        signature_secret: str | None = None,
        **contract: Unpack[Contract],
    ) -> None:
        super().__init__(auth=(key, secret), most_units=min(LONGEST_TEXT, _LONGEST_TEXT), **contract)
        self.reader = Reader(_report, self._is_genuine)
        self._url = f"{base}/v1/messages"
        self._sender = sender.removeprefix("+")
        self._signature_secret = signature_secret

    async def send(self, message: Message) -> Outcome:
        response = await web.answer(self._client.post(self._url, json=self._content(message)))
        if isinstance(response, Outcome):
            return response
        if response.status_code in {HTTPStatus.OK, HTTPStatus.ACCEPTED}:
            return Outcome(Verdict.ACCEPTED, provider_id=web.field(response, "message_uuid"))
        if response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY and not _is_about_recipient(response):
            return Outcome(Verdict.TEMPORARY, code=web.field(response, "title"))
        return web.refusal(response, web.field(response, "title"))

    def _content(self, message: Message) -> dict[str, Any]:
        content: dict[str, Any] = {
            "message_type": "text",
            "channel": "sms",
            "to": message.to.removeprefix("+"),
            "from": self._sender,
            "text": web.sendable(message.text),
            "client_ref": message.attempt,
            "sms": {"encoding_type": "unicode"},
        }
        if self._receipts_url:
            content["webhook_url"] = self._receipts_url
        if self.capabilities.validity:
            content["ttl"] = self.capabilities.validity
        return content

    def _is_genuine(self, called: Called) -> bool:
        if self._signature_secret is None:
            return True
        scheme, _, token = called.headers.get("authorization", "").partition(" ")
        claims = _claims(token.strip(), self._signature_secret) if scheme.lower() == "bearer" else None
        digest = hashlib.sha256(called.body).hexdigest()
        return claims is not None and is_same(str(claims.get("payload_hash", "")).lower(), digest)


def _is_about_recipient(response: httpx.Response) -> bool:
    """Tell whether the number itself was refused; anything else in a call is ours to mend."""
    wrong = web.content(response).get("invalid_parameters")
    names = {each.get("name") for each in wrong if isinstance(each, dict)} if isinstance(wrong, list) else set()
    return "to" in names


def _claims(token: str, secret: str) -> Mapping[str, Any] | None:
    """Return what a token says that was signed with the secret, None for any other."""
    from joserfc import jwt  # noqa: PLC0415 — a tenth of a second to load
    from joserfc.errors import JoseError  # noqa: PLC0415 — as above
    from joserfc.jwk import OctKey  # noqa: PLC0415 — as above

    try:
        return jwt.decode(token, OctKey.import_key(secret), algorithms=["HS256"]).claims
    except (JoseError, ValueError):
        return None
