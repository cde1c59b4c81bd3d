"""A plain text or a CSV file as a PDF: for readers who may see it, but not take it along without their mark."""

from foundation.documents.judging.plain import decoded
from foundation.documents.typesetting import typeset
from foundation.documents.watermark import Watermark


def text_pdf(content: bytes, mark: Watermark) -> bytes:
    """Return a text as pages with the watermark, line by line as it stands. Raises NoJapaneseFont, Unfit."""
    return typeset("text", {"lines": decoded(content).splitlines()}, mark)
