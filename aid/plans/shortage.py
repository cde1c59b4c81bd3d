"""What is short and why, and what one more unit would be worth: from prices to words."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from aid.allocation.problem import LACKING, Plan
from aid.plans.choosing import HUNDREDTHS as HUNDREDTHS
from aid.plans.choosing import Holding
from aid.plans.forecast import worth
from aid.plans.state import OpenLine
from aid.ranking.reasons import Code
from foundation.problems import Language

DEAREST_WAY = 20_000
"""Points that getting a unit there may cost, its lending with it: what one more saves is less by that."""
SHOWN = 3
"""Requests that are named as being served first."""


class Cause(StrEnum):
    """不足の理由: why nobody can be asked for what a line still needs."""

    NOT_DECLARED = "not_declared"
    TOO_LATE = "too_late"
    NOTHING_LEFT = "nothing_left"
    NOBODY_FIT = "nobody_fit"
    ALL_ASKED = "all_asked"
    ASKED_ELSEWHERE = "asked_elsewhere"
    MORE_URGENT = "more_urgent"
    HELD_BACK = "held_back"
    TOO_LITTLE = "too_little"


_WORDS: Mapping[Cause, tuple[str, str]] = {
    Cause.NOT_DECLARED: ("出せると登録している団体がありません", "nobody has declared any"),
    Cause.TOO_LATE: ("必要な日時までに届けられる団体がありません", "nobody could bring it in time"),
    Cause.NOTHING_LEFT: (
        "登録されている分は、すべてほかの応援に出ています",
        "all that was declared is promised to others",
    ),
    Cause.NOBODY_FIT: ("応援できる団体がありません（被災、時間、条件）", "nobody is able to help"),
    Cause.ALL_ASKED: (
        "応援できる団体にはすべて照会しました（回答待ち{out}団体）",
        "everybody who could help was asked ({out} have not answered)",
    ),
    Cause.ASKED_ELSEWHERE: (
        "出せる団体には、ほかの要請のために照会中です（回答を待っています）",
        "those who could help are being asked for other requests",
    ),
    Cause.MORE_URGENT: (
        "より急ぐ要請に回しています（{requests}）",
        "it goes to more urgent requests ({requests})",
    ),
    Cause.HELD_BACK: (
        "これから出る命に関わる要請のために残しています（時間とともに減ります）",
        "it is kept for urgent requests that are expected (fading with time)",
    ),
    Cause.TOO_LITTLE: (
        "いま照会できる数では足りません（ほかの要請に照会中の分を除きます）",
        "what may be asked for now is too little (without what is being asked for other requests)",
    ),
}


def words(cause: Cause, facts: Mapping[str, object], language: Language) -> str:
    """Return a cause as a sentence."""
    numbers = facts.get("requests")
    shown: dict[str, object] = dict(facts)
    if isinstance(numbers, list):
        count, listed = facts.get("count"), "、" if language is Language.JA else ", "
        more = int(count) - len(numbers) if isinstance(count, int) else 0
        rest = (f"ほか{more}件" if language is Language.JA else f" and {more} more") if more > 0 else ""
        shown["requests"] = listed.join(str(each) for each in numbers) + rest
    return _WORDS[cause][language is Language.EN].format_map(shown)


@dataclass(frozen=True, slots=True)
class Use:
    """使い道: what a plan does with the stores: which needs each serves, what else is left of it, and the open lines.

    Put together once for all lines of a round.
    """

    lines: Mapping[str, OpenLine]
    free: Mapping[str, int]
    served: Mapping[str, Collection[str]]

    @classmethod
    def of(cls, plan: Plan, lines: Sequence[OpenLine], holdings: Sequence[Holding]) -> Self:
        """Turn a plan round: from needs and their stores to stores and their needs."""
        served: dict[str, list[str]] = {}
        for (need, store), units in plan.units.items():
            if units:
                served.setdefault(store, []).append(need)
        return cls({line.key: line for line in lines}, {each.key: each.free for each in holdings}, served)


def cause(line: OpenLine, use: Use, *, own_asks: int) -> tuple[str, dict[str, object]]:
    """Return why a line is short, with what its sentence needs."""
    if not line.ways:
        return _nobody(line)
    stores, lines = [way.store for way in line.ways], use.lines
    if not any(use.free[store] > 0 for store in stores) and not own_asks:
        return Cause.ASKED_ELSEWHERE.value, {}
    users = {need for store in stores for need in use.served.get(store, ())} - {line.key}
    urgent = sorted({lines[need].number for need in users if need in lines and _comes_first(lines[need], line)})
    if urgent:
        return Cause.MORE_URGENT.value, {"requests": urgent[:SHOWN], "count": len(urgent)}
    if any(need not in lines for need in users):
        return Cause.HELD_BACK.value, {}
    return Cause.TOO_LITTLE.value, {}


def _comes_first(other: OpenLine, line: OpenLine) -> bool:
    return other.number != line.number and other.priority < line.priority


def _nobody(line: OpenLine) -> tuple[str, dict[str, object]]:
    if line.asked or line.out:
        return Cause.ALL_ASKED.value, {"out": line.out}
    counts = {code: count for code, count in line.left_out.items() if count}
    if counts.get(Code.TOO_LATE.value):
        return Cause.TOO_LATE.value, {}
    if counts.get(Code.NOTHING_AVAILABLE.value):
        return Cause.NOTHING_LEFT.value, {}
    if set(counts) <= {Code.NOT_DECLARED.value, Code.HIT.value}:
        return Cause.NOT_DECLARED.value, {}
    return Cause.NOBODY_FIT.value, {}


def prices(plan: Plan, kinds: Collection[str]) -> dict[str, int]:
    """Return by kind the most urgent priority that one more unit would help; of what is left out there is enough.

    A store's price is what one more unit would save, in points times worth; the cheapest store of a kind tells how
    scarce the kind is.
    """
    cheapest: dict[str, int] = {}
    for store, saved in plan.worth_more.items():
        kind = store.rpartition("|")[2]
        if kind in kinds:
            each = saved // worth(kind)
            cheapest[kind] = min(each, cheapest.get(kind, each))
    return {kind: level for kind, saved in sorted(cheapest.items()) if (level := _level(saved))}


def _level(saved: int) -> int | None:
    """Return the most urgent priority whose lack costs no more than this."""
    found = (priority for priority in sorted(LACKING) if LACKING[priority] * 4 // 5 - DEAREST_WAY <= saved)
    return next(found, None)


_SCARCE: Mapping[int, tuple[str, str]] = {
    1: ("まったく足りません。あと1つあれば命に関わる要請に回せます", "one more would serve a life-safety request"),
    2: ("足りません。あと1つあれば急ぐ要請に回せます", "one more would serve an urgent request"),
    3: ("不足気味です。あと1つあれば通常の要請に回せます", "one more would serve an ordinary request"),
    4: ("少なめです。あと1つあれば急がない要請に回せます", "one more would serve a minor request"),
}


def scarcity(priority: int, language: Language) -> str:
    """Return in words how scarce a kind is of which one more unit would help a priority."""
    return _SCARCE[priority][language is Language.EN]
