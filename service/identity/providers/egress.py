"""Which addresses the service calls for a sign-in: public ones by https, and what the operator named (ASVS 1.3.6)."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from foundation.egress import is_public
from foundation.mode import Mode

LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Egress:
    """外向きの通信の決まり: `hosts` may have private addresses; in a drill those of this machine also speak http."""

    hosts: frozenset[str]
    is_drill: bool

    def allows(self, url: str) -> bool:
        """Tell whether a URL has a form that may be called; what its name resolves to is judged at the call."""
        parts = _split(url)
        if parts is None or not parts.hostname or parts.username is not None or parts.fragment:
            return False
        if parts.scheme == "http":
            return self.is_drill and self.is_named(parts.hostname) and _is_loopback(parts.hostname)
        literal = _address(parts.hostname)
        return parts.scheme == "https" and (literal is None or self.may_reach(parts.hostname, parts.hostname))

    def may_reach(self, host: str, address: str) -> bool:
        """Tell whether a host may be called at an address that its name resolved to."""
        return self.is_named(host) or is_public(address)

    def is_named(self, host: str) -> bool:
        """Tell whether the operator has named a host."""
        return host.lower().rstrip(".") in self.hosts


def egress_of(state: Any) -> Egress:
    """Return the rule as the running service was set up."""
    hosts = frozenset(each.lower() for each in state.settings.oidc_hosts)
    return Egress(hosts, state.mode is Mode.DRILL)


def _split(url: str) -> SplitResult | None:
    """Return a URL's parts; None for what no two readers need read alike (backslashes, blanks, odd ports)."""
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _address(host: str) -> Any:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host == "localhost" if address is None else address.is_loopback
