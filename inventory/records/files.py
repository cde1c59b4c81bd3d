"""A member's table as a file that people bring or take: CSV in UTF-8 or CP932, or a workbook."""

import base64
import binascii
from collections.abc import Iterator, Sequence

from foundation.documents import sheets, sheets_in
from foundation.documents.apart import rows_apart
from foundation.documents.sheets import Sheet
from foundation.problems import FieldError
from inventory.errors import InvalidRecord
from inventory.records import tables
from inventory.records.kinds import RecordKind

MOST_NAMED = 10
"""Of what a workbook does not keep."""
REASONS = {
    "old-or-locked": (
        "古い形式 (.xls) か、パスワードのかかった Excel です。パスワードを外し、.xlsx で保存し直してください。",
        "This is an old .xls or a workbook under a password. Remove the password and save it as .xlsx.",
    ),
    "not-a-workbook": (
        "Excel ブック (.xlsx) として読めません。壊れていないか確かめ、.xlsx で保存し直してください。",
        "This can't be read as .xlsx. See that it is whole and save it as .xlsx again.",
    ),
    "macros": (
        "マクロを含む Excel は取り込めません。マクロなしの .xlsx で保存し直してください。",
        "A workbook with macros is not taken. Save it as .xlsx without macros.",
    ),
    "links": (
        "ほかのファイルへのリンクがある Excel は取り込めません。値だけを新しいブックに貼り付けてください。",
        "A workbook with links to other files is not taken. Paste the values alone into a new one.",
    ),
    "objects": (
        "ほかの文書や部品を埋め込んだ Excel は取り込めません。表だけを新しいブックに貼り付けてください。",
        "A workbook with embedded objects is not taken. Paste the table alone into a new one.",
    ),
    "too-large": (
        "Excel の中身が大きすぎます。表だけを新しいブックに貼り付けて、取り込んでください。",
        "The workbook is too large inside. Paste the table alone into a new one.",
    ),
    "too-many-cells": (
        "{cell} まで使われています。表の右と下にある余分な行と列を削除してください。",
        "Cells are used up to {cell}. Delete the rows and columns beyond the table.",
    ),
    "formula": (
        "{cell} に数式があります。コピーして「値として貼り付け」をしてから、取り込んでください。",
        "There is a formula in {cell}. Copy it and paste it as a value first.",
    ),
    "no-sheet": (
        "シートがありません。出力した Excel を使ってください。",
        "It has no sheet. Use an exported file.",
    ),
}
"""Why a workbook is not read, and what helps."""


def lines_in(kind: RecordKind, content: str) -> Iterator[tables.Line]:
    """Yield the lines of a file in Base64, whatever it is; a workbook is read apart. Raises InvalidRecord."""
    brought = _bytes(content)
    if not sheets_in.is_workbook(brought):
        yield from tables.lines_of(_decoded(brought))
        return
    try:
        for number, cells in rows_apart(brought, kind.label):
            yield tables.Line(number, cells)
    except sheets_in.UnreadableSheet as why:
        texts = (each.format(cell=why.cell) for each in REASONS[why.reason])
        raise InvalidRecord(FieldError("/content", why.reason, *texts)) from None


def check_fit(pages: Sequence[Sheet]) -> None:
    """Raise InvalidRecord where sheets hold what no workbook keeps."""
    texts = [cell for page in pages for row in page.rows for cell in row if isinstance(cell, str)]
    lacking = [f"U+{ord(each):04X}" for each in sorted({each for text in texts for each in sheets.unfit(text)})]
    lacking += sorted({found for text in texts if (found := sheets.unkept(text))})
    if lacking:
        codes = "、".join(lacking[:MOST_NAMED])
        raise InvalidRecord(
            FieldError(
                "/query/format",
                "not-in-xlsx",
                f"Excel で表せない文字があります: {codes}。ほかの形式で出力してください。",
                f"A workbook can't hold {codes}; choose another format.",
            )
        )


def in_cp932(text: str) -> bytes:
    """Return a text in CP932. Raises InvalidRecord that names what it has not."""
    try:
        return text.encode("cp932")
    except UnicodeEncodeError:
        lacking = "".join(sorted({each for each in text if not _fits(each)}))[:50]
        raise InvalidRecord(
            FieldError(
                "/query/encoding",
                "not-in-cp932",
                f"CP932 にない文字があります: {lacking}。UTF-8 で出力してください。",
                f"CP932 has no {lacking}; export in UTF-8.",
            )
        ) from None


def told_in_cp932(text: str) -> str:
    """Return a text whose characters CP932 all has: 〓 stands, as in print, for those it has not."""
    return "".join(each if _fits(each) else "〓" for each in text)


def _fits(character: str) -> bool:
    try:
        character.encode("cp932")
    except UnicodeEncodeError:
        return False
    return True


def _bytes(content: str) -> bytes:
    try:
        return base64.b64decode("".join(content.split()), validate=True)
    except binascii.Error:
        raise InvalidRecord(
            FieldError("/content", "base64", "Base64 で送ってください。", "Send the file as Base64.")
        ) from None


def _decoded(content: bytes) -> str:
    """Return a CSV file's text, in UTF-8 or else CP932. Raises InvalidRecord."""
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidRecord(
        FieldError(
            "/content",
            "encoding",
            "Excel ブック (.xlsx) か、UTF-8 または CP932 (Shift_JIS) の CSV にしてください。",
            "Send a workbook (.xlsx), or CSV in UTF-8 or CP932.",
        )
    )
