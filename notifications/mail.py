"""A mail as bytes, written straight into its final form.

UTF-8 in base64 and nothing else: ISO-2022-JP can't carry 髙, 﨑 or ①. Plain text without attachment, because
mail sanitisers on the LGWAN side strip everything else. Python's `EmailMessage` needs about 4 ms a mail; this
takes a hundredth, since an alert of 30 partners is hundreds of mails.
"""

import binascii
import re
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, parseaddr
from functools import lru_cache

_LINE = 76  # RFC 2045: the longest line of base64
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
# Addresses that docomo and au once gave out break RFC 5321: dots in a row or before the @. They still work.
_LEGACY_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_QUOTED_LOCAL = re.compile(r'"(?:[ !#-\[\]-~]|\\[ -~])+"')
_DOMAIN = re.compile(r"(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_NEWLINE = re.compile(r"\r\n|\r|\n")
_ID = re.compile(r"[!-;=?-~]{1,250}")
_NOT_TOKEN = re.compile(r"[^A-Za-z0-9._-]")


class BadAddress(ValueError):
    """メールアドレスが正しくない: not an address that any mail server would take."""


@dataclass(frozen=True, slots=True)
class Sender:
    """差出人: the `From` header as it is written, the envelope's address, the host for Message-IDs."""

    header: str
    address: str
    host: str


def mailbox(address: str) -> str:
    """Return the address as SMTP and headers want it, an irregular local part quoted; raises BadAddress."""
    local, at, domain = address.strip().rpartition("@")
    if not at or not _DOMAIN.fullmatch(domain):
        raise BadAddress("メールアドレスの形が正しくありません")
    if _DOT_ATOM.fullmatch(local) or _QUOTED_LOCAL.fullmatch(local):
        return f"{local}@{domain}"
    if _LEGACY_LOCAL.fullmatch(local):
        return f'"{local}"@{domain}'
    raise BadAddress("メールアドレスに使えない文字があります")


def sender(mail_from: str) -> Sender:
    """Read `name <address>` or a bare address; raises BadAddress."""
    name, address = parseaddr(mail_from)
    address = mailbox(address)
    header = f"{_encoded('From', name)} <{address}>" if name else address
    return Sender(header, address, address.rpartition("@")[2])


def build(
    origin: Sender,
    *,
    to: str,
    subject: str,
    text: str,
    attempt: str,
    at: datetime,
    thread: str = "",
    reply_to: str = "",
    in_reply_to: str | None = None,
) -> bytes:
    """Return the whole mail with CRLF line ends; raises BadAddress for `to` and `reply_to`, and for nothing else.

    `in_reply_to`: the Message-ID that it answers by itself, without its brackets; empty where that had none.
    """
    lines = [
        f"From: {origin.header}",
        f"To: <{mailbox(to)}>",
        f"Subject: {_encoded('Subject', subject)}",
        f"Date: {_date(at.replace(microsecond=0))}",
        f"Message-ID: <{_token(attempt)}@{origin.host}>",
    ]
    if reply_to:
        lines.append(f"Reply-To: <{mailbox(reply_to)}>")
    answered = f"<{in_reply_to}>" if in_reply_to and _ID.fullmatch(in_reply_to) else ""
    if answered:
        lines.append(f"In-Reply-To: {answered}")
    if answered or thread:
        lines.append(f"References: {answered or f'<{_token(thread)}@{origin.host}>'}")
    lines.append(_GENERATED if in_reply_to is None else _REPLIED)
    lines.append(_FIXED)
    return "\r\n".join(lines).encode("ascii") + _base64(text)


# Both keep out-of-office notices from answering: RFC 3834, and Exchange's own way.
_GENERATED = "Importance: high\r\nAuto-Submitted: auto-generated"
_REPLIED = "Auto-Submitted: auto-replied"
_FIXED = (
    "X-Auto-Response-Suppress: All\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\n"
)


@lru_cache(maxsize=1024)
def _encoded(name: str, value: str) -> str:
    """Return a header's value by RFC 2047; line ends and other control characters become one space."""
    clean = _CONTROL.sub(" ", _encodable(value)).strip()
    if clean.isascii() and "=?" not in clean and len(clean) < _LINE - len(name) and name == "Subject":
        return clean
    return Header(clean, "utf-8", header_name=name).encode(linesep="\r\n") if clean else ""


@lru_cache(maxsize=8)
def _date(at: datetime) -> str:
    return format_datetime(at)


def _token(text: str) -> str:
    return _NOT_TOKEN.sub("-", text)


def _encodable(text: str) -> str:
    """Return the text with lone surrogates, which no encoding can carry, as question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _base64(text: str) -> bytes:
    raw = _NEWLINE.sub("\r\n", text).encode("utf-8", "replace")
    coded = binascii.b2a_base64(raw, newline=False)
    return b"\r\n".join(coded[i : i + _LINE] for i in range(0, len(coded), _LINE)) + b"\r\n"
