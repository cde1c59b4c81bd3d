"""What goes in and out at the operations on a member's inventory."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, JsonValue, StringConstraints

from foundation.audit import AuditNumber
from foundation.fields import Day, Line, Moment, Ref, Schema, View
from foundation.paging import PageQuery
from inventory.records.fields import Disclosure, FieldType
from inventory.records.kinds import RecordKind
from inventory.records.models import Change

Fields = Annotated[dict[str, JsonValue], Field(max_length=80)]
"""The fields of a record by name; which there are says `GET /api/record-kinds`."""


class Purpose(StrEnum):
    """閲覧の目的: why somebody reads another member's inventory; `emergency` is what a 緊急閲覧 is kept as."""

    PLANNING = "planning"
    DRILL = "drill"
    INCIDENT = "incident"
    EMERGENCY = "emergency"

    @property
    def label(self) -> str:
        return {"planning": "検討", "drill": "訓練", "incident": "災害", "emergency": "緊急閲覧"}[self.value]


class Lack(StrEnum):
    """不足: what keeps a reader from what lies under NDA."""

    NDA = "nda"
    SECOND_FACTOR = "second_factor"


class ChoiceView(View):
    """選択肢: a value and its Japanese words."""

    value: str
    label: str


class FieldView(View):
    """台帳の項目: how a field is called, what it takes and who sees it."""

    name: str
    label: str
    type: FieldType
    is_required: bool
    disclosure: Disclosure
    choices: list[ChoiceView]


class RecordKindView(View):
    """台帳の種別: what is written down of one kind of thing."""

    kind: RecordKind
    label: str
    fields: list[FieldView]


class RecordKindsView(View):
    """台帳の種別の一覧: in one page."""

    items: list[RecordKindView]


class RecordDraft(Schema):
    """台帳の登録: `fields` as the kind has them; all but the name may come later."""

    kind: RecordKind
    fields: Fields
    is_withheld: bool = False
    note: Line | None = None


class RecordChange(Schema):
    """台帳の変更: what is left out stays, null empties a field. A withheld record is shared with nobody."""

    fields: Fields = Field(default_factory=dict)
    is_withheld: bool | None = None
    note: Line | None = None


class NoteDraft(Schema):
    """台帳の確認・廃止・復活: with a note, if there is something to say."""

    note: Line | None = None


class Grounds(Schema):
    """閲覧の理由: another member's inventory is read for a group and a purpose, which are recorded.

    `incident` says for which disaster, where that is the purpose. One's own is read without any of it.
    """

    group: Ref | None = None
    purpose: Purpose | None = None
    incident: Ref | None = None
    reason: Line | None = None


class ReadingQuery(PageQuery, Grounds):
    """閲覧の条件: the grounds, and where in a list.

    By an emergency access (緊急閲覧), named in `access`, it is read for what was stated when that was asked for.
    """

    access: Ref | None = None


class RecordQuery(ReadingQuery):
    """台帳の記録の閲覧: as it was at an instant, or as it is."""

    at: Moment | None = None


class RecordsQuery(RecordQuery):
    """台帳の絞り込み: by kind; one's own also with what is retired."""

    kind: RecordKind | None = None
    is_retired: bool | None = None


class WatermarkView(View):
    """透かし: by whom, when and under which number of the record this was read; `text` is all of it in one line."""

    reader: str
    member: str
    at: datetime
    number: str
    text: str


class RecordView(View):
    """台帳の記録: the fields that the reader may see, at their `level`.

    What concerns the owner alone (who checked, what is withheld) is null for others; so is the name without an NDA.
    `change` is what the newest revision did, `checked_at` when somebody thereby said that all of it is true.
    `watermark` stands where another member's record is read by itself; in a list the list has it.
    """

    id: str
    member: str
    municipality: str | None
    kind: RecordKind
    name: str | None
    fields: dict[str, Any]
    level: Disclosure
    is_retired: bool
    is_withheld: bool | None
    change: Change
    checked_at: datetime
    checked_by: str | None
    version: int
    watermark: WatermarkView | None = None


class RecordsView(View):
    """台帳の一覧: a page of records; `lacking` says what keeps the reader from seeing more."""

    items: list[RecordView]
    next: str | None
    level: Disclosure
    lacking: list[Lack]
    watermark: WatermarkView | None = None


class RevisionView(View):
    """台帳の履歴: what a record said from then on; who made it and why is shown to the owner."""

    record: str
    number: int
    change: Change
    fields: dict[str, Any]
    made_at: datetime
    made_by: str | None
    made_by_name: str | None
    note: str | None
    is_withheld: bool | None


class RevisionsView(View):
    """履歴の一覧: a record's revisions, the oldest first, a page at a time."""

    items: list[RevisionView]
    next: str | None
    level: Disclosure
    watermark: WatermarkView | None = None


class CheckView(View):
    """台帳の確認: how many records somebody said are true, and when."""

    member: str
    records: int
    checked_at: datetime
    checked_by: str


class SharingDraft(Schema):
    """台帳の共有の変更: whether those bound by an NDA in the group may read."""

    is_shared: bool


class SharingView(View):
    """台帳の共有: in which groups a member's inventory is open to those bound by an NDA."""

    group: str
    name: str
    is_shared: bool
    changed_at: datetime | None


class SharingsView(View):
    """台帳の共有の一覧: one row for each group."""

    items: list[SharingView]


class DisclosedView(View):
    """閲覧された記録: records of one kind and the names of the fields that were shown; never their values."""

    kind: RecordKind
    records: list[str]
    fields: list[str]


class DisclosureView(View):
    """閲覧の記録: who looked at what of a member's inventory, when and why.

    `number` is what stands on what was taken out; `access` names an emergency access.
    """

    id: str
    at: datetime
    person: str
    name: str
    member: str
    municipality: str | None
    member_name: str
    group: str
    level: Disclosure
    nda: str | None
    purpose: Purpose
    incident: str | None
    reason: str | None
    access: str | None
    way: str
    number: str | None
    attachment: str | None
    disclosed: list[DisclosedView]


class DisclosuresView(View):
    """閲覧の記録の一覧: the newest first, a page at a time."""

    items: list[DisclosureView]
    next: str | None


class DisclosuresQuery(PageQuery):
    """閲覧の記録の絞り込み: from a day on and up to one, in Japan."""

    since: Day | None = None
    until: Day | None = None
    number: AuditNumber | None = None


class Encoding(StrEnum):
    """文字コード: in which a file is written; CP932 is what older Excel and business systems read."""

    UTF_8 = "utf-8"
    CP932 = "cp932"


class TableFormat(StrEnum):
    """表の形式: how one's own table goes out, to come in again."""

    CSV = "csv"
    XLSX = "xlsx"


class ExportQuery(Schema):
    """台帳の出力の指定: which kind, as what; the encoding is that of CSV."""

    kind: RecordKind
    format: TableFormat = TableFormat.CSV
    encoding: Encoding = Encoding.UTF_8


class DocumentFormat(StrEnum):
    """文書の形式: how an inventory is taken out to be read."""

    PDF = "pdf"
    XLSX = "xlsx"


class DocumentQuery(Grounds):
    """台帳の文書の指定: one kind or all, on the same grounds as a reading."""

    format: DocumentFormat = DocumentFormat.PDF
    kind: RecordKind | None = None


class ImportDraft(Schema):
    """台帳の取り込み: a workbook (.xlsx) or a CSV file (UTF-8 or CP932) as Base64. Nothing is written by a preview.

    Rows with an ID change that record in the columns that are there, rows without one are new. Where some are wrong
    nothing is written, unless `only_right` takes the others.
    """

    kind: RecordKind
    content: Annotated[
        str, StringConstraints(min_length=1, max_length=1_000_000, pattern=r"^[A-Za-z0-9+/\s]+={0,2}\s*$")
    ]
    is_preview: bool = True
    only_right: bool = False


class Outcome(StrEnum):
    """取り込みの結果: what becomes, or would become, of a row."""

    CREATED = "created"
    CHANGED = "changed"
    SAME = "same"
    WRONG = "wrong"


class CellError(View):
    """欄の誤り: in which column (none: the row as a whole), and what to do."""

    column: str | None
    code: str
    detail: str


class RowView(View):
    """取り込みの行: its line in the file, which record it is, and what is wrong with it."""

    line: int
    outcome: Outcome
    record: str | None
    name: str | None
    errors: list[CellError]


class ImportView(View):
    """取り込みの結果: row by row; `is_written` tells whether it was kept, `changes` how much is, or would be, new."""

    is_written: bool
    changes: int
    rows: list[RowView]
    counts: dict[Outcome, int]
