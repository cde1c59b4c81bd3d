"""Which field is for whom: every field has a class, and nothing passes a level that it is not for."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.records.contents import EquipmentFields, SystemFields
from inventory.records.fields import Disclosure, RecordFields, disclosure_of
from inventory.records.kinds import RecordKind, disclosed, facets, kinds_with, words_of
from inventory.records.queries import record_kinds

EVERY = [(kind, name) for kind in RecordKind for name in kind.schema.model_fields]
OPEN_TO_GROUP = {
    (RecordKind.EQUIPMENT, name) for name in ("kind", "free_kind", "lendable_quantity", "lead_time_hours")
}
OWNERS = {
    *((kind, "own_remarks") for kind in RecordKind),
    (RecordKind.SYSTEM, "contract_terms"),
    (RecordKind.VENDOR, "contract_terms"),
}
"""What the rules of the trade say of each field; all the rest is under NDA."""


@pytest.mark.parametrize(("kind", "name"), EVERY)
@pytest.mark.asvs("8.2.3", "15.3.1", "15.3.3")
def test_every_field_is_for_whom_the_rules_say(kind: RecordKind, name: str) -> None:
    wanted = Disclosure.NDA
    if (kind, name) in OPEN_TO_GROUP | OWNERS:
        wanted = Disclosure.GROUP if (kind, name) in OPEN_TO_GROUP else Disclosure.OWNER
    assert disclosure_of(kind.schema.model_fields[name]) is wanted
    given_fields = {name: 1, "lendable_quantity": 1}
    shown = {level: name in disclosed(kind, given_fields, level) for level in Disclosure}
    assert shown == {level: level.covers(wanted) for level in Disclosure}


@pytest.mark.asvs("14.1.1", "14.1.2")
def test_a_field_without_a_class_is_refused() -> None:
    class Careless(RecordFields):
        secret_note: str | None = None

    with pytest.raises(KeyError):
        disclosure_of(Careless.model_fields["secret_note"])


def test_every_field_is_called_by_its_japanese_name() -> None:
    labels = {(kind, name): words_of(kind)[name].label for kind, name in EVERY}
    assert not {
        key for key, label in labels.items() if label == key[1] or not any(ord(each) > 0x3000 for each in label)
    }


@given(
    st.sampled_from(list(RecordKind)),
    st.dictionaries(st.sampled_from(sorted({name for _, name in EVERY} | {"forgotten"})), st.integers(0, 9)),
    st.sampled_from(list(Disclosure)),
)
def test_a_higher_level_shows_all_that_a_lower_one_does(
    kind: RecordKind, fields: dict[str, Any], level: Disclosure
) -> None:
    shown = disclosed(kind, fields, level)
    assert shown.items() <= disclosed(kind, fields, Disclosure.OWNER).items() == fields.items()
    words = words_of(kind)
    for name in shown:
        assert level is Disclosure.OWNER or level.covers(words[name].disclosure)
    if level is Disclosure.NDA:
        assert disclosed(kind, fields, Disclosure.GROUP).items() <= shown.items()


def test_what_a_schema_does_not_know_any_more_is_the_owners_alone() -> None:
    assert disclosed(RecordKind.SITE, {"dropped": "値"}, Disclosure.NDA) == {}
    assert disclosed(RecordKind.SITE, {"dropped": "値"}, Disclosure.OWNER) == {"dropped": "値"}


def test_the_group_sees_of_equipment_only_what_can_be_lent() -> None:
    assert disclosed(RecordKind.EQUIPMENT, {"kind": "pc", "quantity": 9}, Disclosure.GROUP) == {}
    lent = {"kind": "pc", "quantity": 9, "lendable_quantity": 2}
    assert disclosed(RecordKind.EQUIPMENT, lent, Disclosure.GROUP) == {"kind": "pc", "lendable_quantity": 2}
    assert kinds_with(Disclosure.GROUP) == [RecordKind.EQUIPMENT]
    assert kinds_with(Disclosure.NDA) == list(RecordKind)


def test_records_are_found_by_vendor_package_and_data_centre() -> None:
    fields = {"name": "住記", "vendor": "架空", "package": "住記V7", "data_centre": "北陸"}
    assert [each for _, each in facets(RecordKind.SYSTEM, fields)] == ["架空", "住記V7", "北陸"]
    assert [each for _, each in facets(RecordKind.VENDOR, {"name": "架空"})] == ["架空"]
    assert not list(facets(RecordKind.SITE, {"name": "本庁舎"}))


def test_the_kinds_say_how_each_field_is_filled_in() -> None:
    shown = {each.kind: {field.name: field for field in each.fields} for each in record_kinds().items}
    system = shown[RecordKind.SYSTEM]
    types = {
        name: system[name].type
        for name in ("name", "hosting", "restore_tested_on", "export_formats", "backup_places", "backup_way_out")
    }
    assert types == {
        "name": "text",
        "hosting": "choice",
        "restore_tested_on": "day",
        "export_formats": "list",
        "backup_places": "number",
        "backup_way_out": "text",
    }
    assert next((each.value, each.label) for each in system["zone"].choices) == (
        "my_number",
        "マイナンバー利用事務系",
    )
    assert shown[RecordKind.SITE]["is_hall_isolated"].type == "flag"
    assert [name for name, field in system.items() if field.is_required] == ["name"]


def test_a_schema_keeps_days_as_days() -> None:
    fields = SystemFields.model_validate_json('{"name": "住記", "restore_tested_on": "2026-02-10"}')
    assert fields.restore_tested_on == date(2026, 2, 10)
    assert EquipmentFields.model_validate_json('{"name": "棚"}').lendable_quantity is None
