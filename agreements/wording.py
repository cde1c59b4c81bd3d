"""The texts of this room's alerts: Japanese first, English second."""

from collections.abc import Mapping

from notifications import sms
from notifications.wording import Mail, Notice, Wording

ADDRESS_DEAD = "address-dead"
SUBJECT = "登録された宛先に届きません"
_KINDS = {"email": ("メールアドレス", "mail address"), "sms": ("SMSの番号", "mobile number")}


class AddressDeadWording:
    """届かない宛先のお知らせ: whose, and what is to be done; the address itself stands only in the portal."""

    def mail(self, notice: Notice) -> Mail:
        name = str(notice.facts["name"])
        ja, en = _KINDS[str(notice.facts["kind"])]
        japanese = (
            f"{name} さんの{ja}に届きませんでした（相手のサーバーが「宛先がない」と答えました）。\n"
            "応援要請の連絡は、登録されているほかの宛先に送ります。\n"
            "ポータルの「団体の管理」で宛先を直すか、正しければ「この宛先は正しい」を押してください。"
        )
        english = f"The {en} of {name} does not exist any more. Please correct or confirm it in the portal."
        return Mail(f"{sms.PREFIX}{SUBJECT}", "\n\n".join([f"{notice.name} 様", japanese, "--", english]) + "\n")

    def sms(self, notice: Notice) -> str:
        ja, _ = _KINDS[str(notice.facts["kind"])]
        return sms.compose_notice(f"登録された{ja}に届きません。ポータルで宛先を直してください", mark=notice.mark)


WORDINGS: Mapping[str, Wording] = {ADDRESS_DEAD: AddressDeadWording()}
