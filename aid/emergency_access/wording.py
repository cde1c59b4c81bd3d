"""The texts about emergency accesses: plain Japanese first, short English after it; nothing of any inventory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aid.emergency_access import telling
from aid.emergency_access.lifecycle import Ending
from notifications import sms
from notifications.wording import Mail, Notice, Wording

NAME = 10
"""Units of a member's name in an SMS: two of them, a time and the drill's mark fit into 70."""
Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AccessWording:
    """緊急閲覧のお知らせ: who reads whose inventory, why and until when."""

    subject: Callable[[Facts], str]
    ja: Callable[[Facts], str]
    en: Callable[[Facts], str]

    def mail(self, notice: Notice) -> Mail:
        """Return the mail."""
        facts = notice.facts
        body = [f"{notice.name} 様", self.ja(facts), _about(facts), "—", self.en(facts)]
        return Mail(sms.PREFIX + self.subject(facts), "\n\n".join(body) + "\n")

    def sms(self, notice: Notice) -> str:
        """Return the SMS: the subject says it all."""
        return sms.compose_notice(self.subject(notice.facts), mark=notice.mark)


def _between(facts: Facts) -> str:
    return f"{sms.shorten(facts['member'], NAME)}→{sms.shorten(facts['owner'], NAME)}"


def _clock(at: str) -> str:
    return at[-5:]


def _about(facts: Facts) -> str:
    return (
        f"災害: {facts['incident']}\n閲覧する人: {facts['member']} {facts['person']}\n"
        f"台帳の団体: {facts['owner']}\n理由: {facts['reason']}\n時間: {facts['minutes']}分"
    )


def _opened(facts: Facts) -> str:
    said = f"緊急閲覧が始まりました。{facts['until_at']}に自動で終わります。"
    if facts["opening"] == "unattended":
        said += "\n2人目の確認は得られていません。すべての団体にお知らせしています。"
    return f"{said}\n閲覧した項目はすべて記録され、台帳の団体はいつでも終わらせることができます。"


def _ended(facts: Facts) -> str:
    said = f"緊急閲覧は終わりました（{Ending(facts['ending']).label}）。"
    if facts["is_never_opened"]:
        return f"{said}台帳は閲覧されていません。"
    return f"{said}\n台帳の団体は、{facts['review_due_at']}までに「台帳の閲覧記録」を点検し、結果を記録してください。"


WORDINGS: Mapping[str, Wording] = {
    telling.ASKED: AccessWording(
        lambda f: f"緊急閲覧の申請 {_between(f)} {_clock(f['opens_at'])}までに拒否できます",
        lambda f: (
            "貴団体の台帳の緊急閲覧が求められました。ほかの団体の担当者が確認するか、"
            f"{f['opens_at']}になると始まります。\n認めないときは、サインインして、この緊急閲覧を終わらせてください。"
        ),
        lambda f: f"{f['member']} asks for emergency access to your inventory. You may refuse it at any time.",
    ),
    telling.CONFIRM: AccessWording(
        lambda f: f"緊急閲覧の確認のお願い {_between(f)} {_clock(f['opens_at'])}まで",
        lambda f: (
            "緊急閲覧が求められました。2人目として確認できる方は、求めた団体に電話などで確かめ、"
            f"サインインして確認してください。{f['opens_at']}までにだれも確認しないときは、確認なしで始まります。"
        ),
        lambda f: f"{f['member']} asks for emergency access to {f['owner']}'s inventory. Please confirm it.",
    ),
    telling.OPENED: AccessWording(
        lambda f: f"緊急閲覧の開始 {_between(f)} {_clock(f['until_at'])}まで",
        _opened,
        lambda f: f"{f['member']}'s emergency access to {f['owner']}'s inventory has begun.",
    ),
    telling.ENDED: AccessWording(
        lambda f: f"緊急閲覧の終了 {_between(f)}",
        _ended,
        lambda f: f"{f['member']}'s emergency access to {f['owner']}'s inventory has ended.",
    ),
    telling.REVIEW: AccessWording(
        lambda f: f"緊急閲覧の点検 {_clock_day(f)}まで",
        lambda f: f"終わった緊急閲覧の点検がまだです。{f['review_due_at']}までに結果を記録してください。",
        lambda f: f"Please review the emergency access by {f['member']} and note what you found.",
    ),
    telling.OVERDUE: AccessWording(
        lambda f: f"緊急閲覧の点検の期限切れ {_between(f)}",
        lambda f: f"緊急閲覧の点検が期限（{f['review_due_at']}）を過ぎています。台帳の団体か幹事が点検してください。",
        lambda f: f"The review of the emergency access by {f['member']} is overdue.",
    ),
}


def _clock_day(facts: Facts) -> str:
    return str(facts["review_due_at"])[:6]
