"""From a record's fields to what people read and type, and back; which fields there are says the API."""

from collections.abc import Mapping
from typing import Any

from service.portal import forms
from service.portal.forms import text
from service.portal.rendering import day
from service.portal.visit import Visit

FLAGS = {True: "はい", False: "いいえ"}
Kind = Mapping[str, Any]


async def kinds(visit: Visit) -> dict[str, Kind]:
    """Return the kinds of record by their key, in the API's order; their fields with the remarks at the end."""
    found = (await visit.api.get("/record-kinds"))["items"]
    return {each["kind"]: {**each, "fields": sorted(each["fields"], key=_is_remark)} for each in found}


def shown(kind: Kind, fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return label and words of each field that is filled in, in the kind's order."""
    return [
        (field["label"], words(field, fields[field["name"]]))
        for field in kind["fields"]
        if field["name"] != "name" and fields.get(field["name"]) is not None
    ]


def _is_remark(field: Mapping[str, Any]) -> bool:
    return str(field["name"]).endswith("remarks")


def words(field: Mapping[str, Any], value: Any) -> str:
    """Return one value as people read it."""
    if field["type"] == "choice":
        return str({each["value"]: each["label"] for each in field["choices"]}.get(value, value))
    if field["type"] == "flag":
        return FLAGS[bool(value)]
    if field["type"] == "list":
        return "、".join(value)
    return day(value) if field["type"] == "day" else str(value)


def typed(kind: Kind, fields: Mapping[str, Any]) -> dict[str, str]:
    """Return a record's fields as its form shows them."""
    given = {name: value for name, value in fields.items() if value is not None}
    return {
        f"field-{field['name']}": _as_typed(field, given[field["name"]])
        for field in kind["fields"]
        if field["name"] in given
    }


def _as_typed(field: Mapping[str, Any], value: Any) -> str:
    if field["type"] == "list":
        return "\n".join(value)
    if field["type"] == "flag":
        return "yes" if value else "no"
    return str(value)


def read(kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields as the API takes them; one left empty is null."""
    return {field["name"]: _value(field, text(values, f"field-{field['name']}")) for field in kind["fields"]}


def pointers(kind: Kind) -> dict[str, str]:
    """Return the form's field of each pointer that the API may name."""
    return {f"/fields/{field['name']}": f"field-{field['name']}" for field in kind["fields"]} | {"/note": "note"}


def _value(field: Mapping[str, Any], plain: str) -> Any:
    if not plain:
        return None
    if field["type"] == "list":
        return [line.strip() for line in plain.splitlines() if line.strip()]
    if field["type"] == "number":
        return forms.number(plain)
    if field["type"] == "flag":
        return {"yes": True, "no": False}.get(plain, plain)
    if field["type"] == "day":
        return (forms.instant(plain) or plain).partition("T")[0]
    return plain
