"""What another member's reader gets of a file: a copy with their mark, made in the process apart."""

from foundation.documents.apart import mark_apart
from foundation.documents.judging.verdict import ContentKind, Unfit
from foundation.documents.typesetting import check_font
from foundation.documents.watermark import Watermark
from foundation.documents.workshop import WORKSHOP
from foundation.problems import Conflict


class CannotBeMarked(Conflict):
    """A file that has no place for the reader's mark, or costs too much to mark."""

    ja = "このファイルには透かしを入れられず、表示できません。登録した団体に、PDFでの登録を依頼してください。"
    en = "This file can't be marked, so it is not shown to other members; ask its owner for a PDF."


async def check_marking() -> None:
    """Raise NoJapaneseFont where nothing can be marked: asked before a reading is recorded that shows nothing."""
    await WORKSHOP.made(check_font)


async def handed_out(kind: ContentKind, content: bytes, mark: Watermark | None) -> tuple[ContentKind, bytes]:
    """Return a file with the mark on every page, and of which kind it then is; without a mark as it is.

    Called after the reading has been committed. Raises CannotBeMarked, UnreadableDocument, NoJapaneseFont,
    TooManyDocuments, DocumentTooSlow.
    """
    if mark is None:
        return kind, content
    try:
        made = await mark_apart(kind, content, mark)
    except Unfit:
        raise CannotBeMarked from None
    return kind if kind is ContentKind.XLSX else ContentKind.PDF, made
