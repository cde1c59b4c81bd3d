"""What comes as a form with one file (multipart/form-data): held in memory, never on a disk in plain."""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from foundation.problems import FieldError, Invalid, WrongType
from foundation.repeats import repeated_names

FILE = "file"
"""The name of the form's field that holds the file."""
FORM = "multipart/form-data"
MOST_FIELDS = 16
LONGEST_FIELD = 32_768
LONGEST_NAME = 200
OVERHEAD = 65_536
"""Bytes of a form beside its file: fields, names, boundaries."""

FILE_MISSING = FieldError(
    f"/{FILE}", "missing", "ファイルを1つ選んで添付してください。", "Give one file in the field `file`."
)
NO_FORM = FieldError(
    "/",
    "form",
    f"フォーム ({FORM}) として読めません。ファイルは1つだけ、file の欄に入れて送ってください。",
    f"This is no form ({FORM}) with one file in the field `file`.",
)


@dataclass(frozen=True, slots=True)
class Upload:
    """送られたファイル: its bytes, and its name as the sender's machine called it, which proves nothing."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """送られたフォーム: its fields as texts (what was left empty is not there), and its file."""

    fields: Mapping[str, str]
    upload: Upload

    def digested(self) -> bytes:
        """Return what tells this form from another: a repeat has another boundary between the same parts."""
        parts = [dict(self.fields), self.upload.name, hashlib.sha256(self.upload.content).hexdigest()]
        return json.dumps(parts, sort_keys=True).encode()


class _InMemory(MultiPartParser):
    """Starlette would write files of more than a megabyte into the directory for temporary files."""

    spool_max_size = 2**62


async def read_form(request: Request) -> Form:
    """Return the form that a request brings. Raises WrongType, Invalid."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise WrongType(expected=FORM)
    parser = _InMemory(
        request.headers, request.stream(), max_files=1, max_fields=MOST_FIELDS, max_part_size=LONGEST_FIELD
    )
    try:
        form = await parser.parse()
    except (MultiPartException, UnicodeError, LookupError):  # a charset of the sender's choice, known or not
        raise Invalid(NO_FORM) from None
    try:
        file = form.get(FILE)
        if not isinstance(file, UploadFile):
            raise Invalid(FILE_MISSING)
        if repeated := repeated_names(name for name, _ in form.multi_items()):
            raise Invalid(*repeated)
        fields = {name: value for name, value in form.items() if isinstance(value, str) and value}
        return Form(fields, Upload(_plain_name(file.filename or ""), await file.read()))
    finally:
        await form.close()


def _plain_name(name: str) -> str:
    """Return the last part of a path, without what no file should be called."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(each for each in unicodedata.normalize("NFC", last) if unicodedata.category(each)[0] != "C")
    return kept[-LONGEST_NAME:] or FILE
