"""What hit members are expected to ask for, and how that fades."""

from itertools import pairwise

import pytest

from aid.allocation.problem import Way
from aid.plans import forecast
from inventory import catalogue


def ways(_member: str, kind: str, _priority: int) -> list[Way]:
    return [] if kind == "web_page" else [Way(f"142051|{kind}", 10)]


def test_the_expected_units_do_not_depend_on_how_many_stand_for_all() -> None:
    totals = []
    for count in (1, 6, 7, 60):
        hit = [f"{number:06d}" for number in range(count)]
        found = forecast.expected(hit, ways)
        assert len({each.key for each in found}) == len(found)
        assert len(forecast.standing_for(hit)) <= forecast.STAND_INS
        totals.append(sum(each.expected for each in found) / count)
    assert totals == pytest.approx([totals[0]] * 4)
    assert not {each.key for each in forecast.expected(["000000"], ways) if "web_page" in each.key}
    assert forecast.expected([], ways) == []


def test_the_expected_fades_to_nothing_within_the_rush() -> None:
    shares = [forecast.still_to_come(hours / 2) for hours in range(14)]
    assert shares[0] == 1.0
    assert all(later <= earlier for earlier, later in pairwise(shares))
    assert shares[12:] == [0.0, 0.0]
    whole = forecast.expected(["000000"], ways)
    assert sum(each.expected for each in forecast.at(0, whole)) > sum(each.expected for each in forecast.at(2, whole))
    assert forecast.at(6, whole) == []


def test_what_one_hit_member_is_expected_to_ask_for() -> None:
    """Of five requests 14 % are for forty PCs, 15 % of them a matter of life: 4.2 PCs; twice that is held back."""
    whole = forecast.expected(["000000"], ways)
    units = {each.key: each.expected for each in whole}
    assert units["forecast|1|pc|000000"] == pytest.approx(8.4)
    assert units["forecast|2|pc|000000"] == pytest.approx(16.8)
    late = forecast.at(4.5, whole)
    assert 0 < len(late) < len(whole), "for next to nothing nothing is held back"
    assert min(each.expected for each in late) >= forecast.LEAST
    assert [forecast.usual_hours(priority) for priority in forecast.URGENT] == [30, 78]


def test_one_usual_request_of_any_kind_weighs_about_the_same() -> None:
    assert set(forecast.SHARES) <= set(forecast.USUAL) <= set(catalogue.KINDS)
    assert sum(forecast.SHARES.values()) == pytest.approx(1)
    assert [forecast.worth(kind) for kind in ("pc", "satphone", "staff_network", "web_page")] == [25, 250, 333, 1000]
    assert all(forecast.worth(kind) > 0 for kind in catalogue.KINDS)
