"""Where the service may call to on somebody's word: over TLS, outward, and inside only where the operator says.

The address that was judged is the one to connect to: a name that means another host a moment later (DNS rebinding)
leads nowhere.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

UNICAST = IPv6Network("2000::/3")
"""Where public IPv6 addresses are; beside them lie those that carry an IPv4 address inside."""

LONGEST_NAME, LONGEST_LABEL = 253, 63


class EgressRefusedError(ValueError):
    """呼び出せない宛先: `code` says why: `url`, `not-https`, `unknown-host` or `address-refused`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Destination:
    """呼び出し先: a host by name, and the address at which it is called."""

    host: str
    address: str


def check_url(url: str, opened: Collection[str]) -> SplitResult:
    """Read an address that somebody wrote, before anything is resolved. Raises EgressRefusedError.

    `opened` are the hosts (names or addresses) that the operator lets lie inside.
    """
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        raise EgressRefusedError("url") from None
    is_plain = url.isascii() and url.isprintable() and not any(each in url for each in " \\@?#")
    if not (parts.hostname and _is_name(parts.hostname) and has_port and is_plain):
        raise EgressRefusedError("url")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_opened(parts.hostname, opened)):
        raise EgressRefusedError("not-https")
    return parts


async def destination_of(url: str, opened: Collection[str]) -> Destination:
    """Resolve an address and judge all that its name stands for. Raises EgressRefusedError.

    Without TLS only this machine itself is called, and only where the operator opened it.
    """
    parts = check_url(url, opened)
    assert parts.hostname is not None
    addresses = await _addresses(parts.hostname)
    if not addresses:
        raise EgressRefusedError("unknown-host")
    if not _is_opened(parts.hostname, opened) and not all(is_public(each) for each in addresses):
        raise EgressRefusedError("address-refused")
    if parts.scheme == "http" and not all(ip_address(each).is_loopback for each in addresses):
        raise EgressRefusedError("not-https")
    return Destination(parts.hostname, addresses[0])


def is_public(text: str) -> bool:
    """Tell whether an address lies outside, and carries none inside it that doesn't."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and (address not in UNICAST or address.sixtofour or address.teredo):
        return False
    return address.is_global and not address.is_multicast


def _is_name(host: str) -> bool:
    """Tell whether a host can be asked for at all: no label is empty or too long (RFC 1035)."""
    return len(host) <= LONGEST_NAME and all(0 < len(each) <= LONGEST_LABEL for each in _bare(host).split("."))


def _is_opened(host: str, opened: Collection[str]) -> bool:
    return _bare(host) in {_bare(each) for each in opened}


def _bare(host: str) -> str:
    """Return a host as hosts are compared: `Dir.example.` is `dir.example`."""
    return host.lower().removesuffix(".")


async def _addresses(host: str) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(each[4][0]).partition("%")[0] for each in found))
