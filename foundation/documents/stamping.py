"""Giving somebody's PDF or picture the reader's watermark, on every page and in the document's properties.

Run in the process apart (`marks.py`).
"""

import io
import struct
import tempfile
import warnings
import zlib
from pathlib import Path

from PIL import Image, ImageOps
from pypdf import PageObject, PdfReader, PdfWriter, Transformation
from pypdf.errors import PyPdfError

from foundation.documents.errors import UnreadableDocument
from foundation.documents.typesetting import typeset
from foundation.documents.watermark import Watermark

MOST_PAGES = 500
MOST_PIXELS = 50_000_000
FORMATS = ("PNG", "JPEG")
LEAST = 20
"""A page's width and height in points, below which nothing can be read on it anyhow."""
Size = tuple[float, float]
BROKEN = (
    PyPdfError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    NotImplementedError,
    RecursionError,
    EOFError,
    struct.error,
    zlib.error,
)
"""What the library meets in a file that is broken, or made to break it."""


def stamp_pdf(content: bytes, mark: Watermark) -> bytes:
    """Return a PDF with the watermark laid over every page, whichever way it is turned. Raises UnreadableDocument."""
    try:
        writer = PdfWriter(clone_from=_opened(content))
        sizes = [_seen_size(page) for page in writer.pages]
    except BROKEN:
        raise UnreadableDocument("pdf") from None
    stamps = _stamps(sorted(set(sizes)), mark)
    try:
        for page, size in zip(writer.pages, sizes, strict=True):
            page.merge_transformed_page(stamps[size], _onto(page))
        writer.add_metadata(_properties(writer, mark))
        written = io.BytesIO()
        writer.write(written)
    except BROKEN:
        raise UnreadableDocument("pdf") from None
    return written.getvalue()


def picture_pdf(content: bytes, mark: Watermark) -> bytes:
    """Return a PNG or JPEG as a page with the watermark, upright and without what a camera wrote into it.

    Raises UnreadableDocument.
    """
    picture = _upright(content)
    with tempfile.TemporaryDirectory() as folder:
        picture.save(Path(folder) / "picture.png", "PNG", compress_level=1)
        data = {"picture": "picture.png", "is_wide": picture.width > picture.height}
        return typeset("picture", data, mark, folder=Path(folder))


def _opened(content: bytes) -> PdfReader:
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted:
        raise UnreadableDocument("password")
    if not reader.pages:
        raise UnreadableDocument("pdf")
    if len(reader.pages) > MOST_PAGES:
        raise UnreadableDocument("pages")
    return reader


def _seen_size(page: PageObject) -> Size:
    """Return width and height in points as the page is seen, turned and cropped."""
    box = page.cropbox
    width, height = max(LEAST, round(float(box.width))), max(LEAST, round(float(box.height)))
    return (height, width) if page.rotation % 180 else (width, height)


def _onto(page: PageObject) -> Transformation:
    """Return what moves a stamp, which stands upright, onto a page that may be turned and begin anywhere."""
    box = page.cropbox
    left, bottom, right, top = (float(each) for each in (box.left, box.bottom, box.right, box.top))
    return Transformation(
        {
            0: (1, 0, 0, 1, left, bottom),
            90: (0, 1, -1, 0, right, bottom),
            180: (-1, 0, 0, -1, right, top),
            270: (0, -1, 1, 0, left, top),
        }[page.rotation % 360]
    )


def _stamps(sizes: list[Size], mark: Watermark) -> dict[Size, PageObject]:
    laid = PdfReader(io.BytesIO(typeset("stamp", {"sizes": sizes}, mark)))
    return dict(zip(sizes, laid.pages, strict=True))


def _properties(writer: PdfWriter, mark: Watermark) -> dict[str, str]:
    metadata = writer.metadata
    present = metadata.get("/Keywords") if metadata is not None else None
    keywords = ", ".join(str(each) for each in (present, mark.number) if each)
    return {"/Keywords": keywords, "/Subject": mark.line}


def _upright(content: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=FORMATS)
            if picture.width * picture.height > MOST_PIXELS:
                raise UnreadableDocument("pixels")
            turned = ImageOps.exif_transpose(picture)
            return turned.convert("RGBA" if turned.has_transparency_data else "RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnreadableDocument("pixels") from None
    except (OSError, ValueError, SyntaxError, TypeError):
        raise UnreadableDocument("picture") from None
