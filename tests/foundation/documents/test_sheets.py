"""Workbooks go out without formulas and with the reader's mark; what comes in is looked through first."""

import html
import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.documents import sheets, sheets_in
from foundation.documents.apart import rows_apart
from foundation.documents.sheets import NOT_KEPT, NOTICE, Cell, Sheet, workbook
from foundation.documents.sheets_in import LAST_ROW, UnreadableSheet, rows
from foundation.documents.watermark import Watermark

MARK = Watermark("髙﨑 & 葛󠄀城", "𠮷野市", datetime(2026, 11, 22, 5, 5, tzinfo=UTC), "261122-K7M2-9QXD", "【訓練】")
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters=NOT_KEPT + "\x00"), max_size=30),
    st.sampled_from(["=1+1", "{=1}", "013048", "_x000D_", "a\r\nb", " x ", "https://a.jp", "TRUE", "1e5", "葛󠄀"]),
)
"""XML has no way to write U+FFFE and U+FFFF."""


def made(*cells: list[Cell], title: str = "表") -> bytes:
    return workbook([Sheet(title, ["甲", "乙", "丙"], cells)], MARK, with_notice=False)


def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {each: file.read(each) for each in file.namelist()}


def packed(found: dict[str, bytes]) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as file:
        for name, part in found.items():
            file.writestr(name, part)
    return kept.getvalue()


def changed(name: str, how: Callable[[bytes], bytes]) -> bytes:
    found = parts(made(["x", None, None]))
    return packed({**found, name: how(found.get(name, b""))})


SHEET = "xl/worksheets/sheet1.xml"
CELL = b'<c r="%s" t="inlineStr"><is><t>x</t></is></c>'


def with_cell(cell: bytes) -> bytes:
    return changed(SHEET, lambda part: part.replace(b"</row>", cell + b"</row>", 1))


def with_row(number: bytes) -> bytes:
    """Return a table whose second row says that it is another, and whose cells don't say where they stand."""
    return changed(
        SHEET, lambda part: part.replace(b'<row r="2"', b'<row r="%s"' % number).replace(b'<c r="A2"', b"<c")
    )


@given(st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1, max_size=4))
def test_texts_come_back_as_they_were(table: list[list[str]]) -> None:
    content = made(*(list(each) for each in table))
    found = [cells for _, cells in rows(content, "表")][1:]
    wanted = [*table, *[["", "", ""]] * len(table)]
    assert [[*each, "", "", ""][:3] for each in found] == wanted[: len(found)]
    assert not any("".join(each) for each in table[len(found) :])


def test_numbers_days_and_codes_are_what_they_are() -> None:
    content = workbook([Sheet("表", ["甲", "乙", "丙"], [["013048", 12, date(2026, 2, 10)]])], MARK)
    assert [cells for _, cells in rows(content, "表")][1] == ["013048", "12", "2026-02-10"]
    cell = parts(content)[SHEET]
    assert b"<v>46063</v>" in cell
    assert b't="s"' in cell


@given(TEXTS)
@pytest.mark.asvs("1.2.10")
def test_no_cell_is_a_formula_and_none_is_merged(text: str) -> None:
    for part in parts(made([text, text, text])).values():
        assert b"<f>" not in part
        assert b"mergeCell" not in part


def test_the_mark_stands_on_every_sheet_on_one_of_its_own_and_in_the_properties() -> None:
    found = parts(workbook([Sheet("甲", ["x"], []), Sheet("乙", ["x"], [])], MARK))
    pages = [part.decode() for name, part in found.items() if name.startswith("xl/worksheets/sheet")]
    assert len(pages) == 3
    assert all(MARK.number in page and "髙﨑 ＆ 葛󠄀城" in page for page in pages)
    assert all(MARK.number in found["docProps/core.xml"].decode() for _ in "x")
    assert NOTICE in found["xl/workbook.xml"].decode()


def test_a_long_name_leaves_the_number_in_the_header() -> None:
    mark = Watermark("長" * 200, "町" * 200, MARK.at, MARK.number)
    page = parts(workbook([Sheet("甲", ["x"], [])], mark))[SHEET].decode()
    header = html.unescape(page.partition("<oddHeader>")[2].partition("</oddHeader>")[0])
    assert len(header) <= 255
    assert MARK.number in header


def test_the_sheet_of_the_title_is_read_else_the_first() -> None:
    content = workbook([Sheet("説明", ["a"], []), Sheet("表", ["b"], [])], MARK)
    assert [cells for _, cells in rows(content, "表")] == [["b"]]
    assert [cells for _, cells in rows(content, "ない")] == [["a"]]


def bomb() -> bytes:
    return changed("xl/theme/theme1.xml", lambda _: b"<a>" + b" " * 6_000_000 + b"</a>")


def lying() -> bytes:
    """A part that says it is small and is not."""
    content = bytearray(changed(SHEET, lambda part: part + b" " * 100_000))
    size = (len(parts(bytes(content))[SHEET])).to_bytes(4, "little")
    return bytes(content).replace(size, (10).to_bytes(4, "little"))


REFUSED = [
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "old-or-locked"),
    (b"PK\x03\x04 no archive", "not-a-workbook"),
    (
        packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<a/>"}),
        "not-a-workbook",
    ),
    (changed("xl/vbaProject.bin", lambda _: b"x"), "macros"),
    (
        changed(
            "[Content_Types].xml",
            lambda part: part.replace(b"spreadsheetml.sheet.main", b"sheet.macroEnabled.main"),
        ),
        "macros",
    ),
    (changed("xl/externalLinks/externalLink1.xml", lambda _: b"<a/>"), "links"),
    (changed("xl/connections.xml", lambda _: b"<a/>"), "links"),
    (changed("xl/embeddings/oleObject1.bin", lambda _: b"x"), "objects"),
    (packed({f"{number}.xml": b"<a/>" for number in range(101)}), "too-large"),
    (changed("xl/theme/theme1.xml", lambda _: b"<a>" + b" " * 9_000_000 + b"</a>"), "too-large"),
    (bomb(), "too-large"),
    (lying(), "not-a-workbook"),
    (with_cell(b'<c r="D1"><f>1+1</f><v>2</v></c>'), "formula"),
    (with_cell(CELL % b"XFD1048576"), "too-many-cells"),
    (with_cell(CELL % f"A{LAST_ROW + 1}".encode()), "too-many-cells"),
    (with_cell(b"<c/>" * 101), "too-many-cells"),
    (with_cell(CELL % b"A-1"), "not-a-workbook"),
    *((with_row(number), "not-a-workbook") for number in (b"4294967295", b"10000000", b" 9999999", b"+9", b"")),
    (with_row(b"9999999"), "too-many-cells"),
    (changed(SHEET, lambda part: b'<!DOCTYPE a [<!ENTITY x "y">]>' + part.partition(b"?>")[2]), "not-a-workbook"),
    (changed(SHEET, lambda part: part[:-20]), "not-a-workbook"),
    (changed("xl/workbook.xml", lambda part: part.replace(b"<sheet ", b"<page ")), "no-sheet"),
]


def test_what_breaks_the_reader_breaks_another_process() -> None:
    """Such a day ends the reader with what is no Exception (PanicException)."""
    content = made([date(2026, 2, 10)])
    assert [cells[0] for _, cells in rows_apart(content, "表")] == ["甲", "2026-02-10"]
    far = packed({**parts(content), SHEET: parts(content)[SHEET].replace(b"<v>46063</v>", b"<v>-1e300</v>")})
    with pytest.raises(UnreadableSheet) as refused:
        rows_apart(far, "表")
    assert refused.value.reason == "not-a-workbook"


@pytest.mark.parametrize(("content", "reason"), REFUSED, ids=[f"{n}-{each[1]}" for n, each in enumerate(REFUSED)])
def test_what_is_no_plain_table_is_refused_with_its_reason(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableSheet) as refused:
        list(rows(content, "表"))
    assert refused.value.reason == reason


def test_a_formula_is_named_by_its_cell() -> None:
    with pytest.raises(UnreadableSheet) as refused:
        list(rows(with_cell(b'<c r="D1"><f>1+1</f><v>2</v></c>'), "表"))
    assert refused.value.cell == "D1"


def test_a_picture_in_the_book_is_left_aside() -> None:
    content = changed("xl/media/image1.png", lambda _: b"\x89PNG")
    assert [cells[0] for _, cells in rows(content, "表")] == ["甲", "x"]


def broken(content: bytes, places: list[tuple[int, int]]) -> bytes:
    spoilt = bytearray(content)
    for place, byte in places:
        spoilt[place % len(spoilt)] = byte
    return bytes(spoilt)


PLACES = st.lists(st.tuples(st.integers(0, 1_000_000), st.integers(0, 255)), min_size=1, max_size=6)
WHOLE = made(["x", 12, date(2026, 2, 10)])


def is_read_or_refused(content: bytes) -> bool:
    try:
        return len(list(rows(content, "表"))) <= LAST_ROW
    except UnreadableSheet:
        return True


@given(PLACES)
def test_a_broken_workbook_is_refused_and_never_an_accident(places: list[tuple[int, int]]) -> None:
    assert is_read_or_refused(broken(WHOLE, places))


@given(st.sampled_from(sorted(parts(WHOLE))), PLACES)
def test_so_is_one_whose_parts_are_broken(name: str, places: list[tuple[int, int]]) -> None:
    found = parts(WHOLE)
    assert is_read_or_refused(packed({**found, name: broken(found[name], places)}))


@given(st.sampled_from([SHEET, "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml"]), st.data())
def test_so_is_one_whose_numbers_are_others(name: str, data: st.DataObject) -> None:
    found = parts(WHOLE)
    pieces = re.split(rb'(?<=")([A-Z]*[0-9]+)(?=")|(?<=<v>)([^<]+)(?=<)', found[name])
    wild = st.sampled_from(
        [b"", b"-1", b"99999999999999999999", b"A0", b"ZZZ1", b"1.5e308", b"NaN", b"A1:XFD1048576"]
    )
    spoilt = [
        data.draw(wild) if number % 3 and data.draw(st.booleans()) else each or b""
        for number, each in enumerate(pieces)
    ]
    assert is_read_or_refused(packed({**found, name: b"".join(spoilt)}))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5.0, "5"),
        (2.5, "2.5"),
        (True, "はい"),
        (datetime(2026, 2, 10), "2026-02-10"),  # noqa: DTZ001 — as a workbook has it
        (datetime(2026, 2, 10, 9, 30), "2026-02-10T09:30:00"),  # noqa: DTZ001 — as a workbook has it
        (date(2026, 2, 10), "2026-02-10"),
        ("013048", "013048"),
    ],
)
def test_a_cell_says_what_a_person_would_type(value: sheets_in.Value, text: str) -> None:
    assert sheets_in.text_of(value) == text


def test_escapes_that_share_a_stroke_are_named_for_they_would_come_back_changed() -> None:
    for text in ("_x005F_x0041_", "_x0041_", "_x0041__x0042_", "x_x0041"):
        is_kept = next(cells[0] for number, cells in rows(made([text]), "表") if number == 2) == text
        assert is_kept is (sheets.unkept(text) == ""), text
