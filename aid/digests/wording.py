"""The words of a question about several requests: each with its own lines, numbered through for one answer."""

from collections.abc import Mapping, Sequence
from typing import Any

from aid import wording
from aid.digests.actions import DIGEST
from aid.lifecycle import Priority
from inventory import catalogue
from notifications import sms
from notifications.sms import Essence
from notifications.wording import OWN, Mail, Notice, Wording

_NO_QUANTITY = (
    "   数量を書かずに 1 だけ返信すると、すべての要請に上の数だけ応援する回答になります。応援しない行は 0 です"
)


class DigestWording:
    """まとめ照会: asks a partner for help with several requests at once; complete without its link."""

    def mail(self, notice: Notice) -> Mail:
        """Return the mail: each request with its numbered lines, then how to answer, then the same in English."""
        asked = _asked(notice.facts)
        subject = f"{wording.PREFIX}応援要請 {_count(asked)}件 {_shortly(asked)}"
        how, may_reply = wording.how_to_answer(notice), notice.may_reply_by_sms or notice.may_reply_by_mail
        parts = [
            wording.greeting(notice),
            f"{_count(asked)}件の応援の要請です。急ぐ順に並べています。災害: {notice.facts['incident']}",
            *_listed(notice.facts["requests"]),
            f"{how}\n{_NO_QUANTITY}" if how and may_reply else how,
            _english(asked, notice),
        ]
        return Mail(subject, "\n\n".join(part for part in parts if part) + "\n")

    def sms(self, notice: Notice) -> str:
        """Return the SMS: answerable from its first 70 units."""
        assert notice.code is not None
        asked = _asked(notice.facts)
        return sms.compose(
            Essence(who=f"{_count(asked)}件の", what=_shortly(asked)),
            code=notice.code,
            link=notice.link,
            mark=notice.mark,
            may_reply=notice.may_reply_by_sms,
        )


def _asked(facts: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the requests that are still asked about; all of them where none is."""
    return [each for each in facts["requests"] if not each["is_over"]] or facts["requests"]


def _count(asked: Sequence[Mapping[str, Any]]) -> int:
    return len(asked)


def _shortly(asked: Sequence[Mapping[str, Any]]) -> str:
    return " ".join(f"{each['requester']}{wording.short(each['lines'])}" for each in asked)


def _listed(requests: Sequence[Mapping[str, Any]]) -> list[str]:
    found, number = [], 1
    for each in requests:
        found.append(_one(each, number))
        number += len(each["lines"])
    return found


def _one(facts: Mapping[str, Any], first: int) -> str:
    rows = [
        f"■ {facts['requester']}（要請番号 {facts['number']}）",
        "（この要請への回答は不要になりました）" if facts["is_over"] else None,
        "（代理による要請です。要請団体の確認はまだです）" if facts.get("is_unconfirmed") else None,
        f"優先度: {Priority(str(facts['priority'])).label}",
        wording.listed(facts["lines"], first),
        f"必要な日時: {wording.when(facts['needed_by'])}" if facts.get("needed_by") else None,
        f"場所: {facts['place']}" if facts.get("place") else None,
        f"理由: {facts['reason']}" if facts.get("reason") else None,
        wording.why_you(facts[OWN]) if facts.get(OWN) and not facts["is_over"] else None,
    ]
    return "\n".join(row for row in rows if row is not None)


def _english(asked: Sequence[Mapping[str, Any]], notice: Notice) -> str:
    said = "; ".join(f"{each['requester']} ({each['number']}): {_units(each['lines'])}" for each in asked)
    by_sms = f", or by SMS: {notice.code} 1 and the quantities" if notice.may_reply_by_sms else ""
    how = f" Answer on the page above{by_sms}." if notice.code else ""
    return f"—\n{_count(asked)} requests for aid: {said}.{how}"


def _units(lines: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(
        f"{line['quantity']} × {catalogue.KINDS[line['kind']].name_en}" for line in lines if line["quantity"]
    )


WORDINGS: dict[str, Wording] = {DIGEST: DigestWording()}
