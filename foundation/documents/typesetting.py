"""Setting a page: one of our layouts and data, by typst; nothing in the data is ever code.

The layouts are ours and read nothing but their data (`sys.inputs.given`, JSON), so a document opens no file and no
connection. The engine runs in a process of its own (`setter`), some 0.2 seconds for a page. The call waits for it:
make it beside the event loop (`WORKSHOP.made`) and outside a transaction.
"""

import io
import json
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from foundation.documents.errors import DocumentTooSlow, NoJapaneseFont
from foundation.documents.watermark import Watermark

HERE = Path(__file__).parent
LAYOUTS = HERE / "layouts"
SECONDS = 25.0
"""After this an engine is ended."""
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
    family: str | None = None
    """What another process found (`use_font`)."""


def look_for_fonts_in(path: str) -> None:
    """Use the fonts of a folder (`YUIMARU_FONT_PATH`) before the machine's; set once, when the service starts."""
    if path != _Place.path:
        _Place.path = path
        look_for_fonts_anew()


def look_for_fonts_anew() -> None:
    """Forget which family was found."""
    japanese_family.cache_clear()


def given_font() -> tuple[str, str | None]:
    """Return the folder of fonts and the family that was found, for a process that is not to look for them again."""
    return _Place.path, japanese_family()


def use_font(path: str, family: str | None) -> None:
    """Take another process's word for the font: called in a process of one task alone."""
    _Place.path, _Place.family = path, family


def check_font() -> None:
    """Raise NoJapaneseFont where no PDF can be made."""
    if japanese_family() is None:
        raise NoJapaneseFont


@cache
def japanese_family() -> str | None:
    """Return the name of the family in which Japanese is set, or None where there is none."""
    if _Place.family is not None:
        return _Place.family
    own = _families(with_machines=False) if _Place.path else []
    present = _families(with_machines=True)
    return next((each for each in [*own, *(each for each in KNOWN if each in present)] if _is_japanese(each)), None)


def typeset(layout: str, data: Mapping[str, Any], mark: Watermark, *, folder: Path = LAYOUTS) -> bytes:
    """Return a PDF in one of our layouts; `folder` is all that the layout could read.

    Raises NoJapaneseFont, DocumentTooSlow.
    """
    check_font()
    given = {**data, "family": japanese_family(), "watermark": _told(mark)}
    return _compiled((LAYOUTS / f"{layout}.typ").read_text(encoding="utf-8"), given, folder)


def _told(mark: Watermark) -> dict[str, str]:
    return {"line": mark.line, "short": mark.short, "number": mark.number, "reader": f"{mark.member} {mark.reader}"}


def _is_japanese(family: str) -> bool:
    source = "#let given = json(bytes(sys.inputs.given))\n#set text(font: given.family, fallback: false)\n#given.text"
    pdf = _compiled(source, {"family": family, "text": SAMPLE}, LAYOUTS)
    return SAMPLE in PdfReader(io.BytesIO(pdf)).pages[0].extract_text()


def _compiled(source: str, given: Mapping[str, Any], folder: Path) -> bytes:
    return _asked({"wants": "pdf", "source": source, "given": given, "root": str(folder), "with_machines": True})


def _families(*, with_machines: bool) -> list[str]:
    return _asked({"wants": "families", "with_machines": with_machines}).decode().splitlines()


def _asked(wanted: Mapping[str, Any]) -> bytes:
    asked = json.dumps({**wanted, "fonts": _Place.path}).encode()
    program = [sys.executable, "-I", str(HERE / "setter.py")]
    try:
        done = subprocess.run(program, input=asked, capture_output=True, check=True, timeout=SECONDS)  # noqa: S603 — our own program, fixed
    except subprocess.TimeoutExpired:
        raise DocumentTooSlow from None
    except subprocess.CalledProcessError as failed:
        raise RuntimeError(f"a document could not be set: {failed.stderr.decode(errors='replace')[-2000:]}") from None
    return done.stdout
