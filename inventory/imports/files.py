"""From the bytes of a file to its rows."""

import base64
import binascii

from foundation.problems import FieldError
from inventory.errors import InvalidCapability
from inventory.imports import rows
from inventory.imports.rows import Declared
from inventory.imports.schemas import CapabilityFile

MOST_OF_ONE = 1_000
"""Rows that a member brings at once: they are written in one transaction, for which everybody's writes wait."""
MOST_OF_ALL = 100_000
"""Rows that the operator brings at once."""


def rows_in(file: CapabilityFile) -> list[Declared]:
    """Return the rows of one member's file. Raises InvalidCapability."""
    try:
        content = base64.b64decode("".join(file.content.split()), validate=True)
    except binascii.Error:
        raise InvalidCapability(
            FieldError("/content", "base64", "Base64 で送ってください。", "Send the file as Base64.")
        ) from None
    return rows.read(decoded(content), most=MOST_OF_ONE, municipality=file.municipality)


def rows_of_all(content: bytes) -> list[Declared]:
    """Return the rows of a file that names each line's member. Raises InvalidCapability."""
    return rows.read(decoded(content), most=MOST_OF_ALL)


def decoded(content: bytes) -> str:
    """Return a file's text, in UTF-8 or else CP932. Raises InvalidCapability."""
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidCapability(
        FieldError(
            "/content",
            "encoding",
            "UTF-8 か CP932 (Shift_JIS) の CSV で保存し直してください。",
            "Save the file as CSV in UTF-8 or CP932.",
        )
    )
