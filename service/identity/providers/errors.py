"""What is refused of identity providers."""

from foundation.problems import Conflict, FieldError, Forbidden, Invalid, NotFound

ISSUER = FieldError(
    "/issuer",
    "issuer",
    "https:// で始まる発行者のURLを、認証基盤の設定画面にあるとおりに入力してください"
    "（庁内やLGWANのアドレスは、運用者がYUIMARU_OIDC_HOSTSで許可したものに限ります）。",
    "Give the issuer's https URL just as the provider shows it; private addresses need the operator's "
    "YUIMARU_OIDC_HOSTS.",
)


class ProviderNotFound(NotFound):
    """There is no such identity provider, or it is another member's."""

    ja = "認証基盤が見つかりません。一覧を読み直してください。"
    en = "There is no such identity provider. Please read the list again."


class LinkNotFound(NotFound):
    """Nobody of that id has a link at this provider."""

    ja = "この担当者は、この認証基盤と対応づけられていません。一覧を確かめてください。"
    en = "This person has no link at this provider. Please check the list."


class IssuerRefused(Invalid):
    """The issuer is no address that the service may call."""


class ProviderExists(Conflict):
    """The member has registered this issuer already."""

    ja = "この発行者はすでに登録されています。登録済みのものを変更してください。"
    en = "This issuer is registered already. Please change that one."


class DomainTaken(Conflict):
    """The mail domain leads to another provider."""

    ja = "このメールドメインは別の認証基盤に割り当てられています。先にそちらから外してください。"
    en = "This mail domain leads to another provider. Please take it away there first."


class DomainsAreOperators(Forbidden):
    """Who could claim another city's domain could lead its people to a page of one's own."""

    ja = (
        "メールドメインの割り当ては運用者が行います。運用者に頼むか、"
        "ドメインなしで登録してください（団体名を選んで入れます）。"
    )
    en = "Mail domains are assigned by the operator. Please ask, or register without (people choose the member)."


class OtherMembersProvider(Forbidden):
    """Only the member's own administrators and the operator say where its people sign in."""

    ja = "認証基盤を登録できるのは、その団体の管理者と運用者だけです。その団体の管理者に頼んでください。"
    en = "Only the member's own administrator or the operator registers its provider. Please ask them."
