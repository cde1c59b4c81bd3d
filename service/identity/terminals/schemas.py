"""Shared terminals as the API takes and shows them."""

from typing import Annotated

from pydantic import StringConstraints

from foundation.fields import Ref, Schema, View

TerminalToken = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
Pin = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


class PinDraft(Schema):
    """PINの設定: six digits to come back by on this terminal, today."""

    pin: Pin


class Switch(Schema):
    """担当者の切り替え: who takes over on the shared terminal."""

    terminal: TerminalToken
    person: Ref
    pin: Pin


class TerminalPersonView(View):
    """この端末を使う人: somebody who fully signed in here today, and whether they have set a short number."""

    person: str
    name: str
    municipality: str | None
    has_pin: bool


class TerminalPeopleView(View):
    """この端末を使う人の一覧."""

    items: list[TerminalPersonView]
    next: None = None
