"""What is refused of whoever wants to sign in: the same words, whatever was wrong."""

from foundation.problems import Unauthorised


class SignInFailed(Unauthorised):
    """Address, password or code is wrong; which one is not said."""

    ja = (
        "サインインできませんでした。メールアドレス、パスワード、確認コードを確かめてください。"
        "忘れたときは、同じ団体の協定担当者に招待メールを送ってもらってください。"
    )
    en = (
        "You could not be signed in. Check address, password and code; "
        "if you have lost them, ask another contact of your member for an invitation."
    )
