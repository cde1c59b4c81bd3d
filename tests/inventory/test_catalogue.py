import pytest

from inventory.catalogue import KINDS, Category, Kind, find

PROMISED = [
    "pc",
    "notebook",
    "tablet",
    "printer",
    "scanner",
    "mfp",
    "server",
    "ups",
    "generator",
    "switch",
    "wifi",
    "cabling",
    "satphone",
    "satellite_internet",
    "radio",
    "sim_router",
    "phone",
    "hosting",
    "web_page",
    "relocation_room",
    "backup_custody",
    "data_restore",
    "neighbour_office",
    "substitute_counter",
    "staff_kitting",
    "staff_helpdesk",
    "staff_accounts",
    "staff_network",
    "staff_resident_data",
    "staff_safety_enquiry",
    "staff_certificates",
    "staff_victim_support",
    "staff_call_centre",
    "staff_security",
    "remote_help",
]


def test_every_promised_key_is_there() -> None:
    assert set(PROMISED) <= KINDS.keys()


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_kind_is_fit_to_be_shown(kind: Kind) -> None:
    assert KINDS[kind.key] is kind
    assert 0 < len(kind.short_ja) <= 6
    assert kind.name_en.isascii()
    assert kind.unit


def test_short_names_tell_kinds_apart() -> None:
    assert len({kind.short_ja for kind in KINDS.values()}) == len(KINDS)
    assert len({kind.name_ja for kind in KINDS.values()}) == len(KINDS)


def test_equipment_has_to_travel_and_people_are_counted_as_people() -> None:
    for kind in KINDS.values():
        if kind.category is Category.EQUIPMENT:
            assert not kind.is_remote_possible
        assert (kind.unit == "人") == (kind.category is Category.PEOPLE)


def test_find() -> None:
    assert find("pc") is KINDS["pc"]
    assert find("tank") is None


def test_categories_have_labels() -> None:
    assert [category.label for category in Category] == ["機器", "職員", "サービス"]
