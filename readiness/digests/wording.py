"""The weekly mail that bundles peacetime reminders: Japanese first, English second."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from notifications import sms
from notifications.wording import Mail, Notice, Wording
from readiness import dates

DIGEST = "readiness.digest"
"""The kind of the alert and of the timer."""
TRAINING_REMINDER = "training.reminder"
TRAINING_UNREGISTERED = "training.unregistered"
UNACKNOWLEDGED = "reachability.reminder"
Line = tuple[str, str]


def _training(facts: Mapping[str, Any], ja: str, en: str) -> Line:
    at = datetime.fromisoformat(facts["starts_at"])
    where = facts["place"] or facts["url"]
    named_ja = f"研修「{facts['title']}」（{facts['group']}、{dates.in_japanese(at)}、{where}）"
    named_en = f'Training "{facts["title"]}" ({facts["group"]}, {dates.in_english(at)}, {where})'
    return f"{named_ja}\n  {ja}", f"{named_en}\n  {en}"


def _coming(facts: Mapping[str, Any]) -> Line:
    return _training(
        facts,
        "登録いただいた研修が近づいてきました。参加できなくなった場合は、幹事に知らせてください。",
        "You are registered. If you can't come, please tell the coordinator.",
    )


def _unregistered(facts: Mapping[str, Any]) -> Line:
    return _training(
        facts,
        "貴団体からの参加登録がまだありません。ポータルの「研修」から登録してください。",
        'Nobody of your member is registered yet; please do so in the portal under "Trainings".',
    )


def _unacknowledged(facts: Mapping[str, Any]) -> Line:
    count = facts["count"]
    ja = (
        f"連絡手段の確認\n  あなたの連絡手段のうち{count}件が未確認です。"
        "届いたメールやSMSのリンクで「受け取りました」を押してください。"
        "届いていない場合は、ポータルで連絡先を直してください。"
    )
    en = (
        f"Reachability test\n  {count} of your channels are not acknowledged. Please open the link in the message,"
        " or correct the address in the portal if nothing came."
    )
    return ja, en


LINES: Mapping[str, Callable[[Mapping[str, Any]], Line]] = {
    TRAINING_REMINDER: _coming,
    TRAINING_UNREGISTERED: _unregistered,
    UNACKNOWLEDGED: _unacknowledged,
}
"""How each kind of reminder reads in the digest."""


class DigestWording:
    """お知らせのまとめ: what is still to be done, each with its remedy."""

    def mail(self, notice: Notice) -> Mail:
        lines = [LINES[each["kind"]](each) for each in notice.facts["items"]]
        japanese = "\n\n".join(f"■ {ja}" for ja, _ in lines)
        english = "\n\n".join(f"- {en}" for _, en in lines)
        body = (
            f"{notice.name} 様\n\n平時の準備について、お願いが{len(lines)}件あります。"
            "このまとめは、急ぐものがなければ1週間に1通までです。\n\n"
            f"{japanese}\n\n--\nYour reminders of the week ({len(lines)}):\n\n{english}\n"
        )
        return Mail(f"{sms.PREFIX}今週のお願い（{len(lines)}件）", body)

    def sms(self, notice: Notice) -> str:
        return sms.compose_notice(f"今週のお願いが{len(notice.facts['items'])}件あります", mark=notice.mark)


WORDINGS: Mapping[str, Wording] = {DIGEST: DigestWording()}
