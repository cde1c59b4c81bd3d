"""What is refused of programs and of those who keep them."""

from foundation.problems import FieldError, Forbidden, Invalid, NotFound

NOBODY = FieldError(
    "/responsible",
    "unknown",
    "この団体の有効な担当者を指定してください。",
    "Name an active person of this member.",
)


class ClientNotFound(NotFound):
    """There is no such program, or it is another member's."""

    ja = "連携プログラムが見つかりません。一覧を読み直してください。"
    en = "There is no such program. Please read the list again."


class ResponsibleUnknown(Invalid):
    """Nobody active of the member is named as answering for the program."""


class OtherMembersClient(Forbidden):
    """Only the member's own administrators let a program in."""

    ja = "連携プログラムを登録できるのは、その団体の管理者だけです。その団体の管理者に頼んでください。"
    en = "Only the member's own administrator registers its programs. Please ask them."
