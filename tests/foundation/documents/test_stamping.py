"""Somebody's PDF or picture carries the reader's mark on every page, whichever way it lies."""

import io
import subprocess
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import RectangleObject

from foundation.documents import stamping
from foundation.documents.errors import UnreadableDocument
from foundation.documents.stamping import MOST_PAGES, picture_pdf, stamp_pdf
from foundation.documents.watermark import Watermark
from tests.foundation.documents.fonts import NEEDS_FONT, flat

MARK = Watermark("髙﨑 葛󠄀城", "𠮷野市", datetime(2026, 11, 22, 5, 5, tzinfo=UTC), "261122-K7M2-9QXD", "【訓練】")
SIZES = [(595, 842), (842, 595), (200, 90), (2384, 3370), (60, 400)]


def pdf_of(*pages: tuple[float, float, int], corner: float = 0) -> bytes:
    writer = PdfWriter()
    for width, height, turned in pages:
        page = PageObject.create_blank_page(width=width, height=height)
        page.mediabox = RectangleObject((corner, corner, corner + width, corner + height))
        page.cropbox = page.mediabox
        writer.add_page(page).rotate(turned)
    return written(writer)


def written(writer: PdfWriter) -> bytes:
    kept = io.BytesIO()
    writer.write(kept)
    return kept.getvalue()


def picture(size: tuple[int, int] = (400, 300), kind: str = "JPEG", mode: str = "RGB", **more: object) -> bytes:
    kept = io.BytesIO()
    Image.new(mode, size, 255 if mode in {"L", "1"} else None).save(kept, kind, **more)
    return kept.getvalue()


def test_the_mark_says_who_when_and_under_which_number() -> None:
    assert MARK.line == (
        "【訓練】閲覧者 𠮷野市 髙﨑 葛󠄀城　2026-11-22 14:05:00 日本時間"
        "（2026-11-22 05:05:00 UTC）　監査番号 261122-K7M2-9QXD"
    )


@NEEDS_FONT
@pytest.mark.parametrize("corner", [0, -50])
def test_every_page_of_any_size_and_turn_carries_it(corner: float) -> None:
    pages = [(*size, turned) for size, turned in product(SIZES, (0, 90, 180, 270))]
    content = stamp_pdf(pdf_of(*pages, corner=corner), MARK)
    reader = PdfReader(io.BytesIO(content))
    assert len(reader.pages) == len(pages)
    for page in reader.pages:
        assert flat(MARK.line) in flat(page.extract_text())
    assert reader.metadata is not None
    assert MARK.number in str(reader.metadata["/Keywords"])


@NEEDS_FONT
@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_it_stands_upright_at_the_foot_of_the_page_as_seen(turned: int, tmp_path: Path) -> None:
    (tmp_path / "seen.pdf").write_bytes(stamp_pdf(pdf_of((300, 500, turned), corner=40), MARK))
    try:
        subprocess.run(["pdftoppm", "-r", "72", "-png", "seen.pdf", "seen"], cwd=tmp_path, check=True)
    except FileNotFoundError:
        pytest.skip("poppler-utils is not installed: the page can't be looked at")
    with Image.open(tmp_path / "seen-1.png") as seen:
        grey = seen.convert("L")
    width, height = grey.size
    assert (width, height) == ((500, 300) if turned % 180 else (300, 500))
    black = [(x, y) for x, y in product(range(width), range(height)) if int(str(grey.getpixel((x, y)))) < 100]
    assert black
    assert min(y for _, y in black) > height * 0.85
    assert max(x for x, _ in black) - min(x for x, _ in black) > width * 0.5


@NEEDS_FONT
def test_what_the_document_says_of_itself_stays() -> None:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_metadata({"/Title": "図面", "/Keywords": "網構成"})
    found = PdfReader(io.BytesIO(stamp_pdf(written(writer), MARK))).metadata
    assert found is not None
    assert (found.title, found["/Keywords"]) == ("図面", f"網構成, {MARK.number}")


def test_what_is_no_pdf_is_refused_with_a_reason() -> None:
    locked = PdfWriter()
    locked.add_blank_page(100, 100)
    locked.encrypt("secret", algorithm="AES-256")
    whole = pdf_of((100, 100, 0))
    wrong = {
        "password": written(locked),
        "pages": pdf_of(*[(10.0, 10.0, 0)] * (MOST_PAGES + 1)),
    }
    for reason, content in [*wrong.items(), ("pdf", b""), ("pdf", b"%PDF-1.7\n"), ("pdf", whole[: len(whole) // 3])]:
        with pytest.raises(UnreadableDocument) as refused:
            stamp_pdf(content, MARK)
        assert refused.value.errors[0].code == reason


def blank(sizes: list[tuple[float, float]], _mark: Watermark) -> dict[tuple[float, float], PageObject]:
    return {size: PageObject.create_blank_page(width=size[0], height=size[1]) for size in sizes}


@given(st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 255)), min_size=1, max_size=30))
def test_a_broken_pdf_is_stamped_or_refused_and_never_an_accident(places: list[tuple[int, int]]) -> None:
    spoilt = bytearray(pdf_of((100, 200, 90), (50, 60, 0)))
    for place, byte in places:
        spoilt[place % len(spoilt)] = byte
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(stamping, "_stamps", blank)
        try:
            content = stamp_pdf(bytes(spoilt), MARK)
        except UnreadableDocument:
            return
    assert content.startswith(b"%PDF")


@NEEDS_FONT
@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "RGB"), ("JPEG", "CMYK"), ("JPEG", "L"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "1")]
)
def test_a_picture_becomes_a_page_with_the_mark(kind: str, mode: str) -> None:
    reader = PdfReader(io.BytesIO(picture_pdf(picture(kind=kind, mode=mode), MARK)))
    (page,) = reader.pages
    assert flat(MARK.line) in flat(page.extract_text())
    assert (len(page.images), page.mediabox.width > page.mediabox.height) == (1, True)
    assert reader.metadata is not None
    assert MARK.number in str(reader.metadata["/Keywords"])


@NEEDS_FONT
def test_a_picture_lies_as_it_was_taken_and_without_the_place() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "カメラ"
    content = picture_pdf(picture((400, 300), exif=exif), MARK)
    (page,) = PdfReader(io.BytesIO(content)).pages
    assert page.mediabox.width < page.mediabox.height
    assert "カメラ".encode() not in content


@pytest.mark.asvs("5.2.1", "5.2.2", "5.2.3", "5.2.4", "5.2.5", "5.2.6")
def test_what_is_no_picture_or_too_large_is_refused() -> None:
    bomb = picture((8000, 7000), "PNG", "1")
    gif = picture(kind="GIF", mode="P")
    cut = picture(kind="PNG")
    for reason, content in [("pixels", bomb), ("picture", gif), ("picture", b"x"), ("picture", cut[: len(cut) // 2])]:
        with pytest.raises(UnreadableDocument) as refused:
            picture_pdf(content, MARK)
        assert refused.value.errors[0].code == reason
