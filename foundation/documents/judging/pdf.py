"""PDF: whole, readable without a password, and nothing in it that does something."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, StreamObject

from foundation.documents.judging.verdict import MOST_PAGES, Fault, Unfit

MOST_OBJECTS = 200_000
MOST_TEXT = 4_000_000
DEEPEST = 40
ACTING = {
    "/JavaScript",
    "/Launch",
    "/SubmitForm",
    "/ImportData",
    "/Rendition",
    "/Movie",
    "/Sound",
    "/RichMediaExecute",
}
"""What an action (/S) must not be (ISO 32000-2, 12.6.4); a link to a page or to the web is harmless."""
REACHING_OUT = {"/GoToR", "/GoToE"}
OPENING = "/GoTo"
"""The one action that a document may take by itself: to show one of its own pages."""
ACTIVE_KEYS = {"/JS", "/JavaScript", "/XFA", "/AA"}
EMBEDDED_KEYS = {"/EmbeddedFiles", "/EF"}
EMBEDDED_SUBTYPES = {"/FileAttachment", "/RichMedia", "/Screen", "/3D", "/Movie", "/Sound"}
TELLING = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia)(?![A-Za-z])")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_BEGIN = re.compile(rb"%PDF-\d")
_END = re.compile(rb"%%EOF[\s\0]*\Z")


def check(content: bytes) -> str:
    """Return the text of a PDF. Raises Unfit."""
    if not _END.search(content[-2048:]):
        raise Unfit(Fault.APPENDED if b"%%EOF" in content else Fault.DAMAGED)
    if len(_BEGIN.findall(content)) > 1:
        raise Unfit(Fault.APPENDED)
    try:
        reader = _opened(content)
        told = _look_through(reader, content)
        return f"{_text(reader)}\n{told}"
    except (Unfit, MemoryError):
        raise
    except RecursionError:
        raise Unfit(Fault.TOO_COMPLEX) from None
    except Exception:  # noqa: BLE001 — whatever its parser stumbles over is no PDF to keep
        raise Unfit(Fault.DAMAGED) from None


def _opened(content: bytes) -> PdfReader:
    reader = PdfReader(BytesIO(content), strict=False)
    if reader.is_encrypted:
        raise Unfit(Fault.ENCRYPTED)
    if not 0 < len(reader.pages) <= MOST_PAGES:
        raise Unfit(Fault.PAGES if reader.pages else Fault.DAMAGED)
    return reader


def _look_through(reader: PdfReader, content: bytes) -> str:
    """Return what annotations, forms and properties say, in whichever object.

    Raises Unfit where any object does something or holds a file, whether or not a page shows it.
    """
    names = _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), content)
    if found := TELLING.search(names):
        raise Unfit(Fault.EMBEDDED if b"Embedded" in found.group() else Fault.ACTIVE)
    told = _Told()
    _check_value({name: value for name, value in reader.trailer.items() if name != "/ID"}, 0, told)
    for seen, (number, generation) in enumerate(_numbers(reader)):
        if seen >= MOST_OBJECTS:
            raise Unfit(Fault.TOO_COMPLEX)
        _check_value(reader.get_object(IndirectObject(number, generation, reader)), 0, told)
    return "\n".join(told.texts)


def _numbers(reader: PdfReader) -> Iterator[tuple[int, int]]:
    for generation, objects in reader.xref.items():
        yield from ((number, generation) for number in objects if number)
    yield from ((number, 0) for number in reader.xref_objStm)


class _Told:
    """The texts in a document's objects, as long as they can be looked through."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._length = 0

    def add(self, text: str) -> None:
        self._length += len(text)
        if self._length > MOST_TEXT:
            raise Unfit(Fault.TOO_COMPLEX)
        self.texts.append(text)


def _check_value(value: Any, depth: int, told: _Told) -> None:
    """Check an object and what is written inside it; what it refers to is an object of its own."""
    if depth > DEEPEST:
        raise Unfit(Fault.TOO_COMPLEX)
    if isinstance(value, DictionaryObject):
        _check_dictionary(value)
        _tell_field(value, told)
    if isinstance(value, dict):
        for each in value.values():
            _check_value(each, depth + 1, told)
    elif isinstance(value, ArrayObject):
        for each in value:
            _check_value(each, depth + 1, told)
    elif isinstance(value, str) and not isinstance(value, NameObject):
        told.add(value)


def _tell_field(found: DictionaryObject, told: _Told) -> None:
    """Tell the value of a form's field below its name, as a heading stands above its value."""
    name, value = _name(found, "/T"), _name(found, "/V")
    if name and value:
        told.add(f"{name}\n{value}\n")


def _check_dictionary(found: DictionaryObject) -> None:
    keys, action = set(found), _name(found, "/S")
    if (
        keys & EMBEDDED_KEYS
        or _name(found, "/Subtype") in EMBEDDED_SUBTYPES
        or _name(found, "/Type") == "/EmbeddedFile"
    ):
        raise Unfit(Fault.EMBEDDED)
    if keys & ACTIVE_KEYS or action in ACTING | REACHING_OUT or _acts_on_opening(found) or _draws_on_the_web(found):
        raise Unfit(Fault.ACTIVE)


def _acts_on_opening(found: DictionaryObject) -> bool:
    """Tell whether a document does more by itself than to show a page; what follows an action (/Next) is one, too."""
    act: Any = found["/OpenAction"] if "/OpenAction" in found else None  # noqa: SIM401 — as in `_name`
    return isinstance(act, DictionaryObject) and (_name(act, "/S") != OPENING or "/Next" in act)


def _draws_on_the_web(found: DictionaryObject) -> bool:
    """Tell whether the bytes of a file or a stream are somewhere else (ISO 32000-2, 7.11.5 and 7.3.8.2)."""
    return _name(found, "/FS") == "/URL" or (isinstance(found, StreamObject) and "/F" in found)


def _name(found: DictionaryObject, key: str) -> str:
    value = found[key] if key in found else None  # noqa: SIM401 — get() would not follow a reference
    return value if isinstance(value, str) else ""


def _text(reader: PdfReader) -> str:
    parts, length = [], 0
    for page in reader.pages:
        part = _text_of(page)
        length += len(part)
        if length > MOST_TEXT:
            raise Unfit(Fault.TOO_COMPLEX)
        parts.append(part)
    return "\n".join(parts)


def _text_of(page: PageObject) -> str:
    """Return a page's text, nothing where its fonts can't be read: a scan has none either."""
    try:
        return page.extract_text()
    except (RecursionError, MemoryError):
        raise
    except Exception:  # noqa: BLE001 — fonts are odd in many ways
        return ""
