"""What a mail server's status (RFC 3463) says of an address itself."""

import re

_GONE = re.compile(r"\b5\.(?:1\.(?:1|2|3|6|10)|2\.1)\b")
"""No such mailbox, system or syntax; moved without an address; a domain that takes no mail (RFC 7505); mailbox
disabled. A full mailbox or a refused text says nothing against the address."""


def gone(code: str | None) -> str | None:
    """Return the status in a server's words by which the address is gone for good, or None."""
    found = _GONE.search(code or "")
    return found[0] if found else None
