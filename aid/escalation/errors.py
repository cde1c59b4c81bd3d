"""Why a receipt or a call is refused."""

from foundation.problems import Conflict, Forbidden


class NotAsked(Conflict):
    """The member was not asked about this request, or stands down."""

    ja = "この団体には照会していません（または待機解除済みです）。照会した団体の一覧から選んでください。"
    en = "This member was not asked, or stands down. Choose one of those that were asked."


class NotYourList(Forbidden):
    """Only the requester and the coordinator telephone about a request."""

    ja = "電話連絡の一覧を使えるのは、要請した団体と幹事・副幹事団体です。"
    en = "The telephone list is for the member that asked and the group's coordinator."


class BeingCalled(Conflict):
    """Somebody else is on the telephone with this partner."""

    ja = "ほかの担当者が{since}から電話しています。ほかの団体に電話するか、しばらくしてから開き直してください。"
    en = "Somebody else has been telephoning since {since}. Call another partner, or look again in a while."
