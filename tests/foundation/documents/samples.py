"""Files as people have them, and as somebody might make them: small, and made here."""

import io
import zipfile
from collections.abc import Mapping
from functools import cache
from typing import Any

import xlsxwriter
from PIL import Image
from pypdf import PageObject, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

DIAGRAM = "架空庁舎の構成図"


@cache
def png(width: int = 40, height: int = 30) -> bytes:
    return _picture("PNG", width, height)


@cache
def jpeg(width: int = 40, height: int = 30) -> bytes:
    return _picture("JPEG", width, height)


def _picture(kind: str, width: int, height: int) -> bytes:
    kept = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(kept, kind)
    return kept.getvalue()


def pdf(pages: int = 1, *, password: str | None = None, catalog: Mapping[str, Any] | None = None) -> bytes:
    """Return a PDF of blank pages; `catalog` is written into its root."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_page(PageObject.create_blank_page(width=595, height=842))
    for name, value in (catalog or {}).items():
        writer.root_object[NameObject(name)] = value
    if password is not None:
        writer.encrypt(password)
    return written(writer)


def written(writer: PdfWriter) -> bytes:
    kept = io.BytesIO()
    writer.write(kept)
    return kept.getvalue()


def action(kind: str, **more: str) -> DictionaryObject:
    """Return an action (/S) with texts."""
    found = DictionaryObject({NameObject("/S"): NameObject(kind)})
    found.update({NameObject(f"/{name}"): TextStringObject(text) for name, text in more.items()})
    return found


def xlsx(*rows: list[str]) -> bytes:
    """Return a workbook with one sheet of texts and one with a picture."""
    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept, {"in_memory": True}) as book:
        sheet = book.add_worksheet("機器")
        for number, row in enumerate(rows or (["機器", "場所"], ["スイッチ", "2階"])):
            sheet.write_row(number, 0, row)
        sheet.write_url(20, 0, "https://example.jp/")
        book.add_worksheet("図").insert_image(0, 0, "図.png", {"image_data": io.BytesIO(png())})
    return kept.getvalue()


def repacked(
    content: bytes, *, add: Mapping[str, bytes] | None = None, edit: Mapping[str, tuple[bytes, bytes]] | None = None
) -> bytes:
    """Return a workbook with parts added, or a text in a part put for another."""
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            before, after = (edit or {}).get(name, (b"", b""))
            part = old.read(name)
            assert before in part, name
            new.writestr(name, part.replace(before, after, 1) if before else part)
        for name, part in (add or {}).items():
            new.writestr(name, part)
    return kept.getvalue()
