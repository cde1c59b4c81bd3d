"""What is refused of passkeys."""

from foundation.problems import Conflict, Invalid, NotFound


class PasskeyRefused(Invalid):
    """The device's answer does not fit what was asked, or came too late."""

    ja = "パスキーを登録できませんでした。もう一度はじめから登録してください（5分以内、画面ロックの確認が必要です）。"
    en = "The passkey could not be registered. Please begin again (within five minutes, with your screen lock)."


class PasskeyExists(Conflict):
    """This device is registered already."""

    ja = "このパスキーは登録済みです。"
    en = "This passkey is registered already."


class PasskeyNotFound(NotFound):
    """The passkey is none of the caller's."""

    ja = "このパスキーは登録されていません。一覧を読み直してください。"
    en = "There is no such passkey. Please read the list again."
