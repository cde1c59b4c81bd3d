"""A workbook with the reader's mark: in the header and footer of every sheet, and in the document's properties.

The parts are edited where they stand and otherwise left as they are: what a library does not know, it would drop.
The mark shows in print and in the page view; on the screen a workbook has no place that cells don't fill.
"""

import html
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from xml.etree import ElementTree as ET
from xml.parsers import expat

from foundation.documents.judging.verdict import Fault, Unfit
from foundation.documents.watermark import Watermark

TYPES, CORE, WORKBOOK, RELATIONS = "[Content_Types].xml", "docProps/core.xml", "xl/workbook.xml", "_rels/.rels"
_SHEET = re.compile(r"spreadsheetml\.(?:worksheet|chartsheet|dialogsheet)\+xml$")
_KEPT_BY_US = {"subject", "keywords", "description"}
BEHIND = frozenset(
    {"rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing"}
    | {"legacyDrawing", "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems"}
    | {"tableParts", "extLst"}
)
"""What comes after headerFooter in a sheet (ECMA-376, 18.3.1.99)."""
LONGEST = 220
"""Characters of a header: Excel takes 255, its own marks included."""
NAMESPACES = (
    'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def stamp_workbook(content: bytes, mark: Watermark) -> bytes:
    """Return a workbook that `judging.workbook` let pass, with the watermark. Raises Unfit where it can't be put."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        parts = {each.filename: archive.read(each) for each in archive.infolist()}
    try:
        sheets = list(_sheets(parts))
        if not sheets or len(sheets) < len(_named(parts[WORKBOOK])):
            raise Unfit(Fault.DAMAGED)
        parts |= {name: _with_header(parts[name], mark) for name in sheets}
        parts |= _properties(parts, mark)
    except (expat.ExpatError, ET.ParseError, KeyError):
        raise Unfit(Fault.DAMAGED) from None
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return written.getvalue()


def _sheets(parts: Mapping[str, bytes]) -> Iterator[str]:
    """Yield the names of the parts that are sheets, as the package itself says."""
    for each in ET.fromstring(parts[TYPES]):  # noqa: S314 — judged before: without entities
        if _SHEET.search(each.get("ContentType", "")):
            yield each.attrib["PartName"].lstrip("/")


def _named(workbook: bytes) -> list[ET.Element]:
    return list(ET.fromstring(workbook).iterfind("{*}sheets/{*}sheet"))  # noqa: S314 — the same


@dataclass(slots=True)
class _Child:
    name: str
    start: int
    end: int = -1


@dataclass(slots=True)
class _Outline:
    """Where the parts below an XML document's root begin and end, in bytes."""

    root: str = ""
    end: int = -1
    children: list[_Child] = field(default_factory=list)


def _outline(part: bytes) -> _Outline:
    found, depth = _Outline(), 0
    parser = expat.ParserCreate()

    def begin(name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth == 1:
            found.root = name
        elif depth == 2:  # noqa: PLR2004 — right below the root
            found.children.append(_Child(name, parser.CurrentByteIndex))

    def end(_name: str) -> None:
        nonlocal depth
        if depth == 1:
            found.end = parser.CurrentByteIndex
        elif depth == 2:  # noqa: PLR2004 — right below the root
            found.children[-1].end = part.index(b">", parser.CurrentByteIndex) + 1
        depth -= 1

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.Parse(part, True)
    return found


def _with_header(sheet: bytes, mark: Watermark) -> bytes:
    outline = _outline(sheet)
    prefix = outline.root.rpartition(":")[0]
    prefix = f"{prefix}:" if prefix else ""
    line = html.escape("&C&8 " + _line(mark).replace("&", "&&"), quote=False)
    told = "".join(f"<{prefix}{name}>{line}</{prefix}{name}>" for name in ("oddHeader", "oddFooter"))
    header = f"<{prefix}headerFooter>{told}</{prefix}headerFooter>"
    at = next((each.start for each in outline.children if _local(each.name) in BEHIND), outline.end)
    old = [each for each in outline.children if _local(each.name) == "headerFooter"]
    return _cut(sheet[:at], old) + header.encode() + sheet[at:]


def _line(mark: Watermark) -> str:
    return mark.line if len(mark.line) <= LONGEST else f"{mark.line[: LONGEST - 40]}… {mark.number}"


def _cut(part: bytes, children: list[_Child]) -> bytes:
    for each in reversed(children):
        part = part[: each.start] + part[each.end :]
    return part


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _properties(parts: Mapping[str, bytes], mark: Watermark) -> dict[str, bytes]:
    """Return the parts with the document's properties: the number among the keywords, the line as subject."""
    words = {"dc:subject": mark.line, "cp:keywords": mark.number}
    told = "".join(
        f"<{name} {NAMESPACES}>{html.escape(text, quote=False)}</{name}>" for name, text in words.items()
    ).encode()
    if (core := parts.get(CORE)) is None:
        return _new_properties(parts, told)
    outline = _outline(core)
    old = [each for each in outline.children if _local(each.name) in _KEPT_BY_US]
    if core[outline.end : outline.end + 2] != b"</":
        raise Unfit(Fault.DAMAGED)
    return {CORE: _cut(core[: outline.end], old) + told + core[outline.end :]}


def _new_properties(parts: Mapping[str, bytes], told: bytes) -> dict[str, bytes]:
    package = "http://schemas.openxmlformats.org/package/2006"
    override = (
        f'<Override xmlns="{package}/content-types" PartName="/{CORE}" '
        'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
    )
    link = (
        f'<Relationship xmlns="{package}/relationships" Id="rIdMark" '
        f'Type="{package}/relationships/metadata/core-properties" Target="{CORE}"/>'
    )
    return {
        TYPES: _appended(parts[TYPES], override),
        RELATIONS: _appended(parts[RELATIONS], link),
        CORE: f"<cp:coreProperties {NAMESPACES}>".encode() + told + b"</cp:coreProperties>",
    }


def _appended(part: bytes, child: str) -> bytes:
    at = _outline(part).end
    return part[:at] + child.encode() + part[at:]
