"""The kinds of record, and what of one is shown to whom."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from inventory.records.contents import (
    DataCentreFields,
    EquipmentFields,
    NetworkFields,
    SiteFields,
    StaffFields,
    SystemFields,
    VendorFields,
)
from inventory.records.fields import Disclosure, RecordFields, disclosure_of


class RecordKind(StrEnum):
    """台帳の種別: what a record is about."""

    SYSTEM = "system"
    NETWORK = "network"
    SITE = "site"
    EQUIPMENT = "equipment"
    STAFF = "staff"
    VENDOR = "vendor"
    DATA_CENTRE = "data_centre"

    @property
    def schema(self) -> type[RecordFields]:
        return _SCHEMAS[self]

    @property
    def label(self) -> str:
        """The Japanese name: the first word of the schema's docstring."""
        return (self.schema.__doc__ or "").partition(":")[0]


class Facet(StrEnum):
    """照合の手がかり: what two members may have in common, known to the service alone."""

    VENDOR = "vendor"
    PACKAGE = "package"
    DATA_CENTRE = "data_centre"


_SCHEMAS: Mapping[RecordKind, type[RecordFields]] = {
    RecordKind.SYSTEM: SystemFields,
    RecordKind.NETWORK: NetworkFields,
    RecordKind.SITE: SiteFields,
    RecordKind.EQUIPMENT: EquipmentFields,
    RecordKind.STAFF: StaffFields,
    RecordKind.VENDOR: VendorFields,
    RecordKind.DATA_CENTRE: DataCentreFields,
}
_FACETS: Mapping[RecordKind, Mapping[str, Facet]] = {
    RecordKind.SYSTEM: {"vendor": Facet.VENDOR, "package": Facet.PACKAGE, "data_centre": Facet.DATA_CENTRE},
    RecordKind.VENDOR: {"name": Facet.VENDOR},
    RecordKind.DATA_CENTRE: {"name": Facet.DATA_CENTRE},
}


@dataclass(frozen=True, slots=True)
class FieldWords:
    """項目の言葉: how a field is called and who sees it."""

    label: str
    disclosure: Disclosure


@cache
def words_of(kind: RecordKind) -> Mapping[str, FieldWords]:
    """Return the label and the disclosure class of each field. Raises KeyError for one without a class."""
    return {
        name: FieldWords(field.title or name, disclosure_of(field))
        for name, field in kind.schema.model_fields.items()
    }


def disclosed(kind: RecordKind, fields: Mapping[str, Any], level: Disclosure) -> dict[str, Any]:
    """Return the fields that somebody at a level may see.

    What the schema does not know (any more) is for the owner; the group sees of equipment only what can be lent.
    """
    if level is Disclosure.GROUP and not fields.get("lendable_quantity"):
        return {}
    words = words_of(kind)
    return {
        name: value
        for name, value in fields.items()
        if level.covers(words[name].disclosure if name in words else Disclosure.OWNER)
    }


def kinds_with(level: Disclosure) -> list[RecordKind]:
    """Return the kinds of which somebody at a level sees anything at all."""
    return [kind for kind in RecordKind if any(level.covers(each.disclosure) for each in words_of(kind).values())]


def facets(kind: RecordKind, fields: Mapping[str, Any]) -> Iterator[tuple[Facet, str]]:
    """Yield by what a record is found in matching, as it was written."""
    for name, facet in _FACETS.get(kind, {}).items():
        if value := fields.get(name):
            yield facet, str(value)
