"""What goes back to who asked by a message, and what those are told who can verify it."""

from collections.abc import Mapping
from typing import Any

from aid.asking.folding import fold
from aid.requests.schemas import RequestView
from aid.wording import NoticeWording, listed, short
from foundation.clock import JAPAN
from inventory import catalogue
from notifications.gateways.base import Channel
from notifications.wording import Wording

UNVERIFIED = "request.unverified"
WAITS_FOR_PERSON = "request.message_waits"
KEPT = "要請を受け取りました。担当者が確認して連絡します。急ぐときは電話をください。"
UNREAD = (
    "要請として読み取れない部分があります。担当者が確認します。"
    "例: 要請 発電機2台 今日 本庁舎　または OUEN 142051 G2 T0 L1 コード"
)
UNKNOWN = (
    "登録のない番号からの要請です。担当者が電話で確認します。"
    "カードがあれば、団体コードとコードを付けて送り直してください。"
)
IN_REPLY = (
    "回答か要請かを読み取れません。担当者が確認します。"
    "回答は「1 数量」のように返信してください。要請は新しいメールで送ってください。"
)
WRONG_CODE = "コードが違うか、使えません。カードの別のコードを返信してください。幹事団体からも電話で確認します。"
RECALLED = "要請 {number} を取り消しました。応援の決まっていた団体にも知らせます。誤りのときは電話を。"
RECALL_ENDED = "要請 {number} はすでに終わっています（取消しまたは完了）。"
RECALL_WRONG_CODE = (
    "取り消していません。コードが違うか、使えません。カードの別のコードで送り直してください。"
    "担当者も電話で確認します。"
)
AMEND_KEPT = "要請 {number} の変更は担当者が電話で確認して行います。まだ変わっていません。急ぐときは電話をください。"
RECALLED_BY = {
    Channel.SMS: "要請団体がSMSで取り消しました。",
    Channel.EMAIL: "要請団体がメールで取り消しました。",
}
_ASKING = ("OUEN", "要請", "ヨウセイ", "SOS", "救援")


def seems_to_ask(text: str) -> bool:
    """Tell whether a message that was not understood may be a request at all."""
    folded = fold(text)
    return any(word in folded for word in _ASKING)


def recall_kept(number: str) -> str:
    """Return why a recall was not followed, and how it would be."""
    return (
        f"取り消していません。担当者が確認します。すぐに取り消すには、要請した電話から"
        f"「取消 {number} コード」（カードの未使用のコード）を送ってください。"
    )


def receipt(request: RequestView, *, is_verified: bool, has_wrong_code: bool) -> str:
    """Return the receipt: the number, what was understood, and what happens now."""
    asked = short([{"kind": line.kind, "quantity": line.quantity} for line in request.lines])
    day = f" {_day(request)}まで" if request.needed_by else ""
    place = f" {request.place}" if request.place else ""
    said = f"受付 {request.number} {asked}{day}{place}。"
    if is_verified:
        return f"{said}各団体に照会します。取消は「取消 {request.number} コード」、変更は電話を。"
    wrong = "コードが違います。" if has_wrong_code else ""
    return f"{said}{wrong}未確認です。カードのコードを返信すると照会を始めます。幹事団体も電話で確認します。"


def _day(request: RequestView) -> str:
    assert request.needed_by is not None
    local = request.needed_by.astimezone(JAPAN)
    return f"{local.month}/{local.day}"


def _ja(facts: Mapping[str, Any]) -> str:
    place = f"\n場所: {facts['place']}" if facts.get("place") else ""
    return (
        f"{facts['requester']}からSMSまたはメールで応援の要請がありました。送信者はまだ確認できていません。\n\n"
        f"要請番号: {facts['number']}\n災害: {facts['incident']}\n必要なもの:\n{listed(facts['lines'])}{place}\n\n"
        "ほかの団体にはまだ知らせていません。幹事・副幹事団体は、登録してある番号に電話で確かめ、要請のページで"
        "「電話で確認した」を押してください。要請団体は、自団体の要請であれば「要請を確認する」を押すか、カードのコードを"
        "SMSで返信してください。覚えがなければ取り消してください。"
    )


def _en(facts: Mapping[str, Any]) -> str:
    asked = ", ".join(f"{line['quantity']} × {catalogue.KINDS[line['kind']].name_en}" for line in facts["lines"])
    return (
        f"A request of {facts['requester']} ({facts['number']}: {asked}) came by message and is not verified. "
        "Nobody else has been told. Please call back on a registered number, then confirm it on its page."
    )


def _unverified(facts: Mapping[str, Any]) -> str:
    again = "(再)" if facts.get("is_again") else ""
    return f"未確認の要請{again} {facts['requester']} {short(facts['lines'])} 電話で確認してください"


def _from(facts: Mapping[str, Any]) -> str:
    return f"{facts['name']}を名乗る" if facts["name"] else ""


def _waits(facts: Mapping[str, Any]) -> str:
    return f"{_from(facts)}要請らしい着信が確認を待っています。ポータルで見てください"


def _waits_ja(facts: Mapping[str, Any]) -> str:
    means = "SMS" if facts["via"] == "sms" else "メール"
    return (
        f"応援の要請と思われる{_from(facts)}{means}が届きましたが、自動では受け付けられませんでした。"
        "送信者は確認できていません。\n\nポータルの「災害」から「確認を待つ着信」を開き、登録してある番号に電話で確かめて、"
        "要請であれば登録してください。続けて届いた分は、30分に1度まとめてお知らせします。"
    )


def _waits_en(facts: Mapping[str, Any]) -> str:
    name = f" in the name of {facts['name']}" if facts["name"] else ""
    return (
        f"A message that seems to ask for aid{name} could not be taken by itself, and its sender is not verified. "
        "Please look at the messages that wait in the portal, and call back on a registered number."
    )


WORDINGS: dict[str, Wording] = {
    UNVERIFIED: NoticeWording(_unverified, _ja, _en),
    WAITS_FOR_PERSON: NoticeWording(_waits, _waits_ja, _waits_en),
}
