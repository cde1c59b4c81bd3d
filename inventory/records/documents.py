"""An inventory taken out to be read: on paper or as a workbook, one's own or, on the record, another member's."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from agreements.marks import watermark_of
from foundation import audit
from foundation.actor import Actor
from foundation.clock import JAPAN
from foundation.documents.pdf import Paper, Section, Table, check_size, pdf
from foundation.documents.sheets import Cell, Sheet, workbook
from foundation.documents.watermark import Watermark
from inventory.catalogue import find
from inventory.errors import NothingToTakeOut
from inventory.records import files, queries
from inventory.records import reading as readings
from inventory.records.exchange import EXPORTED
from inventory.records.fields import Disclosure, type_of
from inventory.records.kinds import RecordKind, words_of
from inventory.records.reading import Reading
from inventory.records.schemas import DocumentFormat, DocumentQuery, RecordView
from inventory.records.tables import cell_of

UNNAMED = "（名称は秘密保持契約を結んだ人に示されます）"
CHECKED = "最終確認日"


@dataclass(frozen=True, slots=True)
class TakenOut:
    """取り出した台帳: whose it is, the reader's mark, and how its file is made: with no transaction open."""

    owner: str
    mark: Watermark
    make: Callable[[Watermark], bytes]

    def made(self) -> bytes:
        """Return the file. Raises NoJapaneseFont."""
        return self.make(self.mark)


def take_out(session: Session, actor: Actor, ref: str, wanted: DocumentQuery) -> TakenOut:
    """Return what the actor may read of an inventory; each record and field of it is kept in the record.

    Raises InvalidReading, MemberNotFound, NothingToTakeOut, DocumentTooLarge, InvalidRecord.
    """
    reading = readings.reading_of(session, actor, ref, wanted)
    views = queries.standing(session, reading, wanted.kind)
    if wanted.format is DocumentFormat.PDF:
        paper = _paper(reading, views)
        check_size(paper)
        make: Callable[[Watermark], bytes] = partial(pdf, paper)
    else:
        pages = [_sheet(reading, kind, of_kind) for kind, of_kind in _by_kind(views)]
        files.check_fit(pages)
        make = partial(workbook, pages)
    return TakenOut(reading.owner.name, _recorded(session, actor, reading, wanted, views), make)


def _recorded(
    session: Session, actor: Actor, reading: Reading, wanted: DocumentQuery, views: Sequence[RecordView]
) -> Watermark:
    """Keep what is taken out: of another member's as of any reading, of the own how many of which kind."""
    if not reading.is_own:
        shown = [queries.shown(each) for each in views]
        mark = readings.record(session, actor, reading, wanted, wanted.format.value, shown)
        if mark is None:
            raise NothingToTakeOut
        return mark
    number = audit.new_number(session)
    kinds = {kind.value: len(of_kind) for kind, of_kind in _by_kind(views)}
    subject = f"inventory:{reading.owner.id}"
    audit.record(session, actor, EXPORTED, subject, number=number, way=wanted.format.value, kinds=kinds)
    return watermark_of(session, actor, number)


def _by_kind(views: Iterable[RecordView]) -> list[tuple[RecordKind, list[RecordView]]]:
    kept = list(views)
    by_kind = [(kind, [each for each in kept if each.kind is kind]) for kind in RecordKind]
    return [each for each in by_kind if each[1]]


def _paper(reading: Reading, views: Sequence[RecordView]) -> Paper:
    by_kind = _by_kind(views)
    counts = "、".join(f"{kind.label} {len(of_kind)}件" for kind, of_kind in by_kind) or "記録はありません"
    lines = [counts]
    if reading.level is Disclosure.GROUP:
        lines.append("秘密保持契約と2つの要素でのサインインがそろっていないため、貸出できる機器だけを示します。")
    sections = [
        Section(f"{kind.label}（{len(of_kind)}件）", [Table(_title(each), list(_rows(each))) for each in of_kind])
        for kind, of_kind in by_kind
    ]
    return Paper(f"{reading.owner.name} 台帳", lines, sections)


def _title(view: RecordView) -> str:
    return (view.name or UNNAMED) + ("（共有しない記録）" if view.is_withheld else "")


def _rows(view: RecordView) -> Iterator[tuple[str, str]]:
    for name, words in words_of(view.kind).items():
        if name != "name" and (cell := _cell(view, name)) is not None:
            yield words.label, str(cell)
    yield CHECKED, str(_checked_on(view))


def _sheet(reading: Reading, kind: RecordKind, views: Sequence[RecordView]) -> Sheet:
    fields = {name: words for name, words in words_of(kind).items() if reading.level.covers(words.disclosure)}
    schema = kind.schema.model_fields
    rows: list[list[Cell]] = [[*(_cell(each, name) for name in fields), _checked_on(each)] for each in views]
    days = {place for place, name in enumerate(fields) if type_of(schema[name]) == "day"} | {len(fields)}
    return Sheet(kind.label, [*(words.label for words in fields.values()), CHECKED], rows, frozenset(days))


def _cell(view: RecordView, name: str) -> Cell:
    """Return what a field says to a reader: a kind of the catalogue by its name."""
    value = view.fields.get(name)
    if name == "kind" and (known := find(str(value))) is not None:
        return known.name_ja
    return cell_of(view.kind.schema.model_fields[name], value)


def _checked_on(view: RecordView) -> Any:
    return view.checked_at.astimezone(JAPAN).date()
