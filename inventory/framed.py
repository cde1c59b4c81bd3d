"""The frame of a mail to an owner about what others read: Japanese first, English second."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from notifications import sms
from notifications.wording import Mail, Notice

Text = Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True)
class ReadingWording:
    """閲覧のお知らせの枠: what a reading is called, and what is said of it in each language, made from the facts."""

    subject: Text
    japanese: Text
    english: Text

    def mail(self, notice: Notice) -> Mail:
        facts = notice.facts
        body = "\n\n".join([f"{notice.name} 様", self.japanese(facts), "--", self.english(facts)])
        return Mail(f"{sms.PREFIX}{self.subject(facts)}", body + "\n")

    def sms(self, notice: Notice) -> str:
        return sms.compose_notice(self.subject(notice.facts), mark=notice.mark)
