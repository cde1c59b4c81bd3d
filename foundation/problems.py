"""What is refused, and why: problems in the sense of RFC 9457.

    Problem
    ├── Invalid      the input is wrong, with every field's error      422
    ├── Unauthorised nobody is signed in                                401
    ├── Forbidden    this person may not                                403
    ├── NotFound     it does not exist, or not for this person          404
    ├── Conflict     it doesn't fit the state of things                 409
    ├── Gone         it did once                                        410
    ├── Stale        somebody changed it meanwhile (If-Match)           412
    ├── TooLarge     more than is taken at once                         413
    ├── WrongType    another media type than is read here               415
    ├── TooMany      too often                                          429
    └── Unavailable  not now                                            503

A room's errors subclass a kind, say `ja` and `en` (with facts in braces) and never name a number.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar


class Language(StrEnum):
    """表示言語: the language in which a text is shown."""

    JA = "ja"
    EN = "en"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field's error: a JSON pointer, a code, and what to do in both languages."""

    pointer: str
    code: str
    ja: str
    en: str


class Problem(Exception):
    """A refusal that a person can act on; `facts` fill the braces of its sentences."""

    status: ClassVar[int] = 500
    ja: ClassVar[str] = "処理できませんでした。時間をおいてもう一度お試しください。"
    en: ClassVar[str] = "This could not be done. Please try again later."

    def __init__(self, **facts: Any) -> None:
        super().__init__(type(self).__name__)
        self.facts = facts
        self.errors: tuple[FieldError, ...] = ()

    @classmethod
    def code(cls) -> str:
        """Return the name scripts know it by: the class name in kebab case."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()

    def detail(self, language: Language) -> str:
        """Return the sentence for the person."""
        return (self.en if language is Language.EN else self.ja).format(**self.facts)


class Invalid(Problem):
    """The input is wrong; `errors` names every field."""

    status = 422
    ja = "入力に誤りがあります。各項目の説明に従って直してください。"
    en = "Some of the input is wrong. Please mend the fields named."

    def __init__(self, *errors: FieldError, **facts: Any) -> None:
        super().__init__(**facts)
        self.errors = errors


class Unauthorised(Problem):
    """Nobody is signed in."""

    status = 401
    ja = "サインインが必要です。"
    en = "Please sign in."


class Forbidden(Problem):
    """This person may not."""

    status = 403
    ja = "この操作をする権限がありません。"
    en = "You may not do this."


class StepUpNeeded(Forbidden):
    """This person may, but has to sign in with a second factor first."""

    ja = "この操作には2つめの確認が必要です。確認コードかパスキーでサインインし直してから、もう一度操作してください。"
    en = "This needs a second factor. Please sign in again with a code or a passkey, then repeat it."


class NotFound(Problem):
    """It does not exist, or not for this person."""

    status = 404
    ja = "見つかりません。番号やリンクを確かめてください。"
    en = "Not found. Please check the number or the link."


class Conflict(Problem):
    """It doesn't fit the state of things."""

    status = 409
    ja = "現在の状態ではこの操作はできません。最新の状態を確かめてください。"
    en = "This doesn't fit the present state. Please look at it again."


class Gone(Problem):
    """It did exist once."""

    status = 410
    ja = "受付は終了しました。"
    en = "This is no longer open."


class Stale(Problem):
    """Somebody changed it meanwhile."""

    status = 412
    ja = "ほかの人が先に変更しました。最新の内容を読み直してから変更してください。"
    en = "Somebody changed this meanwhile. Please read it again, then change it."


class TooLarge(Problem):
    """More than is taken at once."""

    status = 413
    ja = "送信内容が大きすぎます。{limit}バイト以内にしてください。"
    en = "The body is too large; {limit} bytes at most."


class WrongType(Problem):
    """Another media type than is read here."""

    status = 415
    ja = "Content-Type は {expected} にしてください。"
    en = "Content-Type must be {expected}."


class TooMany(Problem):
    """Too often."""

    status = 429
    ja = "回数が多すぎます。少し待ってからもう一度お試しください。"
    en = "Too often. Please wait a moment and try again."


class Unavailable(Problem):
    """Not now."""

    status = 503
    ja = "ただいま利用できません。少し待ってからもう一度お試しください。"
    en = "Not available just now. Please try again in a moment."
