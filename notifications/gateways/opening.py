"""From the addresses in the settings to open gateways; every message of a drill gets its mark here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from notifications import mail
from notifications.gateways.address import Address
from notifications.gateways.base import Askable, Channel, Gateway, Message, Outcome, Sender
from notifications.gateways.openers import OPENERS, Place

_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")


class Route:
    """送信路: a sender with its share of the work; in a drill it puts the mark in front of subject and text.

    The mark is put here, so that no template can forget it.
    """

    def __init__(
        self, sender: Sender, *, mark: str = "", rate: float | None = None, weight: int | None = None
    ) -> None:
        self._sender = sender
        self._mark = mark
        self.name = sender.name
        self.channel = sender.channel
        self.window = sender.window
        self.hook_secret = sender.hook_secret
        self.capabilities = sender.capabilities
        self.reader = sender.reader
        self.rate = rate
        self.weight = weight

    async def send(self, message: Message) -> Outcome:
        if not self._mark:
            return await self._sender.send(message)
        subject = self._marked(message.subject) if self.channel is Channel.EMAIL else message.subject
        return await self._sender.send(replace(message, subject=subject, text=self._marked(message.text)))

    async def close(self) -> None:
        await self._sender.close()

    def _marked(self, text: str) -> str:
        return text if text.startswith(self._mark) else self._mark + text


class AskableRoute(Route):
    """照会できる送信路: one whose sender can be asked what it knows of an attempt."""

    _sender: Any

    async def query(self, attempt: str) -> Outcome:
        outcome: Outcome = await self._sender.query(attempt)
        return outcome


@dataclass(frozen=True, slots=True)
class Gateways:
    """送信路の一覧: in order of preference for each channel."""

    mail: tuple[Gateway, ...]
    sms: tuple[Gateway, ...]

    def for_channel(self, channel: Channel) -> tuple[Gateway, ...]:
        return self.mail if channel is Channel.EMAIL else self.sms

    def named(self, name: str) -> Gateway | None:
        """Return the gateway of that name; names are unique over both channels."""
        return next((gateway for gateway in self.mail + self.sms if gateway.name == name), None)

    async def close(self) -> None:
        for gateway in self.mail + self.sms:
            await gateway.close()


def open_gateways(
    mail_urls: Sequence[str],
    sms_urls: Sequence[str],
    *,
    mail_from: str,
    mark: str,
    hooks_url: str | None = None,
) -> Gateways:
    """Read both settings; nothing is connected yet. ValueError names setting, place and fault, no secret.

    `hooks_url` is this service's address as providers reach it; without it no receipts are asked for.
    """
    try:
        mail.sender(mail_from)
    except mail.BadAddress as fault:
        raise ValueError(f"YUIMARU_MAIL_FROM: {fault}") from None
    taken: set[str] = set()
    sms = Place(Channel.SMS, mail_from, hooks_url)
    post = Place(Channel.EMAIL, mail_from, hooks_url)
    # SMS first: its names appear in the addresses given to providers, so a shared default is theirs
    sms_gateways = _open_all("YUIMARU_SMS_URLS", sms_urls, sms, taken, mark)
    return Gateways(mail=_open_all("YUIMARU_MAIL_URLS", mail_urls, post, taken, mark), sms=sms_gateways)


def _open_all(setting: str, urls: Sequence[str], place: Place, taken: set[str], mark: str) -> tuple[Gateway, ...]:
    gateways: list[Gateway] = []
    for number, url in enumerate(urls, start=1):
        address = Address(f"{setting} #{number}", url.strip())
        opener = OPENERS.get((place.channel, address.scheme))
        if opener is None:
            known = ", ".join(sorted({scheme for channel, scheme in OPENERS if channel is place.channel}))
            raise address.fault(f"the scheme is none of {known}")
        sender = opener(address, _name(address, place.channel, taken), place)
        route = AskableRoute if isinstance(sender, Askable) else Route
        gateways.append(route(sender, mark=mark, rate=address.rate(), weight=address.weight()))
        address.refuse_unread()
    return tuple(gateways)


def _name(address: Address, channel: Channel, taken: set[str]) -> str:
    """Return `name=`, else the scheme made unique (console-email beside console)."""
    name = address.text("name")
    if name is None:
        base = address.scheme.partition("+")[0]
        candidates = [base, f"{base}-{channel}", *(f"{base}-{channel}-{n}" for n in range(2, 99))]
        name = next(candidate for candidate in candidates if candidate not in taken)
    if name in taken or not _NAME.fullmatch(name):
        raise address.fault("name= is used twice or holds more than 40 letters, digits, - and _")
    taken.add(name)
    return name
