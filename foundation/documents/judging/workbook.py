"""XLSX: a workbook alone: no macros, nothing embedded, no links to other files, and no bomb."""

import re
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from xml.etree import ElementTree as ET

from python_calamine import CalamineWorkbook

from foundation.documents.judging.parts import PartReader
from foundation.documents.judging.plain import MOST_TEXT, as_text
from foundation.documents.judging.verdict import Fault, Unfit

ZIP = b"PK\x03\x04"
END = b"PK\x05\x06"
END_LENGTH = 22
MOST_ENTRIES = 2_000
MOST_BYTES = 100 * 1024 * 1024
MOST_RATIO = 200
"""Sheets of many like cells are packed to a hundredth; a bomb to a thousandth."""
SMALL = 1024 * 1024
TYPES = "[Content_Types].xml"
WORKBOOK = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_MACRO = re.compile(rb"macroEnabled|vbaProject|ms-excel\.(?:intlmacrosheet|macrosheet)", re.IGNORECASE)
_EMBEDDED = re.compile(r"xl/(?:embeddings|activex|ctrlprops|model)/|oleobject|\.(?:exe|dll|js|vbs|html?|svg|zip)$")
_EXTERNAL = re.compile(r"xl/(?:externallinks|querytables)/|xl/connections\.xml|xl/webextensions/|customui/")
_ENTITY = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_FOREIGN = re.compile(rb"""\A[^<]*<\?xml[^>]*encoding\s*=\s*["'](?!utf-8["']|us-ascii["'])""", re.IGNORECASE)
"""In another encoding an entity would not be seen here, and be read all the same."""
_TAG = re.compile(rb"<[^<>]*>")
XML = (".xml", ".rels")


def check(content: bytes) -> str:
    """Return the text of a workbook: of its cells, then of all that stands beside and behind them. Raises Unfit."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
            _check_frame(content, entries)
            _check_names([each.filename for each in entries])
            said, shared = _check_parts({each.filename: archive.read(each) for each in entries})
        text, cells = _text(content)
        return "\n".join((text, said, *_unseen(shared, cells)))
    except (Unfit, MemoryError):
        raise
    except Exception:  # noqa: BLE001 — whatever its parsers stumble over is no workbook to keep
        raise Unfit(Fault.DAMAGED) from None


def _check_frame(content: bytes, entries: list[zipfile.ZipInfo]) -> None:
    """Look at the archive before anything is unpacked."""
    if content[-END_LENGTH : -END_LENGTH + 4] != END or min((each.header_offset for each in entries), default=1):
        raise Unfit(Fault.APPENDED)
    if any(each.flag_bits & 1 for each in entries):
        raise Unfit(Fault.ENCRYPTED)
    unpacked = sum(each.file_size for each in entries)
    is_dense = any(
        each.file_size > SMALL and each.file_size > MOST_RATIO * max(each.compress_size, 1) for each in entries
    )
    if len(entries) > MOST_ENTRIES or unpacked > MOST_BYTES or is_dense:
        raise Unfit(Fault.BOMB)


def _check_names(names: list[str]) -> None:
    lower = [name.lower() for name in names]
    if len(set(lower)) < len(lower) or any(_leads_out(name) for name in lower):
        raise Unfit(Fault.DAMAGED)
    if TYPES not in names or "xl/workbook.xml" not in lower:
        raise Unfit(Fault.OTHER_OFFICE)
    if any("vbaproject" in name or "macrosheets/" in name for name in lower):
        raise Unfit(Fault.MACRO)
    if any(_EMBEDDED.search(name) for name in lower):
        raise Unfit(Fault.EMBEDDED)
    if any(_EXTERNAL.search(name) for name in lower):
        raise Unfit(Fault.EXTERNAL)


def _leads_out(name: str) -> bool:
    return "\\" in name or ":" in name or name.startswith("/") or ".." in name.split("/") or "\0" in name


def _check_parts(parts: Mapping[str, bytes]) -> tuple[str, list[str]]:
    """Return what stands beside the cells (comments, drawings, headers, in formulas), and shared texts."""
    kinds = parts[TYPES]
    if _MACRO.search(kinds):
        raise Unfit(Fault.MACRO)
    if WORKBOOK not in kinds:
        raise Unfit(Fault.OTHER_OFFICE)
    said: list[str] = []
    shared: list[str] = []
    for name, part in parts.items():
        if not name.lower().endswith((".xml", ".rels", ".vml")):
            continue
        if b"\0" in part or _ENTITY.search(part) or _FOREIGN.search(part):
            raise Unfit(Fault.DAMAGED)
        if name.lower().endswith(XML):
            reader = PartReader()
            said.append(reader.read(part))
            shared += reader.shared
        else:
            said.append(_TAG.sub(b"\n", part).decode(errors="replace"))
        if sum(map(len, said)) > MOST_TEXT:
            raise Unfit(Fault.TOO_COMPLEX)
    if any(not name.lower().endswith(("xml", "rels")) for name in _declared_xml(kinds)):
        raise Unfit(Fault.DAMAGED)
    return "\n".join(said), shared


def _unseen(shared: list[str], cells: set[str]) -> list[str]:
    """Return the shared texts that no cell shows."""
    unseen = [each for each in shared if each and each not in cells]
    if sum(map(len, unseen)) > MOST_TEXT:
        raise Unfit(Fault.TOO_COMPLEX)
    return unseen


def _declared_xml(kinds: bytes) -> Iterator[str]:
    """Yield the endings and names of the parts that are XML as the package says, whatever they are called."""
    for each in ET.fromstring(kinds):  # noqa: S314 — what it may expand to is refused before
        if each.get("ContentType", "").lower().endswith("xml"):
            yield each.get("PartName", "") or each.get("Extension", "")


def _text(content: bytes) -> tuple[str, set[str]]:
    """Return the text of all sheets, and what stands in their cells."""
    workbook = CalamineWorkbook.from_filelike(BytesIO(content))
    found: list[str] = []
    cells: set[str] = set()
    for name in workbook.sheet_names:
        rows = [[str(cell) for cell in row] for row in workbook.get_sheet_by_name(name).to_python()]
        found.append(as_text(rows))
        cells.update(*rows)
        if sum(map(len, found)) > MOST_TEXT:
            raise Unfit(Fault.TOO_COMPLEX)
    return "\n".join(found), cells
