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
_LONG = 100
"""Minutes from which hours are easier to read."""


def why_asked(judged: Sequence[Judgement]) -> str:
    """Return in one line why a partner is asked for some lines; what holds for all of them is said once."""
    said = [_phrases(each) for each in judged]
    common = [each for each in said[0] if all(each in phrases for phrases in said)] if said else []
    parts = ["、".join(common)] if common else []
    for each, phrases in zip(judged, said, strict=True):
        if rest := [one for one in phrases if one not in common]:
            parts.append(f"{catalogue.KINDS[each.case.need.kind].name_ja}: {'、'.join(rest)}")
    return "／".join(parts)


def _phrases(judged: Judgement) -> list[str]:
    found = {reason.code: reason for reason in judged.reasons}
    return [_phrase(found[code], judged) for code in TOLD if code in found]


def _phrase(reason: Reason, judged: Judgement) -> str:
    if reason.code is Code.SAME_PACKAGE:
        return "同じ業務システムを使用"
    if reason.code is not Code.DISTANCE:
        return phrase(reason)
    minutes = judged.way.road + judged.way.sea
    time = f"約{minutes}分" if minutes < _LONG else f"約{round(minutes / 60)}時間"
    return f"{phrase(reason)}・{time}"
