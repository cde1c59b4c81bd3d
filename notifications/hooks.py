"""Who calls a hook, and what it brings: each provider has its own names for the same few things."""

import hmac
from collections.abc import Mapping
from typing import Any

from notifications.errors import GatewayNotFound
from notifications.gateways.base import Gateway
from notifications.gateways.opening import Gateways
from notifications.inbound import Arrived
from notifications.mailbox.tags import Mailbox

_SENDER = ("from", "From", "msisdn")
_TEXT = ("text", "Body")
_EVENT = ("id", "MessageSid", "messageId")
_ATTEMPT = ("attempt",)
_WORD = ("type",)
_LONGEST_TEXT = 4000
_LONGEST_NAME = 200


def check(gateways: Gateways, name: str, secret: str) -> Gateway:
    """Return the gateway. Raises GatewayNotFound for a wrong secret as for a wrong name, after the same time."""
    gateway = gateways.named(name)
    expected = gateway.hook_secret if gateway else None
    is_right = hmac.compare_digest((expected or "").encode(), secret.encode())
    if gateway is None or not expected or not is_right:
        raise GatewayNotFound
    return gateway


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
        sender=_first(fields, _SENDER)[:_LONGEST_NAME],
        text=_first(fields, _TEXT)[:_LONGEST_TEXT],
        event=event or None,
    )


def receipt(fields: Mapping[str, Any]) -> tuple[str, str]:
    """Read a receipt: the attempt's id and the provider's word for what became of it."""
    return _first(fields, _ATTEMPT)[:_LONGEST_NAME], _first(fields, _WORD)[:_LONGEST_NAME]


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> str:
    found = next((fields[name] for name in names if isinstance(fields.get(name), str)), "")
    # No database keeps NUL or lone surrogates
    return str(found).replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
