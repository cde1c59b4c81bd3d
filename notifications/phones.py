"""Telephone numbers: one way to write them (E.164), Japan's when no country is said."""

import re
import unicodedata

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

_PLAIN = re.compile(r"[0-9+()\-‐‑‒–—―−ー./\s]+")
# Made-up mobiles of the demo: in this range Japan has nothing that a person carries.
_DEMO = range(8_000_000_000, 8_000_100_000)
_JAPAN = 81
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


class BadPhone(ValueError):
    """電話番号が正しくない: not a number that can be dialled."""


def normalise(text: str) -> str:
    """Return the number as E.164; raises BadPhone, also for an extension, which E.164 can't hold."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if not _PLAIN.fullmatch(plain):
        raise BadPhone("電話番号は数字で入力してください(内線番号は含めません)")
    number = _parsed(plain)
    if number is None or not (_is_demo(number) or phonenumbers.is_valid_number(number)):
        raise BadPhone("電話番号が正しくありません。市外局番から入力してください")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def is_mobile(number: str) -> bool:
    """Tell whether an SMS can reach the number, given as E.164 or as typed."""
    parsed = _parsed(unicodedata.normalize("NFKC", number))
    return parsed is not None and (_is_demo(parsed) or phonenumbers.number_type(parsed) in _MOBILE)


def domestic(number: str) -> str:
    """Return a number of Japan as it is dialled there (08012345678), any other as it is."""
    return f"0{number[3:]}" if number.startswith("+81") else number


def _parsed(text: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, "JP")
    except phonenumbers.NumberParseException:
        return None


def _is_demo(number: PhoneNumber) -> bool:
    return number.country_code == _JAPAN and number.national_number in _DEMO
