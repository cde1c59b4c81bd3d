"""Whether what somebody wrote down fits its kind, and holds no secret."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from foundation.problems import FieldError
from foundation.refusals import field_errors
from inventory.catalogue import Category, find
from inventory.errors import InvalidRecord
from inventory.queries import kind_errors
from inventory.records.kinds import RecordKind, words_of
from inventory.secrets import looks_like


def validated(kind: RecordKind, given: Mapping[str, Any], note: str | None = None) -> dict[str, Any]:
    """Return the fields as they are stored (plain JSON, nothing empty). Raises InvalidRecord with every error."""
    filled = {name: value for name, value in given.items() if not _is_empty(value)}
    try:
        record = kind.schema.model_validate_json(json.dumps(filled))
    except ValidationError as error:
        raise InvalidRecord(*field_errors(error, under="/fields")) from None
    fields = record.model_dump(mode="json", exclude_none=True)
    errors = [*_secrets(kind, fields, note), *_equipment(fields if kind is RecordKind.EQUIPMENT else {})]
    if errors:
        raise InvalidRecord(*errors)
    return fields


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or value == []


def check_note(note: str | None) -> None:
    """Raise InvalidRecord where a note holds a secret."""
    if note is not None and (found := looks_like(note)):
        raise InvalidRecord(_refusal("/note", "メモ", found.ja, found.value))


def _secrets(kind: RecordKind, fields: Mapping[str, Any], note: str | None) -> Iterator[FieldError]:
    labels = {name: words.label for name, words in words_of(kind).items()}
    texts = [(f"/fields/{name}", labels[name], text) for name, value in fields.items() for text in _texts(value)]
    for pointer, label, text in [*texts, *([("/note", "メモ", note)] if note else [])]:
        if found := looks_like(text):
            yield _refusal(pointer, label, found.ja, found.value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (each for each in value if isinstance(each, str))


def _refusal(pointer: str, label: str, kind_ja: str, kind: str) -> FieldError:
    words = kind.replace("_", " ")
    return FieldError(
        pointer,
        "looks-like-secret",
        f"「{label}」に{kind_ja}と思われる文字列があります。台帳には書かず、だれが保管しているか、"
        "どの封筒に入っているかを書いてください。",
        f"This seems to hold a secret ({words}). Write who keeps it or in which envelope it lies.",
    )


def _equipment(fields: Mapping[str, Any]) -> Iterator[FieldError]:
    """Say what no single field can: a kind is one of the catalogue's things, and no more is lent than is there."""
    if (kind := fields.get("kind")) is not None:
        yield from kind_errors(kind, "/fields/kind")
        if (known := find(kind)) is not None and known.category is not Category.EQUIPMENT:
            yield FieldError(
                "/fields/kind",
                "not-equipment",
                "機器の品目を選んでください。職員やサービスは、支援可能内容として登録します。",
                "Choose a kind of equipment; people and services are declared as capabilities.",
            )
    quantity, lendable = fields.get("quantity"), fields.get("lendable_quantity")
    if quantity is not None and lendable is not None and lendable > quantity:
        yield FieldError(
            "/fields/lendable_quantity",
            "more-than-there-is",
            f"貸出できる数は、数量 {quantity} 以下で入力してください。",
            f"No more than the quantity of {quantity} can be lent.",
        )
