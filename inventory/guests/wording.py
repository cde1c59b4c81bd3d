"""The mail about an expired guest ID: Japanese first, English second; neither the account nor the helper is named."""

from collections.abc import Mapping

from inventory.guests.expiry import ENDED, EXPIRY
from notifications import sms
from notifications.wording import Mail, Notice, Wording

SUBJECT = "ゲストIDの期限切れ"
STOPPED = "応援の終了によるゲストIDの停止"


class ExpiryWording:
    """ゲストIDの期限切れのお知らせ: in which pool, since when, and what is to be done."""

    def mail(self, notice: Notice) -> Mail:
        pool, until = notice.facts["pool"], notice.facts["until"]
        japanese = (
            f"「{pool}」のゲストIDの利用期間が{until}に終わりました。\n"
            "システムの側でも使えないようにし、パスワードか封筒を新しくしてから、ゲストIDを更新してください。"
        )
        english = (
            f"A guest ID of the pool {pool} has expired. Please disable it, renew its secret, then rotate it here."
        )
        return Mail(f"{sms.PREFIX}{SUBJECT}", "\n\n".join([f"{notice.name} 様", japanese, "--", english]) + "\n")

    def sms(self, notice: Notice) -> str:
        return sms.compose_notice(SUBJECT, mark=notice.mark)


class EndedWording:
    """応援の終了によるゲストIDの停止のお知らせ: how many of which pool, and what is to be done."""

    def mail(self, notice: Notice) -> Mail:
        pool, many = notice.facts["pool"], notice.facts["many"]
        japanese = (
            f"応援決定が終わったため、「{pool}」のゲストID{many}件を停止しました。\n"
            "システムの側でも使えないようにし、パスワードか封筒を新しくしてから、ゲストIDを更新してください。"
        )
        english = f"The aid has ended, so {many} guest IDs of the pool {pool} were revoked. Please disable them."
        return Mail(f"{sms.PREFIX}{STOPPED}", "\n\n".join([f"{notice.name} 様", japanese, "--", english]) + "\n")

    def sms(self, notice: Notice) -> str:
        return sms.compose_notice(STOPPED, mark=notice.mark)


WORDINGS: Mapping[str, Wording] = {EXPIRY: ExpiryWording(), ENDED: EndedWording()}
