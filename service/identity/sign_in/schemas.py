"""What people show to sign in."""

from foundation.fields import Line, Schema
from service.identity.passwords.schemas import CodeText, PasswordText
from service.identity.terminals.schemas import TerminalToken


class PasswordSignIn(Schema):
    """パスワードによるサインイン: with a code of the app, or a printed one, it counts as two factors.

    `shared` names the browser as one that several people use; `terminal` is its token where it has one.
    """

    email: Line
    password: PasswordText
    code: CodeText | None = None
    shared: bool = False
    terminal: TerminalToken | None = None


class CodeSignIn(Schema):
    """印刷コードによるサインイン: with a password it counts as two factors."""

    email: Line
    code: CodeText
    password: PasswordText | None = None
    shared: bool = False
    terminal: TerminalToken | None = None
