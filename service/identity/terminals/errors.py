"""What is refused at a shared terminal."""

from foundation.problems import Conflict, FieldError, Invalid, NotFound, Unauthorised

EASY_PIN = FieldError(
    "/pin",
    "easy",
    "推測されやすい番号です。並びや同じ数字を避けてください。",
    "This is easy to guess; choose another.",
)


class PinRefused(Invalid):
    """The short number is one that anybody would try first."""


class NotShared(Conflict):
    """The session is not one at a shared terminal."""

    ja = "共用端末ではありません。「この端末を共用する」を選んでサインインし直してから設定してください。"
    en = "This is no shared terminal. Sign in again and choose to share it, then set a number."


class PinWrong(Unauthorised):
    """The number is wrong, of another day, or was wrong too often."""

    ja = "PINが違うか、使えません（当日限り、5回まで）。メールアドレスとパスワードでサインインし直してください。"
    en = "The number is wrong or no longer counts (that day only, five tries). Please sign in with your password."


class TerminalUnknown(NotFound):
    """The terminal's token is none of ours."""

    ja = "この端末は共用端末として登録されていません。サインインするときに「この端末を共用する」を選んでください。"
    en = "This terminal is not registered as shared. Choose to share it when you sign in."
