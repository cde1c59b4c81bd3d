"""A checkpoint: the newest anchor in a few lines that a person can file or print, and read back later."""

import codecs
import email
import html
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.policy import default

from foundation.clock import JAPAN

NUMBER = re.compile(r"(?:番号|No\.)\s*:?\s*([0-9]{1,15})")
DIGITS = re.compile(r"(?<![0-9a-fA-F])(?:[0-9a-fA-F]\s*){64}(?![0-9a-fA-F])")
HEADER = re.compile(rb"^(?:MIME-Version|Content-Type|Content-Transfer-Encoding):", re.MULTILINE | re.IGNORECASE)
GROUP = 16


class NoCheckpointError(ValueError):
    """The text holds no checkpoint."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """控え: an anchor as somebody outside has kept it."""

    number: int
    hash: bytes


def lines(number: int, at: datetime, digest: bytes) -> str:
    """Return the lines to file: number, time and the hash in four groups."""
    digits = digest.hex()
    groups = " ".join(digits[place : place + GROUP] for place in range(0, len(digits), GROUP))
    return f"番号 {number}\n時刻 {at.astimezone(JAPAN):%Y-%m-%d %H:%M:%S} JST\n{groups}"


def read(text: str) -> Checkpoint:
    """Read a checkpoint out of a text: the first hash and the last number before it. Raises NoCheckpointError."""
    plain = unicodedata.normalize("NFKC", text)
    plain = re.sub(r"^[> \t]+", "", plain, flags=re.MULTILINE)
    for digits in DIGITS.finditer(plain):
        numbers = NUMBER.findall(plain, 0, digits.start())
        if numbers:
            return Checkpoint(int(numbers[-1]), bytes.fromhex(re.sub(r"\s", "", digits[0])))
    raise NoCheckpointError


def read_file(content: bytes) -> Checkpoint:
    """Read a checkpoint out of a saved mail, whatever its parts, or a text in any usual encoding.

    Raises NoCheckpointError.
    """
    for text in _texts(content):
        with suppress(NoCheckpointError):
            return read(text)
    raise NoCheckpointError


def _texts(content: bytes) -> Iterator[str]:
    """Yield what may hold the lines: a mail's texts, plain ones first, then the file as it stands."""
    if HEADER.search(content):
        mail = email.message_from_bytes(content.lstrip(codecs.BOM_UTF8), policy=default)
        parts = [part for part in mail.walk() if part.get_content_maintype() == "text"]
        for part in sorted(parts, key=lambda each: each.get_content_subtype() != "plain"):
            with suppress(LookupError, ValueError):
                text = str(part.get_content())
                yield _without_tags(text) if part.get_content_subtype() == "html" else text
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if is_wide else ("utf-8-sig", "cp932", "iso2022_jp"):
        with suppress(UnicodeDecodeError):
            text = content.decode(encoding)
            yield text
            yield _without_tags(text)


def _without_tags(page: str) -> str:
    page = re.sub(r"<(style|script)\b.*?</\1>", "", page, flags=re.DOTALL | re.IGNORECASE)
    page = re.sub(r"<(?:br|/p|/div|/tr|/li)\b[^>]*>", "\n", page, flags=re.IGNORECASE)
    return html.unescape(re.sub(r"<[^>]*>", "", page))
