"""Why a partner is asked, in words for itself: its own reasons, as the portal puts them.

Of what it has in common with the requester only that it runs the same business system, where the request names one;
nothing of a vendor or a data centre, nothing of others.
"""

from collections.abc import Sequence

from aid.ranking.explaining import Judgement
from aid.ranking.reasons import Code, Reason, phrase
from inventory import catalogue

TOLD = (
    Code.DISTANCE,
    Code.REMOTE,
    Code.SAME_PACKAGE,
    Code.READY_NOW,
    Code.LEAD_TIME,
    Code.QUANTITY_FULL,
    Code.QUANTITY_PART,
    Code.SUBSTITUTE,
    Code.SPEC_LISTED,
)
"""In the order in which they are read."""
_QUANTITY = (Code.QUANTITY_FULL, Code.QUANTITY_PART)
_LONG = 100
"""Minutes from which hours are easier to read."""


def why_asked(judged: Sequence[Judgement]) -> str:
    """Return in one line why a partner is asked for all that some lines lack."""
    return said([(each.case.need.kind, phrases(each)) for each in judged])


def said(lines: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Put the phrases of some lines, each with its kind, into one; what holds for all of them is said once."""
    common = [each for each in lines[0][1] if all(each in phrases for _, phrases in lines)] if lines else []
    parts = ["、".join(common)] if common else []
    for kind, phrases in lines:
        if rest := [one for one in phrases if one not in common]:
            parts.append(f"{catalogue.KINDS[kind].name_ja}: {'、'.join(rest)}")
    return "／".join(parts)


def phrases(judged: Judgement, *, is_named: bool = False) -> tuple[str, ...]:
    """Return why a partner is asked for a line.

    `is_named`: the question names its own quantity, which may be less than it could give; then what it has is told.
    """
    found = {reason.code: reason for reason in judged.reasons}
    return tuple(
        _left(judged) if is_named and code in _QUANTITY else _phrase(found[code], judged)
        for code in TOLD
        if code in found
    )


def _left(judged: Judgement) -> str:
    kind = catalogue.KINDS[judged.kind]
    own = "" if judged.kind == judged.case.need.kind else f"{kind.name_ja}の"
    return f"{own}登録の残り{judged.supply.available}{kind.unit}"


def _phrase(reason: Reason, judged: Judgement) -> str:
    if reason.code is Code.SAME_PACKAGE:
        return "同じ業務システムを使用"
    if reason.code is not Code.DISTANCE:
        return phrase(reason)
    minutes = judged.way.road + judged.way.sea
    time = f"約{minutes}分" if minutes < _LONG else f"約{round(minutes / 60)}時間"
    return f"{phrase(reason)}・{time}"
