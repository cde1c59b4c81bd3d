"""Where the service may call to on somebody's word: over TLS, outward, and inside only where the operator says.

Judged alone; `foundation.outward` calls what was judged (ASVS 1.3.6).
"""

import asyncio
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

UNICAST = IPv6Network("2000::/3")
"""Where public IPv6 addresses are; beside them lie those that carry an IPv4 address inside."""

LONGEST_URL, LONGEST_NAME, LONGEST_LABEL = 2000, 253, 63


class EgressRefusedError(ValueError):
    """呼び出せない宛先: `code` says why: `url`, `not-https`, `unknown-host` or `address-refused`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Egress:
    """外向きの通信の決まり: the `hosts` that the operator named (names or addresses) may lie inside.

    `may_be_plain`: those of them that are this machine itself may be called without TLS.
    """

    hosts: frozenset[str]
    may_be_plain: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "hosts", frozenset(_bare(each) for each in self.hosts))

    def allows(self, url: str) -> bool:
        """Tell whether a URL has a form that may be called; what its name stands for is judged at the call."""
        try:
            self.check(url)
        except EgressRefusedError:
            return False
        return True

    def check(self, url: str) -> SplitResult:
        """Read an address that somebody wrote, before anything is resolved. Raises EgressRefusedError."""
        parts = _split(url)
        host = parts.hostname or ""
        if parts.scheme != "https" and not (parts.scheme == "http" and self.may_be_plain and self._is_named(host)):
            raise EgressRefusedError("not-https")
        if _literal(host) is not None:
            self._judge(parts, [host])
        return parts

    def check_base(self, url: str) -> None:
        """Read an address that paths are put behind: one without a query. Raises EgressRefusedError."""
        self.check(url)
        if not set(url).isdisjoint("?@"):
            raise EgressRefusedError("url")

    async def addresses_of(self, url: str) -> list[str]:
        """Resolve an address and judge all that its name stands for; return where to connect.

        Raises EgressRefusedError: also where one of many is refused, for the next look could give that one.
        """
        parts = self.check(url)
        addresses = await _addresses(parts.hostname or "")
        if not addresses:
            raise EgressRefusedError("unknown-host")
        self._judge(parts, addresses)
        return addresses

    def _judge(self, parts: SplitResult, addresses: list[str]) -> None:
        if not self._is_named(parts.hostname or "") and not all(is_public(each) for each in addresses):
            raise EgressRefusedError("address-refused")
        if parts.scheme == "http" and not all(_is_loopback(each) for each in addresses):
            raise EgressRefusedError("not-https")

    def _is_named(self, host: str) -> bool:
        return _bare(host) in self.hosts


def is_public(text: str) -> bool:
    """Tell whether an address lies outside, and carries none inside it that doesn't."""
    address = _literal(text)
    if address is None:
        return False
    if isinstance(address, IPv6Address) and (address not in UNICAST or address.sixtofour or address.teredo):
        return False
    return address.is_global and not address.is_multicast


def _split(url: str) -> SplitResult:
    """Return a URL's parts; refused is what two readers might read differently (backslashes, blanks, odd ports)."""
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        raise EgressRefusedError("url") from None
    is_plain = len(url) <= LONGEST_URL and url.isascii() and url.isprintable() and not set(url) & set(" \\#")
    if not (is_plain and has_port and "@" not in parts.netloc and parts.hostname and _is_name(parts.hostname)):
        raise EgressRefusedError("url")
    return parts


def _is_name(host: str) -> bool:
    """Tell whether a host can be asked for at all: no label is empty or too long (RFC 1035)."""
    return len(host) <= LONGEST_NAME and all(0 < len(each) <= LONGEST_LABEL for each in _bare(host).split("."))


def _bare(host: str) -> str:
    """Return a host as hosts are compared: `Dir.example.` is `dir.example`."""
    return host.lower().removesuffix(".")


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_loopback(text: str) -> bool:
    address = _literal(text)
    return address is not None and address.is_loopback


async def _addresses(host: str) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(each[4][0]).partition("%")[0] for each in found))
