"""Taking a file in: its size, then what it really is, in words for whoever sent it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from foundation.documents.apart import admit_apart
from foundation.documents.judging.verdict import ContentKind, Unfit
from foundation.documents.turns import Turns
from foundation.problems import FieldError, Invalid
from foundation.uploads import FILE, Upload

MEGABYTE = 1024 * 1024
NO_SCAN = FieldError(
    f"/{FILE}",
    "no-scan",
    "署名した書面は、スキャンした PDF か、写真 (PNG、JPEG) で登録してください。",
    "Give the signed paper as a scanned PDF or as a picture (PNG, JPEG).",
)


TURNS = Turns()
Refusal = Callable[[str], FieldError | None]
"""Tells what is wrong with the text in a file, if anything."""


class UnfitFile(Invalid):
    """A file that is not kept; the field's error says why and what to do."""


@dataclass(frozen=True, slots=True)
class Taken:
    """受け取ったファイル: what it is by its content, its name, which proves nothing, and its bytes."""

    kind: ContentKind
    name: str
    content: bytes


async def take_in(upload: Upload, most: int, whose: str | None, refusal: Refusal | None = None) -> Taken:
    """Return a file that may be kept; `whose` are the members that wait for their own files alone.

    Raises UnfitFile where it is larger than `most` bytes, not of our kinds, or where `refusal` says why its text is
    not to be kept; TooManyDocuments, DocumentTooSlow.
    """
    if len(upload.content) > most:
        raise UnfitFile(_too_large(most))
    try:
        async with TURNS.of(whose or ""):
            judged = await admit_apart(upload.content)
    except Unfit as unfit:
        fault = unfit.fault
        raise UnfitFile(FieldError(f"/{FILE}", fault.value, fault.ja, fault.en)) from None
    if refusal is not None and (error := await asyncio.to_thread(refusal, judged.text)):
        raise UnfitFile(error)
    return Taken(judged.kind, upload.name, upload.content)


async def take_in_scan(upload: Upload, most: int, whose: str | None) -> Taken:
    """Return a signed paper: pages or a picture of it. Raises as `take_in` does."""
    taken = await take_in(upload, most, whose)
    if taken.kind is not ContentKind.PDF and not taken.kind.is_picture:
        raise UnfitFile(NO_SCAN)
    return taken


def _too_large(most: int) -> FieldError:
    size = f"{most / MEGABYTE:g} MB" if most >= MEGABYTE else f"{most} B"
    return FieldError(
        f"/{FILE}",
        "too-large",
        f"ファイルは {size} 以内にしてください。大きい図面は、分けるか解像度を下げてPDFにしてください。",
        f"A file has at most {size}; split it, or save it as PDF with less resolution.",
    )
