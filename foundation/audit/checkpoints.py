"""A checkpoint: the newest anchor in a few lines that a person can file or print, and read back later."""

import email
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import default

from foundation.clock import JAPAN

NUMBER = re.compile(r"(?:番号|No\.)\s*:?\s*([0-9]{1,15})")
DIGITS = re.compile(r"(?<![0-9a-fA-F])(?:[0-9a-fA-F]\s*){64}(?![0-9a-fA-F])")
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
    """Read a checkpoint out of a mail, its saved file, or what was typed from paper. Raises NoCheckpointError."""
    plain = unicodedata.normalize("NFKC", _body(text))
    plain = re.sub(r"^[> \t]+", "", plain, flags=re.MULTILINE)
    number = NUMBER.search(plain)
    digits = DIGITS.search(plain, number.end()) if number else None
    if number is None or digits is None:
        raise NoCheckpointError
    return Checkpoint(int(number[1]), bytes.fromhex(re.sub(r"\s", "", digits[0])))


def _body(text: str) -> str:
    """Return a saved mail's plain text, which is often encoded; any other text as it is."""
    if not re.search(r"^(?:MIME-Version|Content-Transfer-Encoding):", text, re.MULTILINE | re.IGNORECASE):
        return text
    mail = email.message_from_string(text, policy=default)
    part = mail.get_body(("plain",)) if isinstance(mail, EmailMessage) else None
    return str(part.get_content()) if part is not None else text
