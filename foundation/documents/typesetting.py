"""Setting a page: one of our layouts and data, by typst; nothing in the data is ever code.

The layouts are ours and read nothing but their data (`sys.inputs.given`, JSON), so a document opens no file and no
connection. The call takes a moment of the processor without Python's lock: make it beside the event loop
(`workshop.made`) and outside a transaction.
"""

import io
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import typst
from pypdf import PdfReader

from foundation.documents.errors import NoJapaneseFont
from foundation.documents.watermark import Watermark

LAYOUTS = Path(__file__).parent / "layouts"
KNOWN = (
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "Noto Serif CJK JP",
    "IPAmjMincho",
    "IPAexGothic",
    "IPAGothic",
    "BIZ UDGothic",
)
"""Families that are looked for on the machine, the best first; those of `YUIMARU_FONT_PATH` go before them."""
SAMPLE = "日本語のみほん葛城"
"""What a font must have: it is set and read back."""


class _Place:
    path = ""


def look_for_fonts_in(path: str) -> None:
    """Use the fonts of a folder (`YUIMARU_FONT_PATH`) before the machine's; set once, when the service starts."""
    _Place.path = path
    japanese_family.cache_clear()
    _fonts.cache_clear()


def check_font() -> None:
    """Raise NoJapaneseFont where no PDF can be made."""
    if japanese_family() is None:
        raise NoJapaneseFont


@cache
def japanese_family() -> str | None:
    """Return the name of the family in which Japanese is set, or None where there is none."""
    own = _families(_own_fonts()) if _Place.path else []
    known = [each for each in KNOWN if each in _families(_fonts())]
    return next((each for each in [*own, *known] if _is_japanese(each)), None)


def typeset(layout: str, data: Mapping[str, Any], mark: Watermark, *, folder: Path = LAYOUTS) -> bytes:
    """Return a PDF in one of our layouts. `folder` is all that the layout could read. Raises NoJapaneseFont."""
    check_font()
    given = {**data, "family": japanese_family(), "watermark": _told(mark)}
    return _compiled((LAYOUTS / f"{layout}.typ").read_bytes(), given, folder)


def _told(mark: Watermark) -> dict[str, str]:
    return {"line": mark.line, "short": mark.short, "number": mark.number, "reader": f"{mark.member} {mark.reader}"}


def _is_japanese(family: str) -> bool:
    source = (
        b"#let given = json(bytes(sys.inputs.given))\n#set text(font: given.family, fallback: false)\n#given.text"
    )
    pdf = _compiled(source, {"family": family, "text": SAMPLE}, LAYOUTS)
    return SAMPLE in PdfReader(io.BytesIO(pdf)).pages[0].extract_text()


def _compiled(source: bytes, given: Mapping[str, Any], folder: Path) -> bytes:
    compiler = typst.Compiler(
        source,
        root=str(folder),
        font_paths=_fonts(),
        sys_inputs={"given": json.dumps(given, ensure_ascii=False)},
    )
    pdf = compiler.compile(format="pdf")
    assert isinstance(pdf, bytes)
    return pdf


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(font_paths=[_Place.path] if _Place.path else [])


def _own_fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[_Place.path])


def _families(fonts: typst.Fonts) -> list[str]:
    return fonts.families()
