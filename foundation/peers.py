"""Where a call comes from: the peer's address, or what the one trusted proxy says of its own peer."""

from ipaddress import IPv6Address, IPv6Network, ip_address

from starlette.requests import Request

PREFIX = 64
"""Bits of an IPv6 address that stand for one subscriber; whoever holds them has all the rest."""


def address_of(request: Request, trusted_proxy: str) -> str | None:
    """Return the caller's IP address as text, or None where there is none (a Unix socket)."""
    peer = request.client.host if request.client else None
    if peer is None or not trusted_proxy or peer != trusted_proxy:
        return peer
    # What stands before the last comma was written by somebody the proxy does not vouch for.
    # Several lines are one list: a proxy may append a line of its own to one that the visitor wrote.
    forwarded = ",".join(request.headers.getlist("x-forwarded-for")).rpartition(",")[2].strip()
    return forwarded if _is_address(forwarded) else peer


def neighbourhood(address: str) -> str:
    """Return what is counted as one place: an IPv4 address, or an IPv6 network of one subscriber."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((int(parsed) >> PREFIX << PREFIX, PREFIX)))


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
