"""One way to write a text: narrow, upper case, large katakana, no long vowels; and numbers as people write them."""

import re
import unicodedata

_SMALL = str.maketrans("ァィゥェォッャュョヮ", "アイウエオツヤユヨワ")
_HIRAGANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]")
_LONG = re.compile(r"(?<=[ァ-ヴ])[ー‐‑‒–—―−-]+(?=[^0-9]|$)|(?<=[ァ-ヴ])ー")
_DASHES = re.compile(r"[‐‑‒–—―−]")
_WIFI = re.compile(r"WI[ -]?FI", re.IGNORECASE)
_DIGITS = {"〇": 0, "零": 0, "一": 1, "壱": 1, "二": 2, "弐": 2, "三": 3, "参": 3, "四": 4, "五": 5}
_DIGITS |= {"六": 6, "七": 7, "八": 8, "九": 9}
_TENS = {"十": 10, "拾": 10, "百": 100, "千": 1000}
NUMERALS = "".join(_DIGITS) + "".join(_TENS)


def fold(text: str) -> str:
    """Return the text as it is compared; what is no letter stays, so that sentences still end."""
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    upper = _WIFI.sub("WIFI", plain).upper().translate(_HIRAGANA).translate(_SMALL)
    return _DASHES.sub("-", _LONG.sub("", upper))


def number(kanji: str) -> int | None:
    """Return what kanji numerals say (二十五, 百, 二〇), None where two readings are possible: 二三."""
    if not any(each in _TENS for each in kanji):
        is_places = len(kanji) == 1 or "〇" in kanji
        return int("".join(str(_DIGITS[each]) for each in kanji)) if is_places else None
    total, digit = 0, None
    last = 10_000
    for each in kanji:
        if each in _TENS:
            if _TENS[each] >= last:
                return None
            last = _TENS[each]
            total += (1 if digit is None else digit) * last
            digit = None
        elif digit is not None or _DIGITS[each] == 0:
            return None
        else:
            digit = _DIGITS[each]
    return total + (digit or 0)


def is_slip_of(written: str, word: str) -> bool:
    """Tell whether one character is wrong, missing, too many, or two beside each other are swapped."""
    if abs(len(written) - len(word)) > 1 or written == word:
        return False
    start = next((at for at, (a, b) in enumerate(zip(written, word, strict=False)) if a != b), None)
    if start is None:
        return True
    rest, other = written[start:], word[start:]
    return (
        rest[1:] == other[1:]
        or rest == other[1:]
        or rest[1:] == other
        or (rest[:2] == other[1::-1] and rest[2:] == other[2:])
    )
