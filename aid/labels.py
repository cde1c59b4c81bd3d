"""Enums whose members carry their Japanese label beside their stable value."""

from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """表示名付きの区分: members are `NAME = "value", "日本語"`; only the value is stored and sent."""

    _value_: str
    label: str

    # The default is for type checkers, which read `Severity("7")` as a call of this method.
    def __new__(cls, value: str, label: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member
