"""Karaden's SMS API: a form post with a token, our id as a tag (prg-support.karaden.jp, SMS API)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from notifications import phones
from notifications.gateways import web
from notifications.gateways.base import LONGEST_QUERY, Capabilities, Channel, Message, Outcome, Verdict
from notifications.gateways.calling import Fate, Reader, Report, word

VERSION = "2024-03-01"
_FATES = {"received": Fate.DELIVERED, "unconnected": Fate.FAILED, "error": Fate.FAILED}
"""sent_result; `none` and `unknown` say nothing of the phone. `unconnected`: switched off or without a mast."""
_LOST = {"error", "canceled"}
"""status of what never went out."""


def _report(fields: Mapping[str, Any]) -> Report:
    said, status = word(fields, "sent_result"), word(fields, "status")
    fate = _FATES.get(said) or (Fate.FAILED if status in _LOST else None)
    return Report(
        f"{status}/{said}",
        fate,
        attempt=_ours(fields),
        provider_id=word(fields, "id") or None,
        code=said if fate and said else None,
    )


def _ours(fields: Mapping[str, Any]) -> str | None:
    """Return the attempt that a message of theirs bears as its tag."""
    tags = fields.get("tags")
    first = next((tag for tag in tags if isinstance(tag, str)), "") if isinstance(tags, list) else ""
    return word({"tag": first}, "tag") or None


class KaradenGateway:
    """One tenant and one service of it. Numbers of Japan alone, eleven digits."""

    channel = Channel.SMS
    reader = Reader(_report)

    def __init__(
        self,
        *,
        name: str,
        base: str,
        tenant: str,
        token: str,
        service: str,
        version: str = VERSION,
        window: int = 16,
        hook_secret: str | None = None,
        validity: int | None = None,
    ) -> None:
        self.name = name
        self.window = window
        self.hook_secret = hook_secret
        self.capabilities = Capabilities(has_receipts=hook_secret is not None, validity=validity)
        self._url = f"{base}/{tenant}/messages"
        self._service = service
        headers = {"Authorization": f"Bearer {token}", "Karaden-Version": version}
        self._client = web.new_client(window=window, headers=headers)

    async def send(self, message: Message) -> Outcome:
        response = await web.answer(self._client.post(self._url, data=self._form(message)))
        if isinstance(response, Outcome):
            return response
        if response.status_code == HTTPStatus.OK:
            return _taken(web.content(response))
        return web.refusal(response, web.field(response, "code"))

    async def query(self, attempt: str) -> Outcome:
        """Ask for the messages with our tag."""
        response = await web.answer(self._client.get(self._url, params={"tag": attempt}), within=LONGEST_QUERY)
        if isinstance(response, Outcome):
            return Outcome(Verdict.UNKNOWN, code=response.code)
        found = web.content(response).get("data")
        if response.status_code != HTTPStatus.OK or not isinstance(found, list):
            return Outcome(Verdict.UNKNOWN, code=str(response.status_code))
        # Its word counts for this message alone: a list of any others would have it never sent
        known = [row for row in found if isinstance(row, dict) and _ours(row) == attempt]
        return _taken(known[0]) if known else Outcome(Verdict.TEMPORARY, code="not-found")

    async def close(self) -> None:
        await self._client.aclose()

    def _form(self, message: Message) -> dict[str, str]:
        form = {
            "service_id": self._service,
            "to": phones.domestic(message.to),
            "body": web.sendable(message.text),
            "tags[]": message.attempt,
            # Shared shorteners are what carriers' filters look for
            "is_shorten": "false",
        }
        if self.capabilities.validity:
            until = datetime.now(UTC) + timedelta(seconds=self.capabilities.validity)
            form["limited_at"] = until.isoformat(timespec="seconds")
        return form


def _taken(row: Mapping[str, Any]) -> Outcome:
    verdict = Verdict.TEMPORARY if word(row, "status") in _LOST else Verdict.ACCEPTED
    return Outcome(verdict, provider_id=word(row, "id") or None, code=word(row, "status") or None)
