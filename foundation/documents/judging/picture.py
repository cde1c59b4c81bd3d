"""PNG and JPEG: whole, nothing behind their end, and no larger than memory should hold."""

import struct
import warnings
from io import BytesIO
from zlib import crc32

from PIL import Image

from foundation.documents.judging.verdict import MOST_PIXELS, ContentKind, Fault, Unfit

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
_FORMATS = {ContentKind.PNG: ["PNG"], ContentKind.JPEG: ["JPEG", "MPO"]}
_STANDALONE = {0x01, *range(0xD0, 0xD8)}
SCAN, END = 0xDA, 0xD9


def check(content: bytes, kind: ContentKind) -> None:
    """Raise Unfit unless the picture is whole and of a size that can be shown."""
    end = _end_of_png(content) if kind is ContentKind.PNG else _end_of_jpegs(content)
    if content[end:].strip(b"\0"):
        raise Unfit(Fault.APPENDED)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(BytesIO(content), formats=_FORMATS[kind]) as picture:
                _check_size(picture)
                picture.verify()
            with Image.open(BytesIO(content), formats=_FORMATS[kind]) as picture:
                picture.load()
    except (Unfit, MemoryError):
        raise
    except Image.DecompressionBombError:
        raise Unfit(Fault.PIXELS) from None
    except Exception:  # noqa: BLE001 — whatever its parser stumbles over is no picture to keep
        raise Unfit(Fault.DAMAGED) from None


def _check_size(picture: Image.Image) -> None:
    if picture.width * picture.height > MOST_PIXELS:
        raise Unfit(Fault.PIXELS)


def _end_of_png(content: bytes) -> int:
    """Return where the chunk IEND ends. Raises Unfit where none does."""
    at = len(PNG)
    while at + 12 <= len(content):
        length: int
        (length,) = struct.unpack_from(">I", content, at)
        name, after = content[at + 4 : at + 8], at + 12 + length
        if after > len(content):
            break
        (stated,) = struct.unpack_from(">I", content, after - 4)
        if crc32(content[at + 4 : after - 4]) != stated:
            break
        if name == b"IEND":
            return after
        at = after
    raise Unfit(Fault.DAMAGED)


def _end_of_jpegs(content: bytes) -> int:
    """Return where the last of the pictures ends: cameras put a small one behind the large one (CIPA DC-007)."""
    at = 0
    while content[at : at + 3] == JPEG:
        at = _end_of_jpeg(content, at)
    return at


def _end_of_jpeg(content: bytes, start: int) -> int:
    at = start + 2
    while at + 2 <= len(content):
        if content[at] != 0xFF:  # noqa: PLR2004 — what every marker begins with
            break
        marker = content[at + 1]
        if marker == END:
            return at + 2
        if marker == 0xFF or marker in _STANDALONE:  # noqa: PLR2004 — filled up
            at += 1 if marker == 0xFF else 2  # noqa: PLR2004 — the same
            continue
        (length,) = struct.unpack_from(">H", content, at + 2) if at + 4 <= len(content) else (0,)
        at = at + 2 + length
        if marker == SCAN:
            at = _next_marker(content, at)
    raise Unfit(Fault.DAMAGED)


def _next_marker(content: bytes, at: int) -> int:
    """Skip the coded part of a scan, in which a marker's first byte is followed by 0 or a restart number."""
    while (at := content.find(b"\xff", at)) != -1 and at + 1 < len(content):
        if content[at + 1] != 0 and content[at + 1] not in _STANDALONE and content[at + 1] != 0xFF:  # noqa: PLR2004 — filled up
            return at
        at += 1
    raise Unfit(Fault.DAMAGED)
