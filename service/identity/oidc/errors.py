"""What is refused on the way to a member's identity provider and back."""

from foundation.problems import Forbidden, Gone, NotFound, Unavailable

OTHER_WAYS = "パスワード、パスキー、印刷コードでは今までどおりサインインできます。"


class NoProvider(NotFound):
    """No provider is registered for this mail domain, or of this id."""

    ja = (
        "このメールアドレスの団体の認証は登録されていません。団体名を選ぶか、"
        "パスワード、パスキー、印刷コードでサインインしてください。"
    )
    en = "No provider is registered for this mail domain. Choose the member, or sign in by password, passkey or code."


class ProviderDown(Unavailable):
    """The member's provider does not answer, or not as it should."""

    ja = f"団体の認証につながりません。{OTHER_WAYS}"
    en = "The member's identity provider does not answer. Password, passkey and printed codes work as ever."


class AttemptGone(Gone):
    """The way back was used, is older than ten minutes, or began in another browser."""

    ja = (
        "この認証の手続きは、期限切れか使用済みか、別のブラウザーのものです。"
        "サインインのページからもう一度始めてください。"
    )
    en = "This sign-in was used, has expired or belongs to another browser. Please begin again."


class ProviderRefused(Forbidden):
    """What the provider sent does not hold."""

    ja = (
        "団体の認証からの応答を確かめられませんでした。もう一度始め、続くときは団体の情報担当に知らせてください。"
        f"{OTHER_WAYS}"
    )
    en = "The provider's answer does not hold. Please begin again; if it happens again, tell your ICT section."


class PersonUnlinked(Forbidden):
    """The provider knows somebody whom the service does not know as this member's."""

    ja = (
        "団体の認証は済みましたが、この団体の担当者と対応づけられていません。担当者の方は、先にパスワードなどで"
        "サインインし、そのままサインインのページから団体の認証へ進んでください。そのほかの方は、同じ団体の協定担当者か"
        "管理者に、職場のメールアドレスで担当者に登録し、招待メールを送ってもらってください。"
    )
    en = (
        "Your provider knows you, but you are not linked to a person of this member. If you are one, sign in another "
        "way first and then, signed in, go to your provider from the sign-in page. Otherwise ask a contact or an "
        "administrator of your member to register you with your mail address and to send an invitation."
    )
