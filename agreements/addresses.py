"""Addresses and numbers of people and desks: how they are read, sealed and found again."""

import re
import unicodedata

from sqlalchemy.orm import Session

from agreements.models import ChannelKind
from foundation.problems import FieldError, Invalid
from foundation.sealing import digest
from notifications import phones

CHANNEL = "channels.address"
TEMPORARY = "temporary_contacts.address"
MAIL_LENGTH = 254
"""Characters: what RFC 5321 leaves for an address in a path."""
# No more than this: older mobile carriers gave out addresses that the RFCs forbid (taro..a@docomo.ne.jp).
MAIL = re.compile(r"[^@\s\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
BY_MAIL = (ChannelKind.EMAIL, ChannelKind.LGWAN_MAIL)
BY_PHONE = (ChannelKind.SMS, ChannelKind.MOBILE, ChannelKind.FIXED_PHONE, ChannelKind.FAX)


class BadAddressError(ValueError):
    """使えない宛先: the messages say what to enter instead."""

    def __init__(self, ja: str, en: str) -> None:
        super().__init__(ja)
        self.en = en


def normalise(kind: ChannelKind, text: str) -> str:
    """Return the one way to write an address of this kind. Raises BadAddressError.

    Satellite phones and disaster radio have numbers of their own systems; they are kept as they are written.
    """
    if kind in BY_MAIL:
        return _mail(text)
    if kind in BY_PHONE:
        return _phone(kind, text)
    return text.strip()


def read(kind: ChannelKind, text: str, pointer: str) -> str:
    """Return the address as it is kept. Raises Invalid, naming the field by its pointer."""
    try:
        return normalise(kind, text)
    except BadAddressError as error:
        raise Invalid(FieldError(pointer, "address", str(error), error.en)) from None


def search_digest(session: Session, kind: ChannelKind, address: str) -> bytes:
    """Return what an address is found by; mail addresses are the same in upper and lower case."""
    return digest(session, f"channels.{kind.value}", address.casefold())


def _mail(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).strip()
    local, _, domain = plain.partition("@")
    if len(plain) > MAIL_LENGTH or not (MAIL.fullmatch(local) and MAIL.fullmatch(domain)):
        raise BadAddressError(
            "メールアドレスは name@example.lg.jp の形で、254文字以内で入力してください。",
            "Give a mail address like name@example.lg.jp, of at most 254 characters.",
        )
    return plain


def _phone(kind: ChannelKind, text: str) -> str:
    try:
        number = phones.normalise(text)
    except phones.BadPhone as error:
        raise BadAddressError(
            f"{error}。", "Give a telephone number with its area code, without extension."
        ) from None
    if kind is ChannelKind.SMS and not phones.is_mobile(number):
        raise BadAddressError(
            "SMS を受け取れる携帯電話の番号を入力してください (例: 090-1234-5678)。",
            "Give a mobile number that can receive SMS, e.g. 090-1234-5678.",
        )
    return number
