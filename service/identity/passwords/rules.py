"""Which passwords are taken: long, and not what anybody would guess of this person and service. No other rules."""

import unicodedata
from collections.abc import Iterable

SHORTEST = 15
"""Characters, for a password that may be the only factor (NIST SP 800-63B, ASVS 6.2.1)."""
LONGEST = 256
GUESSES = 1e10
"""How many tries the estimate must give it: beyond what any limited guessing reaches."""
OWN_PART = 8
"""Characters that must be left when the names of person, place and service are taken out."""
ALWAYS = ("yuimaru", "結まーる", "ゆいまーる", "password", "パスワード", "応援", "災害")
_MEASURED = 72
"""The estimate's work grows with the square of the length; what is longer is judged by its beginning."""
_SHORTEST_WORD = 3


def is_long_enough(password: str) -> bool:
    return len(unicodedata.normalize("NFKC", password)) >= SHORTEST


def is_guessable(password: str, words: Iterable[str]) -> bool:
    """Tell whether a password is common, a sequence, a repetition, or made of these words."""
    # Loaded when first needed: its lists of common passwords and words take a while and some memory.
    from zxcvbn import zxcvbn  # noqa: PLC0415 — as said above

    plain = unicodedata.normalize("NFKC", password).casefold()
    known = sorted(_parts((*words, *ALWAYS)), key=lambda each: (-len(each), each))
    rest = plain
    for word in known:
        rest = rest.replace(word, "")
    if len(rest) < OWN_PART or len(set(rest)) < OWN_PART // 2:
        return True
    return bool(zxcvbn(plain[:_MEASURED], user_inputs=known)["guesses"] < GUESSES)


def _parts(words: Iterable[str]) -> set[str]:
    """Return the words and their parts: what stands around the at sign of an address, each name of a name."""
    found: set[str] = set()
    for word in words:
        plain = unicodedata.normalize("NFKC", word).casefold()
        found |= {plain, *plain.replace("@", " ").replace(".", " ").split()}
    return {each for each in found if len(each) >= _SHORTEST_WORD or not each.isascii()}
