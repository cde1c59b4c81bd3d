"""Why an offer, an acceptance or a withdrawal is refused."""

from foundation.problems import Conflict, Forbidden, Invalid, NotFound


class OfferNotFound(NotFound):
    """No such offer, or none that this person may see."""

    ja = "応援申出が見つかりません。番号やリンクを確かめてください。"
    en = "There is no such offer. Please check the number or the link."


class NotYourMember(Forbidden):
    """The actor may not answer for this member."""

    ja = "この団体の回答は登録できません。自団体の回答を登録してください。"
    en = "You can't answer for this member; answer for your own."


class NotYourRequest(Forbidden):
    """Only the requester (or the coordinator for it) decides about offers."""

    ja = "応援の決定ができるのは、要請した団体（または幹事団体）です。"
    en = "Only the member that asked, or the coordinator for it, decides about offers."


class OwnRequest(Conflict):
    """A member can't help itself."""

    ja = "自団体の要請には回答できません。"
    en = "A member can't answer its own request."


class OfferSettled(Conflict):
    """The offer is in a state that does not allow this."""

    ja = "この応援申出は現在「{status_ja}」のため、この操作はできません。"
    en = "The offer is {status_en}; this can't be done."


class NothingOffered(Invalid):
    """A yes that gives nothing."""

    ja = "応援できるときは、数量を1以上入力してください。応援できないときは「できません」と回答してください。"
    en = "To help, give a quantity of 1 or more; otherwise answer no."


class NothingNeeded(Conflict):
    """All that was offered is covered already."""

    ja = "必要な数はすでに満たされています。"
    en = "All that is needed is covered already."
