"""From the addresses in the settings to open gateways; every message of a drill gets its mark here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, unquote, urlsplit

from notifications import mail
from notifications.gateways.base import Capabilities, Channel, Gateway, Message, Outcome, Sender
from notifications.gateways.console import ConsoleGateway
from notifications.gateways.kannel import KannelGateway
from notifications.gateways.smtp import Relay, SmtpGateway
from notifications.gateways.twilio import TwilioGateway

_MOST_AT_ONCE = 256
_MOST_WEIGHT = 100
_RATE = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?")
_REPORTING = {"kannel"}
"""Schemes whose providers are asked for receipts."""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HOST = re.compile(r"[A-Za-z0-9._:-]+")
_SMTP_PORTS = {"smtp": 25, "smtps": 465}
_KANNEL_PORT = 13013


_NONE = Capabilities()


class Route:
    """送信路: a sender with its share of the work; in a drill it puts the mark in front of subject and text.

    The mark is put here, so that no template can forget it.
    """

    def __init__(
        self,
        sender: Sender,
        *,
        mark: str = "",
        rate: float | None = None,
        weight: int | None = None,
        capabilities: Capabilities = _NONE,
    ) -> None:
        self._sender = sender
        self._mark = mark
        self.name = sender.name
        self.channel = sender.channel
        self.window = sender.window
        self.hook_secret = sender.hook_secret
        self.capabilities = capabilities
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


@dataclass(frozen=True, slots=True)
class _Place:
    """What the readers below need beside the address itself."""

    channel: Channel
    mail_from: str
    hooks_url: str | None


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
    sms = _Place(Channel.SMS, mail_from, hooks_url)
    post = _Place(Channel.EMAIL, mail_from, hooks_url)
    # SMS first: its names appear in the addresses given to providers, so a shared default is theirs
    sms_gateways = _open_all("YUIMARU_SMS_URLS", sms_urls, sms, taken, mark)
    return Gateways(mail=_open_all("YUIMARU_MAIL_URLS", mail_urls, post, taken, mark), sms=sms_gateways)


def _open_all(setting: str, urls: Sequence[str], place: _Place, taken: set[str], mark: str) -> tuple[Gateway, ...]:
    gateways: list[Gateway] = []
    for number, url in enumerate(urls, start=1):
        address = _Address(f"{setting} #{number}", url.strip())
        opener = _OPENERS.get((place.channel, address.scheme))
        if opener is None:
            known = ", ".join(sorted({scheme for channel, scheme in _OPENERS if channel is place.channel}))
            raise address.fault(f"the scheme is none of {known}")
        sender = opener(address, _name(address, place.channel, taken), place)
        can = Capabilities(bool(place.hooks_url and sender.hook_secret) and address.scheme in _REPORTING)
        gateways.append(Route(sender, mark=mark, rate=address.rate(), weight=address.weight(), capabilities=can))
        address.refuse_unread()
    return tuple(gateways)


def _name(address: "_Address", channel: Channel, taken: set[str]) -> str:
    """Return `name=`, else the scheme made unique (console-email beside console)."""
    name = address.text("name")
    if name is None:
        base = address.scheme
        candidates = [base, f"{base}-{channel}", *(f"{base}-{channel}-{n}" for n in range(2, 99))]
        name = next(candidate for candidate in candidates if candidate not in taken)
    if name in taken or not _NAME.fullmatch(name):
        raise address.fault("name= is used twice or holds more than 40 letters, digits, - and _")
    taken.add(name)
    return name


def _smtp(address: "_Address", name: str, place: _Place) -> Sender:
    is_direct = address.scheme == "smtps"
    starttls = address.text("starttls")
    if starttls not in {None, "0", "1"} or (is_direct and starttls == "1"):
        raise address.fault("starttls= is 1 or 0, and never 1 with smtps")
    relay = Relay(
        host=address.host(),
        port=address.port or _SMTP_PORTS[address.scheme],
        username=address.username,
        password=address.password,
        tls="direct" if is_direct else "starttls" if starttls == "1" else "none",
    )
    return SmtpGateway(relay, name=name, mail_from=place.mail_from, window=address.window(8))


def _kannel(address: "_Address", name: str, place: _Place) -> Sender:
    username, password = address.credentials()
    secret = address.secret()
    receipts_url = None
    if place.hooks_url and secret:
        receipts_url = f"{place.hooks_url.rstrip('/')}/hooks/sms/{name}/{secret}/receipt"
    return KannelGateway(
        name=name,
        host=address.http_host(),
        port=address.port or _KANNEL_PORT,
        username=username,
        password=password,
        sender=address.required("from"),
        window=address.window(16),
        hook_secret=secret,
        receipts_url=receipts_url,
    )


def _twilio(address: "_Address", name: str, _place: _Place) -> Sender:
    account, token = address.credentials()
    scheme = address.text("scheme") or "https"
    if scheme not in {"http", "https"}:
        raise address.fault("scheme= is http or https")
    port = f":{address.port}" if address.port else ""
    return TwilioGateway(
        name=name,
        base=f"{scheme}://{address.http_host()}{port}",
        account=account,
        token=token,
        sender=address.required("from"),
        window=address.window(16),
        hook_secret=address.secret(),
    )


def _console(address: "_Address", name: str, place: _Place) -> Sender:
    return ConsoleGateway(name=name, channel=place.channel, hook_secret=address.secret())


_OPENERS = {
    (Channel.EMAIL, "smtp"): _smtp,
    (Channel.EMAIL, "smtps"): _smtp,
    (Channel.EMAIL, "console"): _console,
    (Channel.SMS, "kannel"): _kannel,
    (Channel.SMS, "twilio"): _twilio,
    (Channel.SMS, "console"): _console,
}


class _Address:
    """One address of a setting, taken apart; its errors name the place and repeat nothing secret."""

    def __init__(self, place: str, url: str) -> None:
        self._place = place
        try:
            parts = urlsplit(url)
            self.port = parts.port
        except ValueError:
            parts = None
        # An unescaped / # ? in a password cuts the address short: what follows must not be repeated
        if parts is None or parts.fragment or parts.path.strip("/"):
            raise self.fault("not a URL (in names and passwords write / # ? @ : as %2F %23 %3F %40 %3A)")
        self.scheme = parts.scheme
        self.username = unquote(parts.username) if parts.username else None
        self.password = unquote(parts.password) if parts.password else None
        self._hostname = parts.hostname
        # A plus stands for itself (`from=+81…`), not for a space as in a form
        self._unread = dict(parse_qsl(parts.query.replace("+", "%2B"), keep_blank_values=True))
        self._known: set[str] = set()

    def fault(self, what: str) -> ValueError:
        return ValueError(f"{self._place}: {what}")

    def text(self, key: str) -> str | None:
        self._known.add(key)
        return self._unread.pop(key, None) or None

    def secret(self) -> str | None:
        """Return the secret in the path of this gateway's calls to us; what a path can't hold is refused here."""
        value = self.text("hook_secret")
        if value is not None and not _SECRET.fullmatch(value):
            raise self.fault("hook_secret= must be 1 to 64 letters, digits, - and _")
        return value

    def required(self, key: str) -> str:
        value = self.text(key)
        if value is None:
            raise self.fault(f"{key}= is missing")
        return value

    def host(self) -> str:
        if not self._hostname or not _HOST.fullmatch(self._hostname):
            raise self.fault("the host is missing or no host")
        return self._hostname

    def http_host(self) -> str:
        host = self.host()
        return f"[{host}]" if ":" in host else host

    def credentials(self) -> tuple[str, str]:
        if not self.username or not self.password:
            raise self.fault("user:password@ is missing before the host")
        return self.username, self.password

    def window(self, default: int) -> int:
        value = self.text("window") or str(default)
        if not (value.isascii() and value.isdigit() and 1 <= int(value) <= _MOST_AT_ONCE):
            raise self.fault(f"window= is a number from 1 to {_MOST_AT_ONCE}")
        return int(value)

    def rate(self) -> float | None:
        """Return the most messages a second, None where nothing limits them."""
        value = self.text("rate")
        if value is None:
            return None
        if not _RATE.fullmatch(value) or not float(value):
            raise self.fault("rate= is messages a second, like 10 or 0.5")
        return float(value)

    def weight(self) -> int | None:
        """Return the share of the work, None where the order of the setting decides."""
        value = self.text("weight")
        if value is not None and not (value.isascii() and value.isdigit() and int(value) <= _MOST_WEIGHT):
            raise self.fault(f"weight= is a number from 0 to {_MOST_WEIGHT}")
        return None if value is None else int(value)

    def refuse_unread(self) -> None:
        """Raise for parameters that nobody asked about: a misspelt one would be ignored in silence."""
        if self._unread:
            raise self.fault(f"a parameter is none of {', '.join(sorted(self._known))}")
