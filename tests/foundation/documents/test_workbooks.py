"""A workbook carries its reader's mark on every sheet, wherever its parts stand, and is otherwise as it was."""

import io
import re
import zipfile
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from python_calamine import CalamineWorkbook

from foundation.documents.contents import ContentKind, judge
from foundation.documents.judging.verdict import Unfit
from foundation.documents.watermark import Watermark
from foundation.documents.workbooks import BEHIND, CORE, TYPES, stamp_workbook
from tests.foundation.documents.samples import repacked, xlsx

MARK = Watermark("髙﨑 <葛城> & 花子", "𠮷野市", datetime(2026, 11, 22, 5, 5, tzinfo=UTC), "261122-K7M2-9QXD")
SHEETS = ("xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml")
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
MARGINS = b'header="0.3" footer="0.3"/>'
FIRST = b"<oddHeader>&amp;Cold</oddHeader><firstHeader>&amp;Cfirst</firstHeader>"
OLD = b'<headerFooter differentFirst="1">' + FIRST + b"</headerFooter>"


def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def header_of(sheet: bytes) -> str:
    """Return the header as it is shown: `&&` stands for one, and the first mark is Excel's own."""
    (found,) = ET.fromstring(sheet).iterfind(f"{MAIN}headerFooter/{MAIN}oddHeader")
    return (found.text or "").removeprefix("&C&8 ").replace("&&", "&")


def test_every_sheet_says_who_reads_it_and_its_cells_stay() -> None:
    marked = stamp_workbook(xlsx(), MARK)
    assert [header_of(parts(marked)[name]) for name in SHEETS] == [MARK.line] * 2
    books = [CalamineWorkbook.from_filelike(io.BytesIO(each)) for each in (marked, xlsx())]
    assert books[0].get_sheet_by_index(0).to_python() == books[1].get_sheet_by_index(0).to_python()
    before, after = parts(xlsx()), parts(marked)
    assert {name for name in before if before[name] != after[name]} == {*SHEETS, CORE}
    assert judge(marked).kind is ContentKind.XLSX


def test_it_stands_where_the_schema_wants_it_in_place_of_the_old_one() -> None:
    old = repacked(xlsx(), edit={SHEETS[1]: (MARGINS, MARGINS + OLD)})
    sheet = parts(stamp_workbook(old, MARK))[SHEETS[1]]
    names = [re.sub("{.*}", "", each.tag) for each in ET.fromstring(sheet)]
    assert names.count("headerFooter") == 1
    assert names.index("headerFooter") < min(names.index(each) for each in BEHIND & set(names))
    assert names.index("headerFooter") > names.index("pageMargins")
    assert header_of(sheet) == MARK.line
    assert b"first" not in sheet


def test_the_properties_name_the_reading_with_or_without_those_that_were_there() -> None:
    titled = repacked(xlsx(), edit={CORE: (b"<dc:creator>", b"<cp:keywords>old</cp:keywords><dc:creator>")})
    kept = parts(xlsx())
    override = re.search(rb'<Override PartName="/docProps/core.xml"[^>]*/>', kept[TYPES])
    relation = re.search(rb"<Relationship [^>]*core-properties[^>]*/>", kept["_rels/.rels"])
    assert override
    assert relation
    bare = without(xlsx(), CORE, {TYPES: override.group(), "_rels/.rels": relation.group()})
    for content in (xlsx(), titled, bare):
        core = parts(stamp_workbook(content, MARK))
        told = [each.text for each in ET.fromstring(core[CORE]) if each.tag.endswith(("keywords", "subject"))]
        assert sorted(map(str, told)) == sorted([MARK.number, MARK.line])
        assert core[TYPES].count(b"/docProps/core.xml") == 1
        assert core["_rels/.rels"].count(b"docProps/core.xml") == 1


def without(content: bytes, name: str, texts: dict[str, bytes]) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        for each, part in parts(content).items():
            if each != name:
                archive.writestr(each, part.replace(texts.get(each, b""), b"") if each in texts else part)
    return kept.getvalue()


def test_a_sheet_that_the_package_does_not_own_up_to_is_not_given_out() -> None:
    hidden = repacked(xlsx(), edit={TYPES: (b"spreadsheetml.worksheet+xml", b"spreadsheetml.other+xml")})
    with pytest.raises(Unfit):
        stamp_workbook(hidden, MARK)


def test_a_long_name_leaves_the_number_in_the_header() -> None:
    mark = Watermark("長" * 200, "市" * 100, MARK.at, MARK.number)
    header = header_of(parts(stamp_workbook(xlsx(), mark))[SHEETS[0]])
    assert header.endswith(MARK.number)
    assert len(header) < 250
