"""What this room refuses."""

from foundation.problems import Conflict, Gone, NotFound


class QuestionNotFound(NotFound):
    """No question has this token."""

    ja = "この回答用リンクは確認できません。届いたメッセージのリンクをもう一度開くか、返信番号で回答してください。"
    en = "This link is not known. Open the link in the message again, or answer with the reply code."


class QuestionClosed(Gone):
    """The question was answered for or taken back; the late answer is kept all the same."""

    ja = "この要請の受付は終了しました。いただいた回答は記録しました。支援いただける場合は要請元へご連絡ください。"
    en = "This is no longer open. Your answer was recorded; to offer help all the same, please call the requester."


class AnswerRefused(Conflict):
    """The room that asked does not take this answer."""

    ja = "{ja}"
    en = "{en}"


class GatewayNotFound(NotFound):
    """No gateway of this name and secret calls here."""


class GatewayUnknown(NotFound):
    """No gateway of this name is set up."""

    ja = "この名前の送信路はありません。名前は yuimaru gateways で確かめてください。"
    en = "There is no gateway of this name. `yuimaru gateways` lists them."


class MessagesNotShown(NotFound):
    """Sent messages are shown only in a demo that is a drill and whose gateway is the console."""


class InboundNotFound(NotFound):
    """No such message, or not for this person."""

    ja = "受信メッセージが見つかりません。一覧を開き直して確かめてください。"
    en = "This message is not found. Please open the list again."


class InboundResolved(Conflict):
    """Somebody has dealt with it already."""

    ja = "このメッセージには対応済みの記録があります。一覧を開き直して確かめてください。"
    en = "This message has been dealt with. Please open the list again."
