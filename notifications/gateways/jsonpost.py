"""Any service that takes a message as JSON, in the small language that docs/alerts.md lays down (Generic JSON)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Unpack
from urllib.parse import quote

import httpx

from notifications.gateways import web
from notifications.gateways.base import LONGEST_QUERY, LONGEST_SEND, LONGEST_TEXT, Message, Outcome, Verdict
from notifications.gateways.calling import Fate, Reader, Report, word
from notifications.gateways.line import Contract, Line

_TWICE = LONGEST_SEND / 2 - 1
"""Seconds for each of the two posts that an idempotent service may get."""


def _report(fields: Mapping[str, Any]) -> Report:
    said = word(fields, "status")
    fate = Fate(said) if said in set(Fate) else None
    return Report(said, fate, attempt=word(fields, "id") or None, code=word(fields, "code") or None)


class JsonGateway(Line):
    """One address. `has_keys`: the service counts an `Idempotency-Key` once."""

    reader = Reader(_report)

    def __init__(
        self,
        *,
        url: str,
        login: tuple[str, str] | None = None,
        token: str | None = None,
        sender: str | None = None,
        has_keys: bool = False,
        most_units: int = LONGEST_TEXT,
        **contract: Unpack[Contract],
    ) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else None
        super().__init__(auth=login, headers=headers, is_idempotent=has_keys, most_units=most_units, **contract)
        self._url = url
        self._fixed = {"from": sender, "receipts": self._receipts_url, "validity": self.capabilities.validity}

    async def send(self, message: Message) -> Outcome:
        """Post once, and a second time under the same key where the service counts it once."""
        if not self.capabilities.is_idempotent:
            return await self._posted(message, LONGEST_SEND)
        outcome = await self._posted(message, _TWICE)
        return await self._posted(message, _TWICE) if outcome.verdict is Verdict.UNKNOWN else outcome

    async def _posted(self, message: Message, within: float) -> Outcome:
        content = {**self._fixed, "id": message.attempt, "to": message.to, "text": web.sendable(message.text)}
        headers = {"Idempotency-Key": message.attempt}
        response = await web.answer(self._client.post(self._url, json=content, headers=headers), within=within)
        if isinstance(response, Outcome):
            return response
        if response.is_success:
            return Outcome(Verdict.ACCEPTED, provider_id=web.field(response, "id"))
        return web.refusal(response, web.field(response, "code"))


class AskableJsonGateway(JsonGateway):
    """One that answers `GET address/ID`: 200 with a JSON object for an id that it has, 404 where it never got it."""

    async def query(self, attempt: str) -> Outcome:
        address = f"{self._url.rstrip('/')}/{quote(attempt, safe='')}"
        response = await web.answer(self._client.get(address), within=LONGEST_QUERY)
        return Outcome(Verdict.UNKNOWN, code=response.code) if isinstance(response, Outcome) else _known(response)


def _known(response: httpx.Response) -> Outcome:
    if response.status_code == HTTPStatus.OK and web.content(response):
        return Outcome(Verdict.ACCEPTED, provider_id=web.field(response, "id"))
    is_unheard = response.status_code == HTTPStatus.NOT_FOUND
    code = "not-found" if is_unheard else str(response.status_code)
    return Outcome(Verdict.TEMPORARY if is_unheard else Verdict.UNKNOWN, code=code)
