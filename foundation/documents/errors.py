"""Why a document can't be made, and what helps."""

from typing import ClassVar

from foundation.problems import FieldError, Invalid, Unavailable


class NoJapaneseFont(Unavailable):
    """The machine has no font to set Japanese in."""

    ja = (
        "PDF を作れません。日本語のフォントがこのサーバーにありません。運用者に、fonts-noto-cjk の導入か "
        "YUIMARU_FONT_PATH の設定を頼んでください。Excel と CSV は出力できます。"
    )
    en = (
        "PDFs can't be made: this server has no Japanese font. Ask its operator to install fonts-noto-cjk or to set "
        "YUIMARU_FONT_PATH. Excel and CSV still work."
    )


class TooManyDocuments(Unavailable):
    """As many documents are being made as the service makes at once."""

    ja = "いま多くの文書を作成しています。少し待ってからもう一度お試しください。"
    en = "Many documents are being made just now. Please wait a moment and try again."


class DocumentTooSlow(Unavailable):
    """It took longer than a reader is kept waiting."""

    ja = "文書の作成に時間がかかりすぎました。種別を絞って、もう一度お試しください。"
    en = "The document took too long to make. Please narrow it to one kind and try again."


class DocumentTooLarge(Invalid):
    """More than one document holds."""

    ja = "1つの PDF には多すぎます（上限 {most}）。種別を絞るか、Excel で出力してください。"
    en = "Too much for one PDF (at most {most}). Please narrow it to one kind, or take it as Excel."


class UnreadableDocument(Invalid):
    """A PDF or picture that can't be given a watermark."""

    REASONS: ClassVar = {
        "pdf": (
            "PDF として読めません。壊れていないか確かめ、印刷して作り直した PDF を使ってください。",
            "This can't be read as a PDF. See that it is whole, or print it to a new PDF.",
        ),
        "password": (
            "パスワードで保護された PDF には透かしを入れられません。保護を外したものを使ってください。",
            "A PDF under a password can't be given a watermark. Use one without protection.",
        ),
        "pages": (
            "PDF のページが多すぎます。分けてください。",
            "The PDF has too many pages. Split it.",
        ),
        "picture": (
            "画像として読めません。PNG か JPEG を使ってください。",
            "This can't be read as a picture. Use PNG or JPEG.",
        ),
        "pixels": (
            "画像が大きすぎます。縮小したものを使ってください。",
            "The picture is too large. Use a smaller one.",
        ),
    }

    def __init__(self, reason: str) -> None:
        super().__init__(FieldError("/content", reason, *self.REASONS[reason]))
