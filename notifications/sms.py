"""Texts for SMS: the first 70 UTF-16 units can be answered by themselves, the whole is two parts at most.

Any kana or kanji makes a message UCS-2: 70 units if alone, 67 in each part of a longer one (3GPP TS 23.040).
"""

import re
import unicodedata
from dataclasses import dataclass

PREFIX = "【結まーる】"
SINGLE = 70
DOUBLE = 2 * 67
_LEAST_WHAT = 12  # units of `what` that stay before `who` is shortened too
_ELLIPSIS = "…"
_JOINER = "\u200d"
_BLANK = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029\u3000]+")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Essence:
    """要点: who asks, what for, and what kind of message it is."""

    who: str
    what: str
    ask: str = "応援要請"


def units(text: str) -> int:
    """Return the length as SMS counts it, in UTF-16 units: 𠮷 is 2, 葛󠄀 with its variant selector 3."""
    return len(text) + sum(character > "\uffff" for character in text)


def compose(essence: Essence, *, code: str, link: str | None, mark: str) -> str:
    """Return the alert's text without `mark`, for which room is left (the gateway puts it in front).

    Too long: `what` is shortened down to a dozen units, then `who`; a link that doesn't fit is left out.
    Raises ValueError if `ask`, `code` and `mark` alone leave no room.
    """
    tail = f" 返信{code} 1可 2不可"
    ask = _tidy(essence.ask)
    room = SINGLE - units(f"{mark}{PREFIX}{ask} {tail}")
    if room < 2 * _LEAST_WHAT:
        raise ValueError("the fixed parts of the text leave no room for who and what")
    who, what = _tidy(essence.who), _tidy(essence.what)
    what = shorten(what, max(room - units(who), _LEAST_WHAT))
    who = shorten(who, room - units(what))
    return _with_link(f"{PREFIX}{who}{ask} {what}{tail}", link, mark)


def compose_notice(text: str, link: str | None = None, *, mark: str) -> str:
    """Return a message that needs no answer, without `mark`; the link goes before the text is shortened."""
    head = "" if text.startswith(PREFIX) else PREFIX
    whole = shorten(head + _tidy(text), DOUBLE - units(mark))
    return _with_link(whole, link, mark)


def shorten(text: str, limit: int) -> str:
    """Return the text in at most `limit` units, ending in … if cut; what belongs together is never parted."""
    if units(text) <= limit:
        return text
    kept, used = [], units(_ELLIPSIS)
    for cluster in _clusters(text):
        used += units(cluster)
        if used > limit:
            break
        kept.append(cluster)
    return "".join(kept).rstrip() + _ELLIPSIS


def _with_link(text: str, link: str | None, mark: str) -> str:
    whole = f"{text}\n{link}" if link else text
    return whole if units(mark + whole) <= DOUBLE else text


def _tidy(text: str) -> str:
    """Return one line: runs of blanks and control characters as a space, lone surrogates dropped."""
    return _BLANK.sub(" ", _SURROGATE.sub("", text)).strip()


def _clusters(text: str) -> list[str]:
    """Return what a reader takes for one character: with variant selectors, combining marks, joiners."""
    clusters: list[str] = []
    for character in text:
        if clusters and (_extends(character) or clusters[-1].endswith(_JOINER)):
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters


def _extends(character: str) -> bool:
    # Category M covers variant selectors and combining kana marks; half-width ﾞ ﾟ and skin tones are beside it.
    return (
        unicodedata.category(character).startswith("M")
        or character in "\uff9e\uff9f" + _JOINER
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )
