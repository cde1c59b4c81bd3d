"""Why a partner ranks where it does, or is left out: a code with facts, put into words when shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

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
        Code.DISTANCE: "現在地から約{km}km",
        Code.DISTANCE_UNKNOWN: "距離不明のため遠方として扱います",
        Code.REMOTE: "遠隔で対応できます",
        Code.READY_NOW: "すぐに出せます",
        Code.LEAD_TIME: "準備に{hours}時間",
        Code.LEAD_TIME_UNKNOWN: "準備時間は不明（{hours}時間と仮定）",
        Code.QUANTITY_FULL: "必要数{needed}{unit}をすべて出せます",
        Code.QUANTITY_PART: "必要数{needed}{unit}のうち{offered}{unit}を出せます",
        Code.SHAKEN: "{severity}のため後順位",
        Code.LIGHTLY_HIT: "{severity}があるため後順位",
        Code.LOAD: "すでに他の応援で{carried}を負担",
        Code.SPEC_LISTED: "指定の仕様「{spec}」があります",
        Code.SPEC_UNCONFIRMED: "指定の仕様「{spec}」は未確認",
        Code.MAX_DAYS: "最長{days}日間",
        Code.CONDITIONS: "条件：{text}",
        Code.HELD: "他の要請で照会中（{held}{unit}）",
        Code.HIT: "{severity}のため対象外",
        Code.TOO_NEAR: "{severity}で、震度6弱以上の市区町村から約{km}kmのため対象外",
        Code.NOT_DECLARED: "{kind}を支援可能内容に登録していません",
        Code.NOTHING_AVAILABLE: "{kind}は残りがありません",
        Code.TOO_LATE: "到着まで約{hours}時間かかり、必要な日時に間に合いません",
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
    },
}

_REPORTED: dict[Language, str] = {"ja": "被災状況の報告が×", "en": "its own situation report says ×"}


def phrase(reason: Reason, language: Language = "ja") -> str:
    """One short phrase for a person, in Japanese or English."""
    words: dict[str, Fact] = {**reason.facts, **_severity(reason, language), **_kind(reason, language)}
    return _PHRASES[language][reason.code].format_map(words)


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
