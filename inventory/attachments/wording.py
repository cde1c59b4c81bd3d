"""The mail about a file that was opened: Japanese first, English second; nothing of the file itself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from foundation.clock import JAPAN
from inventory.attachments.announcing import OPENED
from inventory.framed import ReadingWording
from inventory.records.kinds import RecordKind
from inventory.records.schemas import Purpose
from notifications.wording import Wording


def _subject(facts: Mapping[str, Any]) -> str:
    return f"台帳の添付ファイル 第{facts['number']}号が閲覧されました"


def _japanese(facts: Mapping[str, Any]) -> str:
    kind = RecordKind(facts["kind"]).label
    by = "緊急閲覧により、秘密保持契約なしで" if _is_emergency(facts) else "秘密保持契約に基づいて"
    stop = "緊急閲覧を終了し、" if _is_emergency(facts) else ""
    return (
        f"貴団体の台帳の添付ファイルが、{by}閲覧されました。\n\n"
        f"・ファイル：第{facts['number']}号（{kind}の記録の添付）\n"
        f"・閲覧した人：{facts['member']} {facts['reader']}\n"
        f"・日時：{_at(facts):%Y年%m月%d日 %H:%M}\n"
        f"・目的：{Purpose(facts['purpose']).label}\n"
        f"・監査番号：{facts['mark']}\n\n"
        "渡したファイルの各ページに、閲覧した人と監査番号が入っています。詳しくは、サインインして「台帳の閲覧記録」で"
        f"確かめられます。心当たりのない閲覧のときは、{stop}その添付ファイルの開示区分を「自団体のみ」に変更し、"
        "幹事に連絡してください。"
    )


def _english(facts: Mapping[str, Any]) -> str:
    by = "by emergency access, without an NDA" if _is_emergency(facts) else "under an NDA"
    return (
        f"File no. {facts['number']} of your inventory was opened {by}, by {facts['reader']} ({facts['member']}) "
        f"at {_at(facts):%Y-%m-%d %H:%M} Japan time, for: {facts['purpose']}. Audit no. {facts['mark']}."
    )


def _is_emergency(facts: Mapping[str, Any]) -> bool:
    return Purpose(facts["purpose"]) is Purpose.EMERGENCY


def _at(facts: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(facts["at"]).astimezone(JAPAN)


WORDINGS: Mapping[str, Wording] = {OPENED: ReadingWording(_subject, _japanese, _english)}
