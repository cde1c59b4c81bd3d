"""The mail about an overdue finding: Japanese first, English second; nothing of what was found."""

from collections.abc import Mapping
from datetime import date

from notifications import sms
from notifications.wording import Mail, Notice, Wording
from readiness import dates
from readiness.security.findings import FINDING_OVERDUE
from readiness.security.lifecycle import FindingSeverity

SUBJECT = "監査の指摘の対応期限が過ぎています"


class OverdueWording:
    """指摘の期限切れのお知らせ: of which year, how grave, since when; and what is to be done."""

    def mail(self, notice: Notice) -> Mail:
        facts = notice.facts
        due, severity = date.fromisoformat(facts["due_on"]), FindingSeverity(facts["severity"])
        year = dates.fiscal_year_in_japanese(facts["fiscal_year"])
        japanese = (
            f"{year}の情報セキュリティ監査で、あなたが担当する指摘（重要度: {severity.label}）の期限"
            f"（{due.year}年{due.month}月{due.day}日）が過ぎています。\n"
            "対応の内容と、確かめられるもの（文書番号など）を登録してください。"
            "協定担当者でない方は、自団体の協定担当者に伝えてください。\n"
            "指摘の内容は、このメールには書いていません。サインインして確かめてください。"
        )
        english = (
            f"A finding of the audit of fiscal year {facts['fiscal_year']} ({severity.value}) that you look after "
            f"was due on {due.isoformat()}. Please report what was done; what was found is told after signing in."
        )
        return Mail(f"{sms.PREFIX}{SUBJECT}", "\n\n".join([f"{notice.name} 様", japanese, "--", english]) + "\n")

    def sms(self, notice: Notice) -> str:
        return sms.compose_notice(SUBJECT, mark=notice.mark)


WORDINGS: Mapping[str, Wording] = {FINDING_OVERDUE: OverdueWording()}
