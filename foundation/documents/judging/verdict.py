"""What a file is by its content, or why it is not taken, in words that say what to do."""

from dataclasses import dataclass
from enum import StrEnum


class ContentKind(StrEnum):
    """ファイルの種類: what a file is by its content; its name proves nothing."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"
    XLSX = "xlsx"
    CSV = "csv"
    TEXT = "txt"

    @property
    def media_type(self) -> str:
        return _MEDIA[self]

    @property
    def extension(self) -> str:
        return "jpg" if self is ContentKind.JPEG else self.value

    @property
    def is_picture(self) -> bool:
        return self in {ContentKind.PNG, ContentKind.JPEG}


_MEDIA = {
    ContentKind.PDF: "application/pdf",
    ContentKind.PNG: "image/png",
    ContentKind.JPEG: "image/jpeg",
    ContentKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ContentKind.CSV: "text/csv; charset=utf-8",
    ContentKind.TEXT: "text/plain; charset=utf-8",
}


class Fault(StrEnum):
    """受け付けない理由: what is wrong with a file."""

    EMPTY = "empty"
    UNKNOWN = "unknown-type"
    OLD_OFFICE = "old-office"
    OTHER_OFFICE = "other-office"
    OTHER_PICTURE = "other-picture"
    PROGRAM = "program"
    MARKUP = "markup"
    DAMAGED = "damaged"
    APPENDED = "appended"
    ENCRYPTED = "encrypted"
    ACTIVE = "active-content"
    EMBEDDED = "embedded-file"
    MACRO = "macro"
    EXTERNAL = "external-link"
    BOMB = "too-big-inside"
    PIXELS = "too-many-pixels"
    PAGES = "too-many-pages"
    UNMARKABLE = "cannot-be-marked"
    TOO_COMPLEX = "too-complex"

    @property
    def ja(self) -> str:
        return _SENTENCES[self][0]

    @property
    def en(self) -> str:
        return _SENTENCES[self][1]


MOST_PIXELS = 50_000_000
"""An A3 sheet scanned at 500 dpi has 49 million."""
MOST_PAGES = 300
_AS_PDF = "PDFにして登録してください。"
_SENTENCES = {
    Fault.EMPTY: ("ファイルが空です。中身のあるファイルを選び直してください。", "The file is empty; choose another."),
    Fault.UNKNOWN: (
        f"登録できるのは PDF、PNG、JPEG、Excel (.xlsx)、テキスト、CSV です。ほかの形式は{_AS_PDF}",
        "PDF, PNG, JPEG, XLSX, plain text and CSV are taken; save anything else as PDF.",
    ),
    Fault.OLD_OFFICE: (
        f".xls や .doc など古い形式か、パスワード付きの Office ファイルです。.xlsx で保存し直すか、{_AS_PDF}",
        "This is an Office file of the old format, or one with a password; save it as .xlsx or PDF.",
    ),
    Fault.OTHER_OFFICE: (
        f"Excel (.xlsx) 以外の Office ファイルや ZIP は登録できません。{_AS_PDF}",
        "Of Office files and archives only .xlsx is taken; save this as PDF.",
    ),
    Fault.OTHER_PICTURE: (
        "画像は PNG か JPEG で登録してください。",
        "Pictures are taken as PNG or JPEG.",
    ),
    Fault.PROGRAM: (f"プログラムは登録できません。資料は{_AS_PDF}", "Programs are not taken; save documents as PDF."),
    Fault.MARKUP: (
        f"HTML や SVG などは登録できません。{_AS_PDF}",
        "HTML, SVG and the like are not taken; save this as PDF.",
    ),
    Fault.DAMAGED: (
        "ファイルが壊れているか、途中で切れています。元のソフトで開き、保存し直してから登録してください。",
        "The file is damaged or cut off; open it in its program, save it anew and send that.",
    ),
    Fault.APPENDED: (
        "ファイルの前か後ろに別のデータが付いています。元のソフトで開き、保存し直してから登録してください。",
        "There is other data before or behind the file; open it in its program, save it anew and send that.",
    ),
    Fault.ENCRYPTED: (
        "パスワードを外して保存し直してください。登録後は、このサービスが暗号化して保管します。",
        "The file is encrypted; save it without a password. The service itself keeps it sealed.",
    ),
    Fault.ACTIVE: (
        "スクリプトや自動実行の動作が含まれています。印刷機能で「PDFとして保存」し直してください。",
        "The file holds scripts or actions; print it to a new PDF and send that.",
    ),
    Fault.EMBEDDED: (
        "ファイルの中に別のファイルが埋め込まれています。埋め込みを外すか、印刷機能で「PDFとして保存」し直してください。",
        "Other files are embedded in it; remove them, or print it to a new PDF.",
    ),
    Fault.MACRO: (
        "マクロが含まれています。マクロなしの Excel ブック (.xlsx) で保存し直してください。",
        "The workbook holds macros; save it as a workbook without macros (.xlsx).",
    ),
    Fault.EXTERNAL: (
        "ほかのファイルやデータベースへの外部リンクが含まれています。リンクを値に変えてから保存し直してください。",
        "The workbook is linked to other files or data; turn the links into values and save it anew.",
    ),
    Fault.BOMB: (
        f"展開すると大きすぎます。シートを分けるか、{_AS_PDF}",
        "Unpacked it is too big; split it, or save it as PDF.",
    ),
    Fault.PIXELS: (
        f"画像が大きすぎます。{MOST_PIXELS // 10_000:,}万画素以内に縮小してください。",
        f"The picture is too large; make it no more than {MOST_PIXELS // 1_000_000} megapixels.",
    ),
    Fault.PAGES: (
        f"ページが多すぎます。{MOST_PAGES}ページ以内に分けて登録してください。",
        f"Split it into parts of at most {MOST_PAGES} pages.",
    ),
    Fault.UNMARKABLE: (
        "閲覧者の透かしを入れられないファイルです。印刷機能で「PDFとして保存」し直してください。",
        "A reader's mark can't be put on this file; print it to a new PDF and send that.",
    ),
    Fault.TOO_COMPLEX: (
        "内容が複雑すぎて確かめられません。ファイルを分けるか、印刷機能で「PDFとして保存」し直してください。",
        "The file is too complex to be checked; split it, or print it to a new PDF.",
    ),
}


class Unfit(Exception):
    """A file that is not taken, and why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Judged:
    """判定: what a file is, and the text that could be read in it (for the search for secrets)."""

    kind: ContentKind
    text: str = ""
