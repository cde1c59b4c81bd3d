"""A document is set on A4 from data alone: what people wrote stands there as they wrote it, each page marked."""

import asyncio
import io
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typst
from pypdf import PdfReader

from foundation.documents import typesetting
from foundation.documents.errors import DocumentTooLarge, DocumentTooSlow, NoJapaneseFont, TooManyDocuments
from foundation.documents.pdf import MOST_CHARACTERS, Paper, Section, Table, pdf
from foundation.documents.typesetting import check_font, look_for_fonts_anew, look_for_fonts_in
from foundation.documents.watermark import Watermark
from foundation.documents.workshop import Workshop
from tests.foundation.documents.fonts import NEEDS_FONT, flat

MARK = Watermark("#panic() 葛󠄀城", '"]', datetime(2026, 11, 22, 5, 5, tzinfo=UTC), "261122-K7M2-9QXD", "【訓練】")
HOSTILE = [
    "#panic()",
    '#read("/etc/passwd")',
    "*太字* _斜体_ `生` $x^2$ <印> @参照 \\ ~",
    "]",
    ")] #[",
    '"; json("x")',
    "// 消える? /* これも */",
    "= 見出し\n- 箇条\n+ 番号",
    "https://example.jp/#@*_",
    "葛󠄀城市 辻󠄁 祇󠄀園",
    "𠮷野家 𩸽",
    "①㈱髙﨑 ｶﾀｶﾅ ㍿",
    "a" * 400,
    "あ" * 400,
    "。" * 200,
    "-" * 300,
    "https://example.jp/" + "path/" * 60,
    "%s {0} {{x}} \\u{1F600}",
]


def paper(*texts: str, title: str = "台帳") -> Paper:
    rows = [(f"項目{number}", text) for number, text in enumerate(texts)]
    return Paper(title, [*texts[:3]], [Section("システム", [Table(texts[0] if texts else "記録", rows)])])


def pages(content: bytes) -> list[str]:
    return [flat(page.extract_text()) for page in PdfReader(io.BytesIO(content)).pages]


@pytest.fixture
def fonts_afterwards() -> Iterator[None]:
    yield
    look_for_fonts_in("")
    look_for_fonts_anew()


@NEEDS_FONT
def test_whatever_people_wrote_stands_there_as_they_wrote_it(tmp_path: Path) -> None:
    content = pdf(paper(*HOSTILE), MARK)
    found = "".join(pages(content))
    for text in HOSTILE:
        lines = [flat(each) for each in text.splitlines()]
        assert all(line in found for line in lines), text
    (tmp_path / "seen.pdf").write_bytes(content)
    try:
        seen = subprocess.run(["pdftotext", "seen.pdf", "-"], cwd=tmp_path, check=True, capture_output=True).stdout
    except FileNotFoundError:
        pytest.skip("poppler-utils is not installed: the second reader is left out")
    # This reader takes a line's last hyphen for the division of a word, so hyphens are not compared
    shown = flat(seen.decode()).replace("-", "")
    lines = [flat(line).replace("-", "") for text in HOSTILE for line in text.splitlines()]
    assert not [line for line in lines if line not in shown]


@NEEDS_FONT
def test_nothing_leaves_the_page() -> None:
    reader = PdfReader(io.BytesIO(pdf(paper(*HOSTILE), MARK)))
    for page in reader.pages:
        places: list[float] = []

        def visit(_text: str, _matrix: object, at: list[float], *_: object, places: list[float] = places) -> None:
            places.append(at[4])

        page.extract_text(visitor_text=visit)
        assert places
        assert all(0 <= each < float(page.mediabox.width) - 40 for each in places)


@NEEDS_FONT
def test_every_page_is_a4_marked_numbered_and_repeats_the_title_of_a_table() -> None:
    reader = PdfReader(io.BytesIO(pdf(paper("記録の名", *["長い文 " * 40] * 60), MARK)))
    assert len(reader.pages) > 3
    for number, page in enumerate(reader.pages, start=1):
        text = flat(page.extract_text())
        assert flat(MARK.line) in text
        assert f"{number}/{len(reader.pages)}" in text
        assert "記録の名" in text
        assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata["/Keywords"]) == ("台帳", MARK.number)


@NEEDS_FONT
def test_a_drawing_of_a_face_does_not_stop_the_document() -> None:
    assert "まえ" in "".join(pages(pdf(paper("まえ😀👨‍👩‍👧あと", "\u200b\u202e\ufeff"), MARK)))


@NEEDS_FONT
def test_a_document_without_anything_is_one_page() -> None:
    (page,) = pages(pdf(Paper("台帳", [], []), MARK))
    assert flat(MARK.line) in page


def test_too_much_is_refused_before_it_is_set() -> None:
    with pytest.raises(DocumentTooLarge):
        pdf(paper("あ" * (MOST_CHARACTERS + 1)), MARK)


def test_without_a_japanese_font_the_refusal_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, fonts_afterwards: None
) -> None:
    monkeypatch.setattr(typesetting, "KNOWN", ("No Such Family", "Libertinus Serif"))
    look_for_fonts_anew()
    with pytest.raises(NoJapaneseFont) as refused:
        check_font()
    assert "fonts-noto-cjk" in refused.value.ja
    assert "YUIMARU_FONT_PATH" in refused.value.ja


@NEEDS_FONT
def test_fonts_of_a_folder_go_before_the_machines(tmp_path: Path, fonts_afterwards: None) -> None:
    family = typesetting.japanese_family()
    found = [Path(each.path) for each in typst.Fonts().fonts() if each.family == family and each.path]
    (tmp_path / found[0].name).symlink_to(found[0])
    look_for_fonts_in(str(tmp_path))
    assert typesetting.japanese_family() is not None
    assert flat(MARK.line) in pages(pdf(paper("x"), MARK))[0]


@NEEDS_FONT
def test_an_engine_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "SECONDS", 0.001)
    with pytest.raises(DocumentTooSlow):
        pdf(paper("x"), MARK)


async def test_more_than_there_is_room_for_is_told_to_come_again() -> None:
    gate = threading.Event()
    shop = Workshop(at_once=1, waiting=1, seconds=60)
    works = [asyncio.create_task(shop.made(gate.wait)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyDocuments):
        await shop.made(gate.wait)
    gate.set()
    assert await asyncio.gather(*works) == [True, True]
    assert await shop.made(lambda: "room again") == "room again"


async def test_what_takes_too_long_keeps_its_place_until_it_ends() -> None:
    gate = threading.Event()
    shop = Workshop(at_once=1, waiting=0, seconds=0.01)
    with pytest.raises(DocumentTooSlow):
        await shop.made(gate.wait)
    with pytest.raises(TooManyDocuments):
        await shop.made(gate.wait)
    gate.set()
