"""What a record's fields are made of: a Japanese label, and who else than the owner may see it."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import Field, StringConstraints
from pydantic.fields import FieldInfo

from foundation.fields import Count, Line, Paragraph, Schema

FieldType = Literal["text", "list", "number", "day", "flag", "choice"]
"""How a field is filled in."""


class Disclosure(StrEnum):
    """開示区分: who sees a field; each sees what the ones before it see, too."""

    GROUP = "group"
    NDA = "nda"
    OWNER = "owner"

    def covers(self, other: "Disclosure") -> bool:
        """Tell whether somebody at this level sees a field of another class."""
        order = list(Disclosure)
        return order.index(other) <= order.index(self)


Name = Line
Hours = Annotated[Count, Field(le=8760)]
"""Hours, a year at most."""
Remark = Annotated[Paragraph, StringConstraints(max_length=2000)]
Lines = Annotated[list[Line], Field(min_length=1, max_length=50)]


def told(label: str, to: Disclosure = Disclosure.NDA) -> Any:
    """Declare a field that may be left empty. What domain rules call the rest of the inventory is under NDA."""
    return Field(default=None, title=label, json_schema_extra={"disclosure": to.value})


def named(label: str, to: Disclosure = Disclosure.NDA) -> Any:
    """Declare a field that a record can't be without."""
    return Field(title=label, json_schema_extra={"disclosure": to.value})


class RecordFields(Schema):
    """台帳の項目: what every kind of record has."""

    name: Name = named("名称")
    remarks: Remark | None = told("備考")
    own_remarks: Remark | None = told("自団体用の備考", Disclosure.OWNER)


def disclosure_of(field: FieldInfo) -> Disclosure:
    """Return a field's class; KeyError where none is declared."""
    extra = field.json_schema_extra
    if not isinstance(extra, dict):
        raise KeyError("disclosure")
    return Disclosure(str(extra["disclosure"]))


def choices_of(field: FieldInfo) -> list[StrEnum]:
    """Return what can be chosen in a field; nothing where it is free."""
    plain = _plain(field.annotation)
    return list(plain) if isinstance(plain, type) and issubclass(plain, StrEnum) else []


def type_of(field: FieldInfo) -> FieldType:
    """Return how a field is filled in, read from its annotation."""
    return "choice" if choices_of(field) else _TYPES[_plain(field.annotation)]


_TYPES: Mapping[Any, FieldType] = {str: "text", list: "list", int: "number", date: "day", bool: "flag"}


def _plain(annotation: Any) -> Any:
    """Return the type that is left of `Annotated[…] | None` or `list[…]`."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    options = [each for each in get_args(annotation) if each is not NoneType]
    if get_origin(annotation) in {UnionType, Union}:
        return _plain(options[0])
    return get_origin(annotation) or annotation
