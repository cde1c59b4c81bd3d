"""クロノロジーの文: what each automatic entry says, in Japanese and English.

A sentence takes `{member}` (whom the entry is about), `{items}` (from `lines`: kind and quantity),
`{reason_part}` (the reason in brackets, if one was given) and every fact of its code.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from aid.marks import Mark, Subject
from aid.severity import IncidentKind
from foundation.problems import Language
from inventory import catalogue

SENTENCES: dict[str, tuple[str, str]] = {
    "incident.opened": (
        "災害「{name}」（{kind_label}）を登録しました。被災範囲: {count}団体",
        "Incident “{name}” ({kind_label}) was opened. Municipalities affected: {count}",
    ),
    "incident.amended": (
        "被災範囲を更新しました。現在の被災範囲: {count}団体",
        "The footprint was updated. Municipalities affected now: {count}",
    ),
    "incident.closed": ("災害の対応を終了しました{reason_part}", "The incident was closed{reason_part}"),
    "situation.reported": (
        "{member}の被災状況: {ability}{marks_part}",
        "Situation of {member}: {ability}{marks_part}",
    ),
    "request.filed": (
        "{member}の応援要請（{number}）{proxy_part}: {items}",
        "Aid asked by {member} ({number}){proxy_part}: {items}",
    ),
    "request.confirmed": ("要請{number}が本人の要請であることを確認しました", "Request {number} was confirmed"),
    "request.amended": (
        "要請{number}を変更しました{reason_part}: {items}",
        "Request {number} was amended{reason_part}: {items}",
    ),
    "request.covered": ("要請{number}はすべて充足しました", "Request {number} is covered"),
    "request.cancelled": ("要請{number}を取り消しました{reason_part}", "Request {number} was cancelled{reason_part}"),
    "request.closed": ("要請{number}を完了しました{reason_part}", "Request {number} was closed{reason_part}"),
    "request.wave_sent": (
        "要請{number}を{members}団体に照会しました（第{wave}波）",
        "Request {number}: {members} partners were asked (wave {wave})",
    ),
    "request.received": (
        "{member}が要請{number}を受領しました（回答はこれから）",
        "{member} has received request {number} and will answer later",
    ),
    "request.asked_again": (
        "要請{number}を、受領のみで未回答の{members}団体に再度照会しました",
        "Request {number}: {members} partners that had only received it were asked again",
    ),
    "request.unreachable": (
        "要請{number}: {members}団体に連絡できません。代わりに{instead}団体に照会しました",
        "Request {number}: {members} partners can't be reached; {instead} were asked in their place",
    ),
    "request.telephoned": (
        "要請{number}について{member}に電話しました: {outcome_label}",
        "Request {number}: {member} was telephoned ({outcome})",
    ),
    "request.nobody_left": (
        "要請{number}はまだ充足していませんが、照会できる団体がもうありません",
        "Request {number} is not covered, and there is nobody left to ask",
    ),
    "request.written_due": (
        "要請{number}の文書（応援要請書）の提出期限です",
        "Request {number}: the written form is due",
    ),
    "offer.offered": ("{member}が応援可能と回答しました: {items}", "{member} offers: {items}"),
    "offer.provisional": (
        "{member}が条件付きで応援可能と回答しました{reason_part}: {items}",
        "{member} offers with conditions{reason_part}: {items}",
    ),
    "offer.declined": ("{member}が応援不可と回答しました{reason_part}", "{member} can't help{reason_part}"),
    "offer.accepted": (
        "{member}の申出を受け入れました（応援決定）: {items}",
        "{member}'s offer was accepted: {items}",
    ),
    "offer.withdrawn": ("{member}が申出を辞退しました{reason_part}", "{member} withdrew{reason_part}"),
    "plan.held": (
        "自動の照会を保留しました{reason_part}。計画は案だけを示します",
        "Asking was put on hold{reason_part}; the plan only suggests",
    ),
    "plan.resumed": ("自動の照会を再開しました{reason_part}", "Asking goes on{reason_part}"),
    "plan.pin": (
        "要請{number}の照会先に{member}を指定しました{reason_part}: {items}",
        "Request {number}: {member} is to be asked{reason_part}: {items}",
    ),
    "plan.forbid": (
        "要請{number}の照会先から{member}を除きました{reason_part}",
        "Request {number}: {member} is not to be asked{reason_part}",
    ),
    "plan.priority": (
        "要請{number}を優先度{priority}として計画します{reason_part}",
        "Request {number} is planned at priority {priority}{reason_part}",
    ),
    "plan.ended": ("要請{number}の計画への指示を取り消しました", "Request {number}: a rule of the plan was ended"),
    "access.asked": (
        "{member}が{owner}の台帳の緊急閲覧を求めました",
        "{member} asks for emergency access to {owner}'s inventory",
    ),
    "access.opened": (
        "{member}による{owner}の台帳の緊急閲覧が始まりました",
        "{member}'s emergency access to {owner}'s inventory has begun",
    ),
    "access.ended": (
        "{member}による{owner}の台帳の緊急閲覧が終わりました",
        "{member}'s emergency access to {owner}'s inventory has ended",
    ),
    "offer.expired": ("{member}の申出が期限切れになりました", "{member}'s offer expired"),
}
ABILITY = {
    (True, Language.JA): "応援できます",
    (True, Language.EN): "can help",
    (False, Language.JA): "応援できません",
    (False, Language.EN): "can't help",
}


def render(code: str, facts: Mapping[str, Any], member: str | None, language: Language) -> str:
    """The entry's sentence; an unknown code shows as itself, so that no entry is ever lost from sight."""
    ja, en = SENTENCES.get(code, (code, code))
    sentence = en if language is Language.EN else ja
    return sentence.format_map(_Words(facts, member or "—", language))


class _Words(dict[str, Any]):
    """The facts of one entry with what is derived from them; what is lacking shows as a dash."""

    def __init__(self, facts: Mapping[str, Any], member: str, language: Language) -> None:
        super().__init__(facts)
        self._language = language
        self["member"] = member

    def __missing__(self, key: str) -> str:
        derived = {
            "items": self._items,
            "reason_part": self._reason,
            "kind_label": self._kind,
            "ability": self._ability,
            "marks_part": self._marks,
            "proxy_part": self._proxy,
        }
        return derived[key]() if key in derived else "—"

    def _items(self) -> str:
        return items(self.get("lines", ()), self._language)

    def _reason(self) -> str:
        reason = self.get("reason")
        if not reason:
            return ""
        return f" ({reason})" if self._language is Language.EN else f"（{reason}）"

    def _proxy(self) -> str:
        if not self.get("is_proxy"):
            return ""
        return " by proxy, unverified" if self._language is Language.EN else "（代理・未確認）"

    def _kind(self) -> str:
        kind = str(self.get("kind", ""))
        return kind if self._language is Language.EN or kind not in set(IncidentKind) else IncidentKind(kind).label

    def _ability(self) -> str:
        return ABILITY[bool(self.get("can_help")), self._language]

    def _marks(self) -> str:
        shown = [self._mark(subject, mark) for subject, mark in self.get("marks", {}).items()]
        return "".join(f"、{each}" if self._language is Language.JA else f", {each}" for each in shown)

    def _mark(self, subject: str, mark: str) -> str:
        if self._language is Language.EN:
            return f"{subject.replace('_', ' ')}: {mark}"
        return f"{Subject(subject).label}{Mark(mark).label}"


def items(lines: Sequence[Mapping[str, Any]], language: Language) -> str:
    """Kinds with their quantities: ノートパソコン50台、プリンタ5台."""
    return ("、" if language is Language.JA else ", ").join(_item(line, language) for line in lines) or "—"


def _item(line: Mapping[str, Any], language: Language) -> str:
    kind = catalogue.find(str(line["kind"]))
    if kind is None:
        return f"{line['kind']} {line['quantity']}"
    if language is Language.EN:
        return f"{line['quantity']} × {kind.name_en}"
    return f"{kind.name_ja}{line['quantity']}{kind.unit}"
