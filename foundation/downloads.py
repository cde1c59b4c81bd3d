"""Handing out a file: under a name that the server makes, to be kept and not to be run (RFC 6266, ASVS 3.2, 5.4)."""

import re
import unicodedata
from urllib.parse import quote

from starlette.responses import Response

LONGEST = 80
_UNSAFE = re.compile(r'[\\/:*?"<>|%;\s]+')
POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
"""Should a browser show it after all, nothing in it runs or loads."""


def download(content: bytes, media_type: str, *, title: str, plain: str, extension: str) -> Response:
    """Return a file as an attachment called after its title; `plain` (ASCII) is for what knows no other letters."""
    name = quote(f"{_speaking(title) or plain}.{extension}", safe="")
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain}.{extension}\"; filename*=UTF-8''{name}",
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return Response(content, headers=headers, media_type=media_type)


def _speaking(title: str) -> str:
    """Return a title as a file may be called on every system."""
    kept = "".join(each for each in unicodedata.normalize("NFC", title) if unicodedata.category(each)[0] != "C")
    return _UNSAFE.sub("_", kept).strip("._")[:LONGEST]
