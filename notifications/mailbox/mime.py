"""A mail taken apart, whoever built it: bounded in size, depth and parts, and never an error.

The standard library's parser calls itself once for each nesting and copies what it nests; a mail of a few kilobytes
can exhaust it. What lies beyond the bounds here is not read: an answer stands at the top.
"""

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header

from notifications.mailbox import charsets

READ = 524_288
"""Bytes of a mail that are looked at; what follows is attachments."""
_HEADERS = 300
_HEADER = 4000
_PARTS = 40
_DEEPEST = 6
_FOLD = re.compile(rb"\n[ \t]+")
_TYPE = re.compile(r"\s*([\w.+-]+/[\w.+-]+)")
_PARAMETER = r';\s*{name}\s*=\s*(?:"([^"]{{0,200}})"|([^\s;"]{{1,200}}))'
_NAME = re.compile(rb"[!-9;-~]{1,80}")


@dataclass(frozen=True, slots=True)
class Part:
    """部分: one leaf of a mail, or the mail itself: its headers by lower-case name, and its raw body."""

    headers: dict[str, list[str]] = field(default_factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str:
        """Return a header as it stands, empty where there is none."""
        return next(iter(self.headers.get(name, ())), "")

    def words(self, name: str) -> str:
        """Return a header with its encoded words (RFC 2047) read."""
        return unworded(self.header(name))

    @property
    def type(self) -> str:
        found = _TYPE.match(self.header("content-type"))
        return found[1].lower() if found else "text/plain"

    def parameter(self, name: str) -> str:
        """Return a parameter of the content type, empty where there is none."""
        found = re.search(_PARAMETER.format(name=name), self.header("content-type"), re.IGNORECASE)
        return (found[1] or found[2] or "") if found else ""

    def content(self) -> bytes:
        """Return the body without its transfer encoding, as far as it can be undone."""
        coding = self.header("content-transfer-encoding").strip().lower()
        if coding == "base64":
            return _from_base64(self.body)
        return quopri.decodestring(self.body) if coding == "quoted-printable" else self.body

    def text(self) -> str:
        return charsets.decoded(self.content(), self.parameter("charset"))


def read(raw: bytes) -> Part:
    """Return the mail as one part: headers and raw body, lines ended by LF."""
    plain = raw[:READ].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return _part(plain.removeprefix(b"\n"))


def leaves(mail: Part) -> Iterator[Part]:
    """Yield what is no multipart, in order, as far as the bounds allow."""
    waiting = [(mail, 0)]
    for _ in range(_PARTS):
        if not waiting:
            return
        part, depth = waiting.pop(0)
        boundary = part.parameter("boundary") if part.type.startswith("multipart/") else ""
        if not boundary:
            yield part
        elif depth < _DEEPEST:
            waiting[:0] = [(each, depth + 1) for each in _parts(part.body, boundary)]


def blocks(part: Part) -> list[dict[str, list[str]]]:
    """Return the groups of fields of a delivery status (RFC 3464), at most ten."""
    groups = re.split(rb"\n[ \t]*\n", part.content().replace(b"\r\n", b"\n").strip(b"\n"), maxsplit=10)[:10]
    return [found for group in groups if (found := _fields(group))]


def unworded(text: str) -> str:
    """Return a header's text with encoded words read; as it stands where they can't be."""
    if "=?" not in text:
        return text
    try:
        pieces = decode_header(text[:_HEADER])
        return "".join(
            piece if isinstance(piece, str) else charsets.decoded(piece, charset or "") for piece, charset in pieces
        )
    except (HeaderParseError, ValueError, LookupError):
        return text


def _part(raw: bytes) -> Part:
    if raw.startswith(b"\n"):
        return Part({}, raw[1:])
    head, _, body = raw.partition(b"\n\n")
    return Part(_fields(head), body)


def _fields(head: bytes) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in _FOLD.sub(b" ", head[: _HEADERS * 1000]).split(b"\n")[:_HEADERS]:
        name, colon, value = line.partition(b":")
        if colon and _NAME.fullmatch(name.strip()):
            text = charsets.decoded(value[:_HEADER].strip(), "")
            found.setdefault(name.strip().decode("ascii").lower(), []).append(text)
    return found


def _parts(body: bytes, boundary: str) -> list[Part]:
    mark = b"\n--" + boundary.encode("utf-8", "replace")
    inside = (b"\n" + body).split(mark, _PARTS + 1)[1 : _PARTS + 1]
    found = []
    for each in inside:
        if each.startswith(b"--"):
            break
        found.append(_part(each.partition(b"\n")[2]))
    return found


def _from_base64(body: bytes) -> bytes:
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
    try:
        return base64.b64decode(letters[: len(letters) // 4 * 4] + _tail(letters))
    except (ValueError, binascii.Error):
        return b""


def _tail(letters: bytes) -> bytes:
    rest = letters[len(letters) // 4 * 4 :]
    return rest + b"=" * (-len(rest) % 4) if len(rest) > 1 else b""
