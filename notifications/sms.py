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


def compose(essence: Essence, *, code: str, link: str | None, mark: str, may_reply: bool = True) -> str:
    """Return the alert's text without `mark`, for which room is left (the gateway puts it in front).

    Too long: `what` is shortened down to a dozen units, then `who`; a link that doesn't fit is left out.
    `may_reply` False: the route brings no reply back, so the text promises none and the link is the way to answer.
    Raises ValueError if `ask`, `code` and `mark` alone leave no room.
    """
    if not may_reply:
        return _compose_by_link(essence, link, mark)
    tail = f" 返信{code} 1可 2不可"
    return _with_link(_told(essence, tail, SINGLE - units(mark)), link, mark)


def _compose_by_link(essence: Essence, link: str | None, mark: str) -> str:
    """Return a text whose link is answered by; in one part, if that leaves room for who and what."""
    if link is None:
        return _told(essence, " 回答はメールで", SINGLE - units(mark))
    tail = f" 回答→\n{link}"
    for room in (SINGLE, DOUBLE):
        try:
            return _told(essence, tail, room - units(mark))
        except ValueError:
            continue
    raise ValueError("the fixed parts of the text leave no room for who and what")


def _told(essence: Essence, tail: str, limit: int) -> str:
    """Return who asks what, shortened so that it ends in `tail` within `limit` units. Raises ValueError."""
    ask = _tidy(essence.ask)
    room = limit - units(f"{PREFIX}{ask} {tail}")
    if room < 2 * _LEAST_WHAT:
        raise ValueError("the fixed parts of the text leave no room for who and what")
    who, what = _tidy(essence.who), _tidy(essence.what)
    what = shorten(what, max(room - units(who), _LEAST_WHAT))
    who = shorten(who, room - units(what))
    return f"{PREFIX}{who}{ask} {what}{tail}"


def compose_notice(text: str, link: str | None = None, *, mark: str) -> str:
    """Return a message that needs no answer, without `mark`; the link goes before the text is shortened."""
    head = "" if text.startswith(PREFIX) else PREFIX
    whole = shorten(head + _tidy(text), DOUBLE - units(mark))
    return _with_link(whole, link, mark)


def fit(text: str, limit: int, *, may_reply: bool = True) -> str:
    """Return a composed text in at most `limit` units, for a route that takes no more.

    What the text can be answered by stays: where it asks for a reply the link goes first, else the link is kept
    whole. Raises ValueError where no text would be left.
    """
    if units(text) <= limit:
        return text
    head, _, link = text.rpartition("\n")
    has_link = bool(head) and link.startswith(("https://", "http://"))
    if has_link and may_reply:
        text, has_link = head, False
    rest = f"\n{link}" if has_link else ""
    room = limit - units(rest)
    if room < _LEAST_WHAT:
        raise ValueError("the route takes too little for any text")
    return shorten(head if has_link else text, room) + rest


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
