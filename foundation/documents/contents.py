"""What a file really is: judged by its bytes, never by its name or by what its sender calls it (ASVS 5.2.2).

Taken are PDF, PNG, JPEG, XLSX, plain text and CSV that are whole, passive and alone in their bytes: whoever opens
one later opens nothing else with it. What is judged here is read by parsers, so it is done apart (`apart.py`).
"""

from io import BytesIO
from zipfile import is_zipfile

from foundation.documents.judging import pdf, picture, plain, workbook
from foundation.documents.judging.verdict import ContentKind as ContentKind
from foundation.documents.judging.verdict import Fault as Fault
from foundation.documents.judging.verdict import Judged as Judged
from foundation.documents.judging.verdict import Unfit as Unfit

PDF = b"%PDF-"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OTHERS = {
    OLE: Fault.OLD_OFFICE,
    b"MZ": Fault.PROGRAM,
    b"\x7fELF": Fault.PROGRAM,
    b"GIF8": Fault.OTHER_PICTURE,
    b"BM": Fault.OTHER_PICTURE,
    b"II*\0": Fault.OTHER_PICTURE,
    b"MM\0*": Fault.OTHER_PICTURE,
    b"RIFF": Fault.OTHER_PICTURE,
    b"\0\0\0\x18ftyp": Fault.OTHER_PICTURE,
    b"\0\0\0\x1cftyp": Fault.OTHER_PICTURE,
    b"\0\0\0\x20ftyp": Fault.OTHER_PICTURE,
    b"\0\0\0\x24ftyp": Fault.OTHER_PICTURE,
    b"PK": Fault.OTHER_OFFICE,
}
"""What other files begin with, so that the refusal says what to do with them."""


def judge(content: bytes) -> Judged:
    """Return what a file is, with the text in it. Raises Unfit with the fault and its remedy."""
    if not content.strip():
        raise Unfit(Fault.EMPTY)
    if content.startswith(workbook.ZIP):
        return Judged(ContentKind.XLSX, workbook.check(content))
    if is_zipfile(BytesIO(content)):
        raise Unfit(Fault.APPENDED)
    if content.startswith(PDF):
        return Judged(ContentKind.PDF, pdf.check(content))
    for kind, start in ((ContentKind.PNG, picture.PNG), (ContentKind.JPEG, picture.JPEG)):
        if content.startswith(start):
            picture.check(content, kind)
            return Judged(kind)
    if PDF in content[:1024]:
        raise Unfit(Fault.APPENDED)
    return _as_text(content)


def _as_text(content: bytes) -> Judged:
    try:
        return plain.read(content)
    except Unfit as unfit:
        if unfit.fault is Fault.UNKNOWN:
            raise Unfit(_other(content)) from None
        raise


def _other(content: bytes) -> Fault:
    return next((fault for start, fault in OTHERS.items() if content.startswith(start)), Fault.UNKNOWN)
