"""The messages people may send, each with what a reader would understand: `corpus_read.txt`, `corpus_person.txt`."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aid.asking.readings import Asked, CodeAlone, Reading, Unread
from aid.asking.vocabulary import LETTERS

HERE = Path(__file__).parent
PERSON = "?"
_LETTERS_OF = {kind: letters for letters, kind in LETTERS.items()}


@dataclass(frozen=True)
class Variant:
    """One message; `meant` is what it says in the letters of the card, or `?` where a person must look."""

    meant: frozenset[str]
    text: str


def variants() -> Iterator[Variant]:
    for name in ("corpus_read.txt", "corpus_person.txt"):
        for row in (HERE / name).read_text(encoding="utf-8").splitlines():
            if row and not row.startswith("# "):
                meant, _, text = row.partition("\t")
                yield Variant(frozenset(meant.split()), text.replace("⏎", "\n"))


def said(reading: Reading) -> frozenset[str]:
    """Return a reading in the corpus's own words."""
    if isinstance(reading, Unread):
        return frozenset({PERSON})
    more = {f"m{reading.municipality}"} if reading.municipality else set()
    if isinstance(reading, CodeAlone):
        return frozenset({"code", reading.code} | more)
    return frozenset(
        {*(f"{_LETTERS_OF[line.kind]}{line.quantity}" for line in reading.lines), *more, *_marks(reading)}
    )


def _marks(asked: Asked) -> Iterator[str]:
    if asked.days is not None:
        yield f"d{asked.days}"
    if asked.place_number is not None:
        yield f"L{asked.place_number}"
    if asked.place is not None:
        yield f"@{asked.place}"
    if asked.code is not None:
        yield f"#{asked.code}"
    if asked.is_urgent:
        yield "!"
