"""Why a request is refused."""

from foundation.problems import Conflict, Forbidden, NotFound


class RequestNotFound(NotFound):
    """No such request, or none that this person may see."""

    ja = "応援要請が見つかりません。番号やリンクを確かめてください。"
    en = "There is no such request. Please check the number or the link."


class GroupNotInForce(Conflict):
    """Nobody is bound by the agreement yet, or any more."""

    ja = "この協定グループは発効中ではありません。発効中の協定グループを選んでください。"
    en = "This agreement is not in force. Choose a group whose agreement is."


class RequesterNotYours(Forbidden):
    """The actor neither belongs to the requester nor to the same group."""

    ja = "この団体の要請は登録できません。自団体、または同じ協定グループの団体（代理要請）を選んでください。"
    en = "You can't ask for this member. Choose your own, or one of the same group (as its proxy)."


class RequestEnded(Conflict):
    """The request is closed or cancelled."""

    ja = "この応援要請はすでに終了しています。必要なときは新しい要請を登録してください。"
    en = "This request has ended already. File a new one if help is needed."


class NotUnconfirmed(Conflict):
    """The request needs no confirmation."""

    ja = "この応援要請は確認済みです。"
    en = "This request is confirmed already."


class OthersConfirmation(Forbidden):
    """Only the member's own contact can say that the member itself confirms."""

    ja = "要請団体としての確認は、その団体の担当者だけが行えます。電話で確かめた場合は call_back を指定してください。"
    en = "Only the member's own contact confirms as the member; give how=call_back if you called back."


class OwnConfirmation(Forbidden):
    """Whoever asked as a proxy can't confirm it by himself."""

    ja = "代理で登録した本人は確認できません。要請団体か、折り返し電話をした別の団体が確認してください。"
    en = "A proxy can't confirm its own request; the member itself or somebody else who called back can."


class NothingChanged(Conflict):
    """The amendment says nothing new."""

    ja = "変更する項目がありません。数量、明細、日時、場所のいずれかを変えてください。"
    en = "Nothing is changed. Change a quantity, the lines, the time or the place."


class BelowCommitted(Conflict):
    """A line can't ask for less than is committed."""

    ja = "すでに{committed}の応援が決定しています。それ以上の数にするか、先に応援の辞退・返却を記録してください。"
    en = "{committed} are committed already. Ask for no less, or end a commitment first."
