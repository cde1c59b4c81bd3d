"""What is refused of invitations."""

from foundation.problems import Conflict, Forbidden, Gone


class AskAnother(Forbidden):
    """Somebody else of the member vouches for who has lost their password."""

    ja = "自分を招待することはできません。同じ団体のもう一人の協定担当者か、運用者に頼んでください。"
    en = "You can't invite yourself. Please ask another contact of your member, or the operator."


class AskAdministrator(Forbidden):
    """Who holds a role inside the member is let in anew by those who give roles."""

    ja = "役割のある方を招待できるのは、その団体の管理者と運用者だけです。管理者か運用者に頼んでください。"
    en = "Only an administrator of the member or the operator invites somebody who holds a role. Please ask them."


class NoMailAddress(Conflict):
    """The person has no mail address to which it could go."""

    ja = "この担当者にはメールアドレスが登録されていません。先にメールアドレスを登録してください。"
    en = "This person has no mail address. Please enter one first."


class InvitationGone(Gone):
    """The link was used, replaced by a newer one, or is older than three days."""

    ja = "この招待は使用済みか期限切れです。同じ団体の協定担当者か運用者に、もう一度送ってもらってください。"
    en = "This invitation was used or has expired. Please ask for another one."
