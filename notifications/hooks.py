"""Who calls a hook, and what it brings: each provider has its own names for the same few things."""

import hmac
from collections.abc import Mapping
from typing import Any

import structlog

from notifications.errors import GatewayNotFound
from notifications.gateways import calling
from notifications.gateways.base import Gateway
from notifications.gateways.calling import Called, Report
from notifications.gateways.opening import Gateways
from notifications.inbound import Arrived
from notifications.mailbox.tags import Mailbox

_SENDER = ("from", "From", "msisdn")
_TEXT = ("text", "Body")
_EVENT = ("id", "MessageSid", "messageId", "message_uuid")
_MOST_AT_ONCE = 500
_LONGEST_TEXT = 4000
_LONGEST_NAME = 200
log = structlog.get_logger()


def check(gateways: Gateways, name: str, secret: str) -> Gateway:
    """Return the gateway. Raises GatewayNotFound for a wrong secret as for a wrong name, after the same time."""
    gateway = gateways.named(name)
    expected = gateway.hook_secret if gateway else None
    is_right = hmac.compare_digest((expected or "").encode(), secret.encode())
    if gateway is None or not expected or not is_right:
        raise GatewayNotFound
    return gateway


def check_proof(gateway: Gateway, called: Called) -> None:
    """Raises GatewayNotFound for a call that a provider which signs its calls did not sign."""
    if not gateway.reader.is_genuine(called):
        log.warning("a call bore no right signature", gateway=gateway.name)
        raise GatewayNotFound


def check_mail(expected: str, secret: str, gateways: Gateways) -> Mailbox:
    """Return the mailbox. Raises GatewayNotFound for a wrong secret, and where mail is not taken in."""
    is_right = hmac.compare_digest(expected.encode(), secret.encode())
    if not expected or not is_right or gateways.mailbox is None:
        raise GatewayNotFound
    return gateways.mailbox


def arrived(gateway: Gateway, fields: Mapping[str, Any]) -> Arrived:
    """Read a provider's fields; what is lacking is empty, so that nothing is turned away."""
    event = _first(fields, _EVENT)[:_LONGEST_NAME]
    return Arrived(
        gateway=gateway.name,
        channel=gateway.channel,
        sender=calling.number(_first(fields, _SENDER)[:_LONGEST_NAME]),
        text=_first(fields, _TEXT)[:_LONGEST_TEXT],
        event=event or None,
    )


def reports(gateway: Gateway, called: Called) -> list[Report]:
    """Read the receipts in a call: some providers send several at once."""
    return [gateway.reader.report({**called.fields, **item}) for item in called.items[:_MOST_AT_ONCE]]


def called_by(url: str, query: Mapping[str, str], headers: Mapping[str, str], form: Mapping[str, str]) -> Called:
    """Return a call whose fields stand in its address and its form."""
    fields = {**query, **form}
    return Called(url=url, fields=fields, items=[fields], form=form, headers=_small(headers), body=b"")


def called_with_json(url: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> Called:
    """Return a call whose body is a JSON object, or a list of them."""
    rows = calling.read_json(body)
    return Called(url=url, fields=query, items=rows, form={}, headers=_small(headers), body=body)


def _small(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> str:
    found = next((fields[name] for name in names if isinstance(fields.get(name), str)), "")
    # No database keeps NUL or lone surrogates
    return str(found).replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
