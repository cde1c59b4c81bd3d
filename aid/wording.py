"""The texts of this room's alerts: plain Japanese first, a short English version after it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aid.lifecycle import Priority
from foundation.clock import JAPAN
from inventory import catalogue
from notifications import sms
from notifications.sms import Essence
from notifications.wording import Mail, Notice, Wording

PREFIX = sms.PREFIX


class RequestWording:
    """応援要請の照会: asks a partner for help; complete without its link."""

    def mail(self, notice: Notice) -> Mail:
        """Return the mail: what is asked, then how to answer, then the same in English."""
        facts = notice.facts
        changed = "変更 " if facts.get("why") else "再照会 " if facts.get("is_again") else ""
        subject = f"{PREFIX}応援要請 {changed}{facts['requester']} {short(facts['lines'])}"
        parts = [greeting(notice), _asked(facts), why_you(notice.own), how_to_answer(notice), _english(facts, notice)]
        return Mail(subject, "\n\n".join(part for part in parts if part) + "\n")

    def sms(self, notice: Notice) -> str:
        """Return the SMS: answerable from its first 70 units."""
        assert notice.code is not None
        ask = (
            "応援要請(変更)"
            if notice.facts.get("why")
            else "応援要請(再)"
            if notice.facts.get("is_again")
            else "応援要請"
        )
        essence = Essence(who=str(notice.facts["requester"]), what=short(notice.facts["lines"]), ask=ask)
        return sms.compose(
            essence, code=notice.code, link=notice.link, mark=notice.mark, may_reply=notice.may_reply_by_sms
        )


@dataclass(frozen=True, slots=True)
class NoticeWording:
    """お知らせ: tells something and asks nothing."""

    subject: Callable[[Mapping[str, Any]], str]
    ja: Callable[[Mapping[str, Any]], str]
    en: Callable[[Mapping[str, Any]], str]

    def mail(self, notice: Notice) -> Mail:
        """Return the mail."""
        body = "\n\n".join([greeting(notice), self.ja(notice.facts), "—", self.en(notice.facts)])
        return Mail(PREFIX + self.subject(notice.facts), body + "\n")

    def sms(self, notice: Notice) -> str:
        """Return the SMS: the subject says it all."""
        return sms.compose_notice(self.subject(notice.facts), mark=notice.mark)


def greeting(notice: Notice) -> str:
    """Return the line that opens a mail."""
    return f"{notice.name} 様"


def short(lines: Sequence[Mapping[str, Any]]) -> str:
    """Return lines as short as an SMS wants them: PC60台 プリンタ4台."""
    known = [(catalogue.KINDS[line["kind"]], line.get("quantity")) for line in lines]
    return " ".join(
        f"{kind.short_ja}{quantity}{kind.unit}" if quantity else kind.short_ja for kind, quantity in known
    )


def listed(lines: Sequence[Mapping[str, Any]], first: int = 1) -> str:
    """Return lines one below the other, numbered as an answer by SMS counts them."""
    return "\n".join(f"  {number}. {_line(line)}" for number, line in enumerate(lines, first))


def _line(line: Mapping[str, Any]) -> str:
    kind = catalogue.KINDS[line["kind"]]
    quantity = line.get("quantity")
    said = f"{kind.name_ja} {quantity}{kind.unit}" if quantity else kind.name_ja
    if quantity == 0:
        said += " (充足済み)"
    notes = [str(line[key]) for key in ("spec", "task") if line.get(key)]
    if others := line.get("or"):
        notes.append(f"{'・'.join(catalogue.KINDS[each].name_ja for each in others)}でも可")
    if given := line.get("instead"):
        notes.append("うち" + "・".join(_line({"kind": kind, "quantity": n}) for kind, n in given.items()))
    return f"{said} ({'、'.join(notes)})" if notes else said


def _asked(facts: Mapping[str, Any]) -> str:
    rows = [
        f"{facts['requester']}から応援の要請です。",
        f"（内容が変わりました: {facts['why']}）" if facts.get("why") else None,
        "（受領のご連絡をいただきましたが、回答をお待ちしています）" if facts.get("is_again") else None,
        "（代理による要請です。要請団体の確認はまだです）" if facts.get("is_unconfirmed") else None,
        "",
        f"要請番号: {facts['number']}",
        f"災害: {facts['incident']}",
        f"優先度: {Priority(str(facts['priority'])).label}",
        "必要なもの:",
        listed(facts["lines"]),
        f"必要な日時: {when(facts['needed_by'])}" if facts.get("needed_by") else None,
        f"場所: {facts['place']}" if facts.get("place") else None,
        f"理由: {facts['reason']}" if facts.get("reason") else None,
    ]
    return "\n".join(row for row in rows if row is not None)


def why_you(own: str) -> str:
    """Return why this partner is asked, for its eyes alone."""
    return f"貴団体に照会した理由: {own}" if own else ""


def how_to_answer(notice: Notice) -> str:
    """Return by which ways a question can be answered."""
    if notice.code is None or notice.link is None:
        return ""
    quantities = " ".join(str(line.quantity) for line in notice.lines)
    ways = [f"このページを開いて回答\n{notice.link}"]
    if notice.may_reply_by_sms:
        ways.append(f"登録した携帯電話からSMSで返信  例: {notice.code} 1 {quantities}")
    if notice.may_reply_by_mail:
        ways.append(f"このメールに返信（1行目に番号と数量）  例: 1 {quantities}")
    if len(ways) == 1:
        return f"■ 回答のしかた（サインインは不要です）\n{ways[0]}"
    numbered = "\n".join(f"{number}) {way}" for number, way in enumerate(ways, 1))
    return (
        f"■ 回答のしかた（どれか一つ。サインインは不要です）\n{numbered}\n"
        "   1=応援できます 2=応援できません 3=条件付き、続けて上の番号順に数量\n"
        "   すぐに決められないとき: 0 （受領のみ。回答は後で）"
    )


def _english(facts: Mapping[str, Any], notice: Notice) -> str:
    asked = ", ".join(
        f"{line['quantity']} × {catalogue.KINDS[line['kind']].name_en}" for line in facts["lines"] if line["quantity"]
    )
    by_sms = f", or by SMS: {notice.code} 1 (yes), 2 (no), 3 (with conditions)" if notice.may_reply_by_sms else ""
    by_mail = " Or reply to this mail: 1, 2 or 3 in the first line." if notice.may_reply_by_mail else ""
    how = f" Answer on the page above{by_sms}.{by_mail}" if notice.code else ""
    return f"—\n{facts['requester']} asks for aid ({facts['number']}): {asked}.{how}"


def when(instant: str) -> str:
    """Return an instant as people in Japan read it."""
    local = datetime.fromisoformat(instant).astimezone(JAPAN)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def _reason(facts: Mapping[str, Any], key: str = "reason") -> str:
    return f"\n理由: {facts[key]}" if facts.get(key) else ""


def _about(said: str, facts: Mapping[str, Any]) -> str:
    """Return a sentence about an offer, the request's number, and the lines it speaks of."""
    return f"{said}（要請 {facts['number']}）。\n{listed(facts['lines'])}"


_ENDS = {"covered": "は充足しました", "cancelled": "の要請は取り消されました", "closed": "の要請は終了しました"}


def _no_longer_needed(facts: Mapping[str, Any]) -> str:
    """Say what is no longer needed, why, and whether anything still is."""
    said = (
        f"{facts['requester']}の要請 {facts['number']}: 次の品目{_ENDS[facts['cause']]}。\n{listed(facts['lines'])}"
    )
    if not facts["is_complete"]:
        return f"{said}\n\nこれらの準備は不要です。残りの品目は引き続き募集しています。"
    return f"{said}{_reason(facts, 'why')}\n\n応援の準備は不要です。ご協力ありがとうございました。"


WORDINGS: dict[str, Wording] = {
    "request": RequestWording(),
    "offer.received": NoticeWording(
        lambda f: f"申出あり {f['partner']} {short(f['lines'])}",
        lambda f: (
            _about(f"{f['partner']}から申出がありました", f)
            + _reason(f)
            + "\n\nサインインして、受け入れる数を決定してください。"
        ),
        lambda f: f"{f['partner']} has answered your request {f['number']}. Please sign in and decide.",
    ),
    "offer.accepted": NoticeWording(
        lambda f: f"応援決定 {f['requester']}へ {short(f['lines'])}",
        lambda f: (
            _about(f"{f['requester']}が次の応援をお願いすると決定しました", f)
            + (f"\n場所: {f['place']}" if f.get("place") else "")
            + "\n\n準備をお願いします。"
        ),
        lambda f: f"{f['requester']} has accepted your offer (request {f['number']}). Please get it ready.",
    ),
    "offer.withdrawn": NoticeWording(
        lambda f: f"辞退 {f['partner']} {short(f['lines'])}",
        lambda f: _about(f"{f['partner']}が応援を辞退しました", f) + _reason(f) + "\n\nほかの団体に照会しています。",
        lambda f: f"{f['partner']} has withdrawn from request {f['number']}. Others are being asked.",
    ),
    "offer.expired": NoticeWording(
        lambda f: f"申出の期限切れ {f['partner']}→{f['requester']}",
        lambda f: (
            _about(f"{f['partner']}の申出が期限切れになりました", f) + "\n\n必要なときは、もう一度回答してください。"
        ),
        lambda f: f"The offer of {f['partner']} to request {f['number']} has expired. It may be made again.",
    ),
    "stand_down": NoticeWording(
        lambda f: f"待機解除 {f['requester']} {short(f['lines'])}{_ENDS[f['cause']]}",
        _no_longer_needed,
        lambda f: f"Request {f['number']} of {f['requester']}: the items above are no longer needed. Thank you.",
    ),
    "request.cancelled": NoticeWording(
        lambda f: f"要請取消 {f['requester']} {f['number']}",
        lambda f: (
            f"{f['requester']}が要請 {f['number']} を取り消しました。"
            f"決定していた応援も不要になりました。{_reason(f, 'why')}"
        ),
        lambda f: f"{f['requester']} has recalled request {f['number']}; what was accepted is no longer needed.",
    ),
    "request.nobody_left": NoticeWording(
        lambda f: f"照会できる団体がもうありません {f['requester']} {f['number']}",
        lambda f: (
            f"{f['requester']}の要請 {f['number']} はまだ充足していませんが、回答を待っている団体も、"
            f"これから照会できる団体もありません。\n{listed(f['lines'])}\n\n"
            "都道府県や事業者など、ほかの方法も検討してください。応援できる団体が新たに見つかれば、自動で照会します。"
        ),
        lambda f: (
            f"Request {f['number']} of {f['requester']} is not covered; nobody's answer is waited for and nobody is"
            " left to ask. Please look for help elsewhere too; whoever becomes able to help is asked by itself."
        ),
    ),
    "request.telephone_list": NoticeWording(
        lambda f: f"電話での確認をお願いします {f['requester']} {f['number']} 未回答{f['members']}団体",
        lambda f: (
            f"{f['requester']}の要請 {f['number']} はまだ充足していません。照会できる団体にはすべて照会しました。\n"
            f"{listed(f['lines'])}\n\n"
            f"回答のない{f['members']}団体に、電話などで確認をお願いします。サインインして要請の画面を開くと、"
            "電話番号と試した連絡を順位順に並べた「電話連絡の一覧」があります。"
        ),
        lambda f: (
            f"Request {f['number']} of {f['requester']} is not covered and everybody was asked. Please telephone the"
            f" {f['members']} partners that have not answered: sign in and open the request's telephone list."
        ),
    ),
    "request.written_due": NoticeWording(
        lambda f: f"応援要請書の提出期限です {f['number']}",
        lambda f: f"口頭で行った要請 {f['number']} の文書（応援要請書）の提出期限になりました。提出をお願いします。",
        lambda f: f"The written form of your oral request {f['number']} is due now.",
    ),
}
