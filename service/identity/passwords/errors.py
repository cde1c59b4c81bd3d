"""What is refused of passwords and of the authenticator app."""

from foundation.problems import Conflict, FieldError, Invalid

TOO_SHORT = FieldError(
    "/password",
    "too-short",
    "15文字以上にしてください。覚えやすい言葉を4つほど並べると作りやすくなります。記号や大文字は必須ではありません。",
    "Use at least 15 characters; four words or so are easy to keep in mind. No signs or capitals are asked for.",
)
GUESSABLE = FieldError(
    "/password",
    "guessable",
    "推測されやすいパスワードです。名前・メールアドレス・団体名・続き文字・よく使われる言葉を避けてください。",
    "This is easy to guess. Avoid names, addresses, sequences and common passwords.",
)


class PasswordRefused(Invalid):
    """The password is too short or too easy to guess."""


class CurrentWrong(Invalid):
    """Whoever changes a password shows the present one."""

    ja = "いまのパスワードが違います。確かめてもう一度入力してください。"
    en = "The present password is wrong. Please check it and try again."


class TotpExists(Conflict):
    """An authenticator app is registered already."""

    ja = "認証アプリは登録済みです。別の端末に替えるときは、先に今の登録を削除してください。"
    en = "An authenticator app is registered already. To change it, remove that one first."


class NoTotp(Conflict):
    """There is none to confirm or to remove."""

    ja = "認証アプリの登録が始まっていません。もう一度はじめから登録してください。"
    en = "No authenticator app is being registered. Please begin again."


class CodeWrong(Invalid):
    """The code does not fit, or was used before."""

    ja = "確認コードが違うか、使用済みです。次に表示されるコードを入力してください。端末の時刻も確かめてください。"
    en = "The code is wrong or was used before. Please enter the next one, and check your device's clock."
