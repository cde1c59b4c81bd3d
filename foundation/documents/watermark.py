"""The watermark: by whom, when and under which number of the record a document was taken out."""

from dataclasses import dataclass
from datetime import UTC, datetime

from foundation.clock import JAPAN


@dataclass(frozen=True, slots=True)
class Watermark:
    """透かし: the reader, the instant and the number under which the audit record keeps the reading.

    `mark` is the mode's: 【訓練】 in a drill, else nothing.
    """

    reader: str
    member: str
    at: datetime
    number: str
    mark: str = ""

    @property
    def line(self) -> str:
        """All of it as one line of text."""
        japan, universal = self.at.astimezone(JAPAN), self.at.astimezone(UTC)
        return (
            f"{self.mark}閲覧者 {self.member} {self.reader}　{japan:%Y-%m-%d %H:%M:%S} 日本時間"
            f"（{universal:%Y-%m-%d %H:%M:%S} UTC）　監査番号 {self.number}"
        )

    @property
    def short(self) -> str:
        """The reader and the number, for what lies across a page."""
        return f"{self.mark}{self.member} {self.reader} {self.number}"
