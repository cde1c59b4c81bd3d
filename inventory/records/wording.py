"""The mail about who looked at an inventory: Japanese first, English second; nothing of what was shown."""

from collections.abc import Mapping
from typing import Any

from inventory.framed import ReadingWording
from inventory.records.reading import DIGEST
from inventory.records.schemas import Purpose
from notifications.wording import Wording


def _subject(facts: Mapping[str, Any]) -> str:
    year, month = str(facts["month"]).split("-")
    return f"台帳の閲覧 {year}年{int(month)}月 {facts['readings']}回"


def _japanese(facts: Mapping[str, Any]) -> str:
    readers = "\n".join(
        f"・{each['member']} {each['name']}：{each['readings']}回（{_purposes(each)}）" for each in facts["readers"]
    )
    if others := facts.get("others"):
        readers += f"\n・ほか{others}人"
    return (
        f"貴団体の台帳が、次のとおり閲覧されました。{_grounds(facts)}\n\n"
        f"{readers}\n\n"
        "どの記録のどの項目かは、サインインして「台帳の閲覧記録」で確かめられます。"
        "心当たりのない閲覧があるときは、幹事に連絡してください。"
    )


def _grounds(facts: Mapping[str, Any]) -> str:
    """Say by what right it was read; a mail that was waiting when this began to be counted says nothing of it."""
    if "under_nda" not in facts:
        return ""
    deep, emergency = facts["under_nda"], facts.get("in_emergency", 0)
    parts = {
        "秘密保持契約に基づく閲覧": deep - emergency,
        "緊急閲覧": emergency,
        "グループに開示する項目だけの閲覧": facts["readings"] - deep,
    }
    return f"（{'、'.join(f'{name} {times}回' for name, times in parts.items() if times)}）"


def _purposes(reader: Mapping[str, Any]) -> str:
    return "、".join(Purpose(each).label for each in reader["purposes"])


def _english(facts: Mapping[str, Any]) -> str:
    readers = "\n".join(f"- {each['member']}, {each['name']}: {each['readings']}" for each in facts["readers"])
    if others := facts.get("others"):
        readers += f"\n- and {others} more"
    return f"Your inventory was read {facts['readings']} times in {facts['month']}:\n{readers}"


WORDINGS: Mapping[str, Wording] = {DIGEST: ReadingWording(_subject, _japanese, _english)}
