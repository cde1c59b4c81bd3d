"""Signing in through a member's provider, as the API takes and shows it."""

from typing import Annotated

from pydantic import Field, StringConstraints

from foundation.fields import Line, Moment, Ref, Schema, View
from service.identity.terminals.schemas import TerminalToken

Opaque = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
Given = Annotated[str, StringConstraints(min_length=1, max_length=4096, pattern=r"^[ -~]+$")]


class ProviderChoice(View):
    """選べる認証基盤: a member whose people sign in through its own provider."""

    id: str
    name: str
    host: str = Field(description="Where the provider's pages are")


class ProviderChoices(View):
    """選べる認証基盤の一覧."""

    items: list[ProviderChoice]
    next: None = None


class OidcBeginning(Schema):
    """認証の開始: a chosen provider, else that of a mail address' domain; the address is not looked up."""

    email: Line | None = None
    provider: Ref | None = None
    shared: bool = False


class OidcRedirect(View):
    """認証基盤への案内: where to send the browser, and what it keeps meanwhile to be known again; it is no token."""

    url: str
    browser: str
    name: str
    host: str
    ends_at: Moment


class OidcReturn(Schema):
    """認証基盤からの戻り: whose redirect address it was, what the provider added to it, and what the browser kept."""

    provider: Ref
    state: Opaque
    browser: Opaque
    code: Given | None = None
    iss: Given | None = None
    error: Given | None = None
    terminal: TerminalToken | None = None
