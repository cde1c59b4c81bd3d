"""No place for passwords, in files neither: the text that can be read in one is searched like a record's fields."""

from collections.abc import Iterator

from foundation.problems import FieldError
from foundation.uploads import FILE
from inventory.errors import InvalidAttachment
from inventory.secrets import Secret, looks_like

PIECE = 65_536
"""Characters that are looked through at a stretch: others get their turn in between."""
OVERLAP = 2
"""Lines that two pieces have in common: a word for a password may stand on the line before it."""


def secret_refusal(text: str) -> FieldError | None:
    """Return the refusal of a file whose text seems to hold a secret, or None."""
    found = secret_in(text)
    return None if found is None else _refusal(f"/{FILE}", "ファイルの中", found)


def check_title(title: str | None) -> None:
    """Raise InvalidAttachment where a title holds a secret."""
    if title is not None and (found := looks_like(title)):
        raise InvalidAttachment(_refusal("/title", "表題", found))


def secret_in(text: str) -> Secret | None:
    """Return what kind of secret a long text seems to hold, or None."""
    return next((found for piece in _pieces(text) if (found := looks_like(piece))), None)


def _pieces(text: str) -> Iterator[str]:
    kept: list[str] = []
    length = 0
    for line in _lines(text):
        kept.append(line)
        length += len(line)
        if length > PIECE:
            yield "".join(kept)
            kept, length = kept[-OVERLAP:], 0
    yield "".join(kept)


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines(keepends=True):
        yield from (line[at : at + PIECE] for at in range(0, len(line), PIECE))


def _refusal(pointer: str, where: str, found: Secret) -> FieldError:
    words = found.value.replace("_", " ")
    return FieldError(
        pointer,
        "looks-like-secret",
        f"{where}に{found.ja}と思われる文字列があります。消してから登録し、"
        "だれが保管しているか、どの封筒に入っているかを書いてください。",
        f"This seems to hold a secret ({words}). Remove it; write who keeps it or in which envelope it lies.",
    )
