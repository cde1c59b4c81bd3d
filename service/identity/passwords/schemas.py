"""Passwords and authenticator apps as the API takes and shows them."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from foundation.fields import Schema, View
from service.identity.passwords.rules import LONGEST


def _storable(text: str) -> str:
    text.encode()
    return text


PasswordText = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST, pattern=r"^[^\x00]*$"), AfterValidator(_storable)
]
"""A password as it was typed or pasted: any characters, also spaces at its ends."""
CodeText = Annotated[str, StringConstraints(min_length=1, max_length=40), AfterValidator(_storable)]
"""Six digits of an app, or a printed code, in whatever width and with hyphens or not."""


class PasswordChange(Schema):
    """パスワードの変更: `current` where there is one already."""

    password: PasswordText
    current: PasswordText | None = None


class CodeShown(Schema):
    """確認コード: of the authenticator app, or a printed one."""

    code: CodeText


class TotpView(View):
    """認証アプリの登録: the secret is shown this once, as text and as a link that sets up an app."""

    secret: str
    link: str
