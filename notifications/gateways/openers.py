"""How the address of each kind of gateway is read: one short function a scheme."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from notifications.gateways import karaden
from notifications.gateways.address import Address
from notifications.gateways.base import LONGEST_TEXT, Channel, Sender
from notifications.gateways.console import ConsoleGateway
from notifications.gateways.forms import FormGateway, FormNames, FormWords
from notifications.gateways.jsonpost import AskableJsonGateway, JsonGateway
from notifications.gateways.kannel import KannelGateway
from notifications.gateways.karaden import KaradenGateway
from notifications.gateways.line import Contract
from notifications.gateways.smtp import Relay, SmtpGateway
from notifications.gateways.twilio import TwilioGateway
from notifications.gateways.vonage import VonageGateway

_SMTP_PORTS = {"smtp": 25, "smtps": 465}
_KANNEL_PORT = 13013


@dataclass(frozen=True, slots=True)
class Place:
    """What the readers below need beside the address itself."""

    channel: Channel
    mail_from: str
    hooks_url: str | None

    def receipts(self, name: str, secret: str | None) -> str | None:
        """Return where a provider reports what became of a message, None where it can't call us."""
        if not (self.hooks_url and secret):
            return None
        return f"{self.hooks_url.rstrip('/')}/hooks/sms/{name}/{secret}/receipt"


def _smtp(address: Address, name: str, place: Place) -> Sender:
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


def _hooked(address: Address, name: str, place: Place) -> Contract:
    """Return what every provider takes that can call us."""
    secret = address.secret()
    return {
        "name": name,
        "window": address.window(16),
        "hook_secret": secret,
        "receipts_url": place.receipts(name, secret),
        "has_replies": address.is_set("replies", default=True),
        "validity": address.validity(),
    }


def _kannel(address: Address, name: str, place: Place) -> Sender:
    username, password = address.credentials()
    return KannelGateway(
        host=address.http_host(),
        port=address.port or _KANNEL_PORT,
        username=username,
        password=password,
        sender=address.required("from"),
        **_hooked(address, name, place),
    )


def _twilio(address: Address, name: str, place: Place) -> Sender:
    account, token = address.credentials()
    return TwilioGateway(
        base=address.base(),
        account=account,
        token=token,
        sender=address.required("from"),
        is_signed=address.is_set("signed", default=True),
        **_hooked(address, name, place),
    )


def _vonage(address: Address, name: str, place: Place) -> Sender:
    key, secret = address.credentials()
    return VonageGateway(
        base=address.base(),
        key=key,
        secret=secret,
        sender=address.required("from"),
        signature_secret=address.text("signature_secret"),
        **_hooked(address, name, place),
    )


def _karaden(address: Address, name: str, _place: Place) -> Sender:
    tenant, token = address.credentials()
    return KaradenGateway(
        name=name,
        base=address.base() + address.path,
        tenant=tenant,
        token=token,
        service=address.required("service"),
        version=address.text("version") or karaden.VERSION,
        window=address.window(16),
        hook_secret=address.secret(),
        validity=address.validity(),
    )


def _form(address: Address, name: str, _place: Place) -> Sender:
    username, password = address.credentials()
    preset, words = FormNames(), FormWords()
    return FormGateway(
        name=name,
        url=address.at(address.scheme.removeprefix("form+")) + address.path,
        username=username,
        password=password,
        names=FormNames(
            user=address.text("user_field") or preset.user,
            password=address.text("password_field") or preset.password,
            number=address.text("to_field") or preset.number,
            text=address.text("text_field") or preset.text,
            reference=address.text("id_field") or preset.reference,
            result=address.text("result_field") or preset.result,
            fixed=address.others("field."),
        ),
        words=FormWords(
            accepted=address.words("accepted") or words.accepted,
            temporary=address.words("temporary"),
            permanent=address.words("permanent"),
            delivered=address.words("delivered"),
            failed=address.words("failed"),
            dead=address.words("dead"),
        ),
        most_units=address.units(70),
        window=address.window(16),
        hook_secret=address.secret(),
        has_replies=address.is_set("replies"),
    )


def _json(address: Address, name: str, place: Place) -> Sender:
    kind = AskableJsonGateway if address.is_set("ask") else JsonGateway
    has_login = address.username is not None
    return kind(
        url=address.at(address.scheme.removeprefix("json+")) + address.path,
        login=address.credentials() if has_login else None,
        token=address.text("token"),
        sender=address.text("from"),
        has_keys=address.is_set("idempotent"),
        most_units=address.units(LONGEST_TEXT),
        **_hooked(address, name, place),
    )


def _console(address: Address, name: str, place: Place) -> Sender:
    return ConsoleGateway(name=name, channel=place.channel, hook_secret=address.secret())


Opener = Callable[[Address, str, Place], Sender]
OPENERS: Mapping[tuple[Channel, str], Opener] = {
    (Channel.EMAIL, "smtp"): _smtp,
    (Channel.EMAIL, "smtps"): _smtp,
    (Channel.EMAIL, "console"): _console,
    (Channel.SMS, "kannel"): _kannel,
    (Channel.SMS, "twilio"): _twilio,
    (Channel.SMS, "vonage"): _vonage,
    (Channel.SMS, "karaden"): _karaden,
    (Channel.SMS, "form+https"): _form,
    (Channel.SMS, "form+http"): _form,
    (Channel.SMS, "json+https"): _json,
    (Channel.SMS, "json+http"): _json,
    (Channel.SMS, "console"): _console,
}
