"""How each kind of file is marked: run in the process apart, for somebody's file is opened and written anew."""

from datetime import UTC, datetime

from foundation.documents.apart import MOST_MADE
from foundation.documents.errors import UnreadableDocument
from foundation.documents.judging.verdict import ContentKind, Fault, Unfit
from foundation.documents.stamping import picture_pdf, stamp_pdf
from foundation.documents.texts import text_pdf
from foundation.documents.typesetting import japanese_family
from foundation.documents.watermark import Watermark
from foundation.documents.workbooks import stamp_workbook

_MARKED = {
    ContentKind.PDF: stamp_pdf,
    ContentKind.PNG: picture_pdf,
    ContentKind.JPEG: picture_pdf,
    ContentKind.TEXT: text_pdf,
    ContentKind.CSV: text_pdf,
    ContentKind.XLSX: stamp_workbook,
}
GROWN, ROOM = 20, 16 * 1024 * 1024
"""A marked file has at most so many times its own bytes, or so many: what was packed tight is written in full."""
_PLAIN = {ContentKind.TEXT, ContentKind.CSV}
"""Lines can always be set; a long text takes seconds, which its upload need not."""
_TRIAL = Watermark("長" * 100, "市" * 50, datetime(2026, 1, 1, tzinfo=UTC), "000000-0000-0000", "【訓練】")


def marked(kind: ContentKind, content: bytes, mark: Watermark) -> bytes:
    """Return a file with the mark: a workbook as one, all others as PDF.

    Raises UnreadableDocument, NoJapaneseFont; Unfit where it has no place for a mark or grows beyond measure.
    """
    made = _MARKED[kind](content, mark)
    if len(made) > min(MOST_MADE, max(ROOM, GROWN * len(content))):
        raise Unfit(Fault.TOO_COMPLEX)
    return made


def tried(kind: ContentKind, content: bytes) -> None:
    """Raise Unfit where a file can't be marked: asked when it comes, for a reading is on the record before its mark.

    Where the machine has no font, nothing but a workbook can be tried.
    """
    if kind in _PLAIN or (kind is not ContentKind.XLSX and japanese_family() is None):
        return
    try:
        marked(kind, content, _TRIAL)
    except UnreadableDocument:
        raise Unfit(Fault.UNMARKABLE) from None
    except Unfit as unfit:
        raise Unfit(Fault.UNMARKABLE if unfit.fault is Fault.DAMAGED else unfit.fault) from None
