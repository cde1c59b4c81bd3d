"""Providers that speak Twilio's Messages resource: a form post answered by JSON with a `sid`."""

from http import HTTPStatus

import httpx

from notifications.gateways import web
from notifications.gateways.base import Channel, Message, Outcome, Verdict

# Answered with 400, yet the sender's number or queue is at fault (twilio.com/docs/api/errors)
_OURS = {"21212", "21603", "21606", "21611", "21659"}


class TwilioGateway:
    """One account and one sender number. Sending is not idempotent there: a 500 may have sent."""

    channel = Channel.SMS

    def __init__(
        self,
        *,
        name: str,
        base: str,
        account: str,
        token: str,
        sender: str,
        window: int = 16,
        hook_secret: str | None = None,
    ) -> None:
        self.name = name
        self.window = window
        self.hook_secret = hook_secret
        self._url = f"{base}/2010-04-01/Accounts/{account}/Messages.json"
        self._sender = sender
        self._client = web.new_client(window=window, auth=(account, token))

    async def send(self, message: Message) -> Outcome:
        text = message.text.encode("utf-8", "replace").decode("utf-8")
        form = {"To": message.to, "From": self._sender, "Body": text}
        response = await web.answer(self._client.post(self._url, data=form))
        if isinstance(response, Outcome):
            return response
        if response.status_code in {HTTPStatus.OK, HTTPStatus.CREATED}:
            return Outcome(Verdict.ACCEPTED, provider_id=_field(response, "sid"))
        code = _field(response, "code")
        if code in _OURS:
            return Outcome(Verdict.TEMPORARY, code=code)
        return web.refusal(response, code)

    async def close(self) -> None:
        await self._client.aclose()


def _field(response: httpx.Response, key: str) -> str | None:
    """Return one field of a JSON object as text, None if the answer is anything else (a proxy's page)."""
    try:
        body = response.json()
    except ValueError:
        return None
    value = body.get(key) if isinstance(body, dict) else None
    return str(value) if isinstance(value, str | int) else None
