"""Passkeys as the API takes and shows them; what goes to and comes from the browser is WebAuthn's own JSON."""

from typing import Any

from foundation.fields import Line, Ref, Schema, View
from service.identity.terminals.schemas import TerminalToken


class OptionsView(View):
    """パスキーのチャレンジ: what the browser hands to the device, once and within five minutes."""

    challenge: str
    options: dict[str, Any]


class PasskeyDraft(Schema):
    """パスキーの登録: what the device answered to the challenge of this id."""

    challenge: Ref
    credential: dict[str, Any]
    name: Line


class PasskeySignIn(Schema):
    """パスキーによるサインイン."""

    challenge: Ref
    credential: dict[str, Any]
    shared: bool = False
    terminal: TerminalToken | None = None
