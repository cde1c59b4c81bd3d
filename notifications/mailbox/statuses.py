"""What a mail server's status (RFC 3463) says: of an address itself, or of this mail."""

import re

_GONE = re.compile(r"\b5\.(?:1\.(?:1|2|3|6|10)|2\.1)\b")
"""No such mailbox, system or syntax; moved without an address; a domain that takes no mail (RFC 7505); mailbox
disabled. A full mailbox or a refused text says nothing against the address."""
_REFUSED = re.compile(r"^5\d\d\b|\b5\.\d{1,3}\.\d{1,3}\b")


def gone(code: str | None) -> str | None:
    """Return the status in a server's words by which the address is gone for good, or None."""
    found = _GONE.search(code or "")
    return found[0] if found else None


def refused(code: str | None) -> bool:
    """Tell whether a server refused this mail for good by its words, for a reason that is not the address.

    Policy, content, a full mailbox: the same mail may pass by another way or at another time.
    """
    return bool(_REFUSED.search(code or "")) and gone(code) is None
