import pytest

from aid.missions import MISSIONS, Mission, find
from inventory import catalogue


@pytest.mark.parametrize("mission", MISSIONS.values(), ids=MISSIONS.keys())
def test_mission_suggests_lines_that_the_catalogue_knows(mission: Mission) -> None:
    assert mission.lines
    kinds = [line.kind for line in mission.lines]
    assert all(catalogue.find(kind) for kind in kinds)
    assert len(set(kinds)) == len(kinds)
    assert all(line.quantity > 0 for line in mission.lines)
    assert not mission.name_ja.isascii()
    assert mission.name_en.isascii()


def test_certificates_need_people_and_kit() -> None:
    mission = find("certificates")
    assert mission is not None
    quantities = {line.kind: line.quantity for line in mission.lines}
    assert quantities["staff_certificates"] == 2
    assert {"pc", "printer", "scanner"} <= quantities.keys()


def test_unknown_mission_is_not_found() -> None:
    assert find("picnic") is None
