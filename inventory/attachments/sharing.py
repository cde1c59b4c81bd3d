"""Who else than the owner may open an attachment: those bound by an NDA, or nobody."""

from enum import StrEnum


class AttachmentClass(StrEnum):
    """添付ファイルの開示区分: never the group as a whole, for what is attached lies sealed."""

    NDA = "nda"
    OWNER = "owner"

    @property
    def label(self) -> str:
        return {"nda": "秘密保持契約の範囲", "owner": "自団体のみ"}[self.value]
