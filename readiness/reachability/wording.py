"""The message that asks for nothing but to be acknowledged: Japanese first, English second."""

from collections.abc import Mapping

from notifications import sms
from notifications.wording import Mail, Notice, Wording

REACHABILITY = "readiness.reachability"
"""The kind of the alert."""
_PURPOSE_JA = "災害のときに応援の連絡が届くことを確かめています。応援要請ではありません。"
_PURPOSE_EN = "This only checks that a call for help would reach you. Nobody is asking for help."


class ReachabilityWording:
    """連絡手段の確認の文面: what it is for, and the one thing to do."""

    def mail(self, notice: Notice) -> Mail:
        japanese = [_PURPOSE_JA]
        english = [_PURPOSE_EN]
        if notice.link:
            japanese.append(f"次のページを開き、「受け取りました」を押してください。\n{notice.link}")
            english.append(f"Please open this page and press the button:\n{notice.link}")
        paragraphs = [f"{notice.name} 様", *japanese, "--", *english]
        return Mail(f"{sms.PREFIX}連絡手段の確認", "\n\n".join(paragraphs) + "\n")

    def sms(self, notice: Notice) -> str:
        text = (
            f"連絡手段の確認です（応援要請ではありません）。届いたら「{notice.code} 1」と返信するか、リンクで確認を"
        )
        return sms.compose_notice(text, notice.link, mark=notice.mark)


WORDINGS: Mapping[str, Wording] = {REACHABILITY: ReachabilityWording()}
