"""Why a partner ranks where it does, or is left out: a code with facts, put into words when shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

from agreements.terms import Payer
from aid.severity import Severity
from inventory import catalogue

Fact: TypeAlias = str | int | float | bool | None
Language: TypeAlias = Literal["ja", "en"]


class Code(StrEnum):
    """理由コード: every reason there is. Stored with requests, so a code is never removed or reused."""

    DISTANCE = "distance"
    DISTANCE_UNKNOWN = "distance_unknown"
    REMOTE = "remote"
    READY_NOW = "ready_now"
    LEAD_TIME = "lead_time"
    LEAD_TIME_UNKNOWN = "lead_time_unknown"
    QUANTITY_FULL = "quantity_full"
    QUANTITY_PART = "quantity_part"
    SHAKEN = "shaken"
    LIGHTLY_HIT = "lightly_hit"
    LOAD = "load"
    SPEC_LISTED = "spec_listed"
    SPEC_UNCONFIRMED = "spec_unconfirmed"
    MAX_DAYS = "max_days"
    CONDITIONS = "conditions"
    HELD = "held"
    HIT = "hit"
    TOO_NEAR = "too_near"
    NOT_DECLARED = "not_declared"
    NOTHING_AVAILABLE = "nothing_available"
    TOO_LATE = "too_late"
    SEA = "sea"
    LATE = "late"
    SUBSTITUTE = "substitute"
    SAME_HAZARD = "same_hazard"
    ANSWERED = "answered"
    ANSWER_UNKNOWN = "answer_unknown"
    SAME_PACKAGE = "same_package"
    SAME_VENDOR = "same_vendor"
    PACKAGE_UNKNOWN = "package_unknown"
    PACKAGE_DIFFERS = "package_differs"
    SHARED_DATA_CENTRE = "shared_data_centre"
    COST = "cost"
    NO_NDA = "no_nda"
    SYSTEM_FIT = "system_fit"
    NOT_BOUND = "not_bound"
    SHARED_SUPPLIER = "shared_supplier"
    OTHER_PACKAGE = "other_package"
    ASSOCIATE = "associate"
    NDA_REQUIRED = "nda_required"
    SILENT = "silent"
    UNSUITABLE = "unsuitable"
    NOT_COMPARED = "not_compared"


@dataclass(frozen=True, slots=True)
class Reason:
    """理由: a code and the facts its sentence is made of; `points` among them is its share of the score."""

    code: Code
    facts: Mapping[str, Fact]

    @property
    def points(self) -> int:
        points = self.facts.get("points", 0)
        return points if isinstance(points, int) else 0


_PHRASES: dict[Language, dict[Code, str]] = {
    "ja": {
        Code.DISTANCE: "約{km}km",
        Code.DISTANCE_UNKNOWN: "距離不明（遠方とみなす）",
        Code.REMOTE: "遠隔で対応できます",
        Code.READY_NOW: "すぐに出せます",
        Code.LEAD_TIME: "準備に{hours}時間",
        Code.LEAD_TIME_UNKNOWN: "準備時間は不明（{hours}時間と仮定）",
        Code.QUANTITY_FULL: "{needed}{unit}すべて可",
        Code.QUANTITY_PART: "{needed}{unit}中{offered}{unit}可",
        Code.SHAKEN: "{severity}のため後順位",
        Code.LIGHTLY_HIT: "{severity}があるため後順位",
        Code.LOAD: "他の応援で{carried}を負担中",
        Code.SPEC_LISTED: "仕様「{spec}」あり",
        Code.SPEC_UNCONFIRMED: "仕様「{spec}」は未確認",
        Code.MAX_DAYS: "最長{days}日間",
        Code.CONDITIONS: "条件：{text}",
        Code.HELD: "他の要請で照会中（{held}{unit}）",
        Code.HIT: "{severity}のため対象外",
        Code.TOO_NEAR: "{severity}で、震度6弱以上の市区町村から約{km}kmのため対象外",
        Code.NOT_DECLARED: "{kind}の登録なし",
        Code.NOTHING_AVAILABLE: "{kind}は残りがありません",
        Code.TOO_LATE: "到着まで約{hours}時間かかり、必要な日時に間に合いません",
        Code.SEA: "ほかに海を渡る時間{time}",
        Code.LATE: "必要な日時に約{hours}時間遅れます",
        Code.SUBSTITUTE: "{kind}で代用（適合{percent}％）",
        Code.SAME_HAZARD: "近いため同じ災害を受けるおそれ",
        Code.ANSWERED: "照会{asked}回中{said_yes}回「可」",
        Code.ANSWER_UNKNOWN: "照会の実績なし",
        Code.SAME_PACKAGE: "同じパッケージを使用",
        Code.SAME_VENDOR: "同じ事業者のシステムを使用",
        Code.PACKAGE_UNKNOWN: "使用パッケージは未確認",
        Code.PACKAGE_DIFFERS: "使用パッケージが異なります",
        Code.SHARED_DATA_CENTRE: "要請団体とデータセンターが共通",
        Code.COST: "費用は{payer}",
        Code.NO_NDA: "秘密保持契約の署名者がいません",
        Code.SYSTEM_FIT: "業務システムの適合を考慮",
        Code.NOT_BOUND: "協定に署名していないため対象外",
        Code.SHARED_SUPPLIER: "事業者・パッケージ・データセンターのいずれかが被害団体と共通のため対象外",
        Code.OTHER_PACKAGE: "使用パッケージが異なるため対象外",
        Code.ASSOCIATE: "協力事業者等には、住民データを扱う応援を依頼しないため対象外",
        Code.NDA_REQUIRED: "秘密保持契約の署名者がいないため対象外",
        Code.SILENT: "連絡先がすべて{days}日以上不通のため対象外",
        Code.UNSUITABLE: "業務システムの条件により対象外",
        Code.NOT_COMPARED: "指定のシステム・パッケージは、要請団体の台帳に登録がないため照合していません",
    },
    "en": {
        Code.DISTANCE: "about {km} km away",
        Code.DISTANCE_UNKNOWN: "distance unknown, counted as far",
        Code.REMOTE: "can help remotely",
        Code.READY_NOW: "ready at once",
        Code.LEAD_TIME: "ready in {hours} h",
        Code.LEAD_TIME_UNKNOWN: "lead time unknown ({hours} h assumed)",
        Code.QUANTITY_FULL: "can give all {needed} needed",
        Code.QUANTITY_PART: "can give {offered} of the {needed} needed",
        Code.SHAKEN: "ranked lower: {severity}",
        Code.LIGHTLY_HIT: "ranked lower: {severity}",
        Code.LOAD: "already carries {carried} in other aid",
        Code.SPEC_LISTED: 'has the specified "{spec}"',
        Code.SPEC_UNCONFIRMED: 'the specified "{spec}" is not confirmed',
        Code.MAX_DAYS: "for {days} days at most",
        Code.CONDITIONS: "conditions: {text}",
        Code.HELD: "being asked for {held} by other requests",
        Code.HIT: "left out: {severity}",
        Code.TOO_NEAR: "left out: {severity}, about {km} km from a municipality at 6-lower or more",
        Code.NOT_DECLARED: "has not declared {kind}",
        Code.NOTHING_AVAILABLE: "has no {kind} left",
        Code.TOO_LATE: "too late: would arrive in about {hours} h",
        Code.SEA: "{time} more over sea",
        Code.LATE: "about {hours} h after it is needed",
        Code.SUBSTITUTE: "{kind} instead (fits {percent} %)",
        Code.SAME_HAZARD: "near enough to be struck by the same disaster",
        Code.ANSWERED: "said yes to {said_yes} of {asked} calls",
        Code.ANSWER_UNKNOWN: "never asked before",
        Code.SAME_PACKAGE: "runs the same package",
        Code.SAME_VENDOR: "runs a system of the same vendor",
        Code.PACKAGE_UNKNOWN: "its package is not known",
        Code.PACKAGE_DIFFERS: "runs another package",
        Code.SHARED_DATA_CENTRE: "uses the same data centre as the requester",
        Code.COST: "cost: {payer}",
        Code.NO_NDA: "nobody there has signed an NDA",
        Code.SYSTEM_FIT: "how its systems fit was considered",
        Code.NOT_BOUND: "left out: has not signed the agreement",
        Code.SHARED_SUPPLIER: "left out: shares a vendor, package or data centre with a victim",
        Code.OTHER_PACKAGE: "left out: runs another package",
        Code.ASSOCIATE: "left out: companies are not asked for what touches residents' data",
        Code.NDA_REQUIRED: "left out: nobody there has signed an NDA",
        Code.SILENT: "left out: none of its addresses has worked for {days} days or more",
        Code.UNSUITABLE: "left out: its systems don't fit",
        Code.NOT_COMPARED: "the system named is not in the requester's own inventory, so it was not compared",
    },
}

_PAYERS: dict[Language, dict[Payer, str]] = {
    "ja": {
        Payer.RECEIVER: "要請団体の負担",
        Payer.SENDER: "応援団体の負担",
        Payer.SHARED: "双方で分担",
        Payer.CONSULTATION: "協議して決定",
    },
    "en": {
        Payer.RECEIVER: "the requester pays",
        Payer.SENDER: "the partner pays",
        Payer.SHARED: "shared",
        Payer.CONSULTATION: "to be agreed",
    },
}
LONGEST = 16
"""Characters of a member's own words that a reason quotes; the whole of them stands in its capability."""

_HIDDEN = {
    Code.SAME_PACKAGE: Code.SYSTEM_FIT,
    Code.SAME_VENDOR: Code.SYSTEM_FIT,
    Code.PACKAGE_UNKNOWN: Code.SYSTEM_FIT,
    Code.PACKAGE_DIFFERS: Code.SYSTEM_FIT,
    Code.SHARED_DATA_CENTRE: Code.SYSTEM_FIT,
    Code.SHARED_SUPPLIER: Code.UNSUITABLE,
    Code.OTHER_PACKAGE: Code.UNSUITABLE,
    Code.NOT_COMPARED: Code.SYSTEM_FIT,
}

_REPORTED: dict[Language, str] = {"ja": "被災状況の報告が×", "en": "its own situation report says ×"}


def phrase(reason: Reason, language: Language = "ja") -> str:
    """One short phrase for a person, in Japanese or English."""
    words: dict[str, Fact] = {**reason.facts, **_severity(reason, language), **_kind(reason, language)}
    words |= _payer(reason, language) | _quoted(reason) | _time(reason, language)
    return _PHRASES[language][reason.code].format_map(words)


def hidden(reason: Reason) -> Reason:
    """Return what somebody is told who does not speak for the requester: not what two others have in common."""
    code = _HIDDEN.get(reason.code)
    return reason if code is None else Reason(code, reason.facts)


def _payer(reason: Reason, language: Language) -> dict[str, Fact]:
    value = reason.facts.get("payer")
    return {} if value is None else {"payer": _PAYERS[language][Payer(str(value))]}


def _time(reason: Reason, language: Language) -> dict[str, Fact]:
    minutes = reason.facts.get("minutes")
    if not isinstance(minutes, int):
        return {}
    if minutes < _LONG:
        return {"time": f"約{minutes}分" if language == "ja" else f"about {minutes} min"}
    hours = round(minutes / 60)
    return {"time": f"約{hours}時間" if language == "ja" else f"about {hours} h"}


_LONG = 100
"""Minutes from which hours are easier to read."""


def _quoted(reason: Reason) -> dict[str, Fact]:
    """Shorten what people wrote themselves: a page of reasons is read over a satellite phone."""
    own = {name: str(reason.facts[name]) for name in ("text", "spec") if name in reason.facts}
    return {name: text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…" for name, text in own.items()}


def _severity(reason: Reason, language: Language) -> dict[str, Fact]:
    value = reason.facts.get("severity")
    if value is None:  # a partner is also left out by its own report, without any severity
        return {"severity": _REPORTED[language]}
    severity = Severity(str(value))
    return {"severity": severity.label if language == "ja" else severity.label_en}


def _kind(reason: Reason, language: Language) -> dict[str, Fact]:
    key = str(reason.facts.get("kind", ""))
    kind = catalogue.find(key)
    if kind is None:
        return {"kind": key, "unit": ""}
    return {"kind": kind.name_ja if language == "ja" else kind.name_en, "unit": kind.unit}
