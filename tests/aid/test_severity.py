import pytest

from aid.severity import IncidentKind, Severity, severities_for


def test_values_are_those_of_the_contract() -> None:
    assert [severity.value for severity in Severity] == ["4", "5-", "5+", "6-", "6+", "7", "light", "heavy"]
    assert [kind.value for kind in IncidentKind] == [
        "earthquake",
        "tsunami",
        "flood",
        "storm",
        "nuclear",
        "cyber",
        "other",
    ]


def test_labels_are_japanese() -> None:
    assert Severity("6+").label == "震度6強"
    assert IncidentKind("cyber").label == "サイバー攻撃"
    assert all(severity.label and severity.label_en.isascii() for severity in Severity)


def test_hit_and_shaken() -> None:
    assert [s.value for s in Severity if s.is_hit] == ["6-", "6+", "7", "heavy"]
    assert [s.value for s in Severity if s.is_shaken] == ["5-", "5+"]


@pytest.mark.parametrize(
    ("severity", "other", "expected"),
    [
        ("6-", "6-", True),
        ("5+", "6-", False),
        ("7", "4", True),
        ("heavy", "light", True),
        ("light", "heavy", False),
        ("heavy", "4", False),
        ("7", "light", False),
    ],
)
def test_order_holds_within_one_scale_only(severity: str, other: str, expected: bool) -> None:
    assert Severity(severity).is_at_least(Severity(other)) is expected


def test_only_earthquakes_are_told_by_intensity() -> None:
    assert len(severities_for(IncidentKind.EARTHQUAKE)) == 6
    assert Severity.SEVEN.is_valid_for(IncidentKind.EARTHQUAKE)
    assert not Severity.HEAVY.is_valid_for(IncidentKind.EARTHQUAKE)
    for kind in set(IncidentKind) - {IncidentKind.EARTHQUAKE}:
        assert severities_for(kind) == (Severity.LIGHT, Severity.HEAVY)
