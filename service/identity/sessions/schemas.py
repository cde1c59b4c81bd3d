"""Sign-ins as the API shows them."""

from typing import Any

from foundation.fields import Moment, View
from service.identity.models import Method


class Warned(View):
    """サインイン時の注意: a text with the code and facts it was made of."""

    code: str
    facts: dict[str, Any]
    text: str


class SignedInView(View):
    """サインインの結果: the session's token, shown this once; so is that of a terminal just named as shared.

    `assurance` counts the factors that were shown.
    """

    token: str
    assurance: int
    ends_at: Moment
    person: str
    name: str
    terminal: str | None
    warnings: list[Warned]


class SessionView(View):
    """セッション: one of the caller's own sign-ins that still counts."""

    id: str
    method: Method
    assurance: int
    made_at: Moment
    seen_at: Moment
    ends_at: Moment
    is_shared: bool
    is_this: bool


class SessionsView(View):
    """セッションの一覧: the latest first, and what to look at."""

    items: list[SessionView]
    warnings: list[Warned]
    next: None = None
