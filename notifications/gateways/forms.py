"""Providers that take one form post a message, MediaSMS's kind (media-sms.net/developer): its field names are preset.

What stands for taken, refused and delivered is in each contract's own paper, so the operator says it in the URL.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from notifications import phones
from notifications.gateways import web
from notifications.gateways.base import Capabilities, Channel, Message, Outcome, Verdict
from notifications.gateways.calling import Fate, Reader, Report, word

_LEAST = 70
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FormNames:
    """フォームの項目名: what a provider calls the few things; `fixed` goes with every message.

    `reference` carries our id of the attempt, and comes back with the result where the contract says so.
    """

    user: str = "username"
    password: str = "password"  # noqa: S105 — the name of a field
    number: str = "mobilenumber"
    text: str = "smstext"
    reference: str = "attempt"
    result: str = "status"
    fixed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FormWords:
    """応答の読み方: HTTP statuses of an answer, and words of a result. What is in none of them is no news."""

    accepted: Collection[str] = frozenset({"200"})
    temporary: Collection[str] = _NONE
    permanent: Collection[str] = _NONE
    delivered: Collection[str] = _NONE
    failed: Collection[str] = _NONE
    dead: Collection[str] = _NONE

    def fate(self, said: str) -> Fate | None:
        """Return what a result's word means."""
        known = {Fate.DELIVERED: self.delivered, Fate.FAILED: self.failed, Fate.DEAD: self.dead}
        return next((fate for fate, words in known.items() if said in words), None)


class FormGateway:
    """One account at one address. Numbers of Japan go out without country code; a line break counts twice there.

    It tries a phone several times by itself and reports each, so a failure may come before a success.
    """

    channel = Channel.SMS

    def __init__(
        self,
        *,
        name: str,
        url: str,
        username: str,
        password: str,
        names: FormNames | None = None,
        words: FormWords | None = None,
        most_units: int = _LEAST,
        window: int = 16,
        hook_secret: str | None = None,
        has_replies: bool = False,
    ) -> None:
        self.name = name
        self.window = window
        self.hook_secret = hook_secret
        self._names, self._words = names or FormNames(), words or FormWords()
        self.capabilities = Capabilities(
            is_two_way=has_replies and hook_secret is not None,
            has_receipts=hook_secret is not None and bool(self._words.delivered),
            most_units=most_units,
        )
        self.reader = Reader(self._report)
        self._url = url
        self._login = {self._names.user: username, self._names.password: password}
        self._client = web.new_client(window=window)

    async def send(self, message: Message) -> Outcome:
        form = {
            **self._names.fixed,
            **self._login,
            self._names.number: phones.domestic(message.to),
            self._names.text: web.sendable(message.text).replace("\n", " "),
            self._names.reference: message.attempt,
        }
        response = await web.answer(self._client.post(self._url, data=form))
        return response if isinstance(response, Outcome) else self._judged(response)

    async def close(self) -> None:
        await self._client.aclose()

    def _judged(self, response: httpx.Response) -> Outcome:
        status = str(response.status_code)
        if status in self._words.accepted:
            return Outcome(Verdict.ACCEPTED, code=status)
        if status in self._words.permanent:
            return Outcome(Verdict.PERMANENT, code=status)
        if status in self._words.temporary:
            return Outcome(Verdict.TEMPORARY, code=status)
        refused = web.refusal(response)
        # A form that they can't read is ours to mend: of the number, only their own words tell
        return Outcome(Verdict.TEMPORARY, code=status) if refused.verdict is Verdict.PERMANENT else refused

    def _report(self, fields: Mapping[str, Any]) -> Report:
        said = word(fields, self._names.result)
        return Report(said, self._words.fate(said), attempt=word(fields, self._names.reference) or None, code=said)
