import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements import directory
from aid.ranking.geography import EARTH_RADIUS_KM, Position, distance_km, nearest_within, travel_minutes

anywhere = st.builds(Position, st.floats(-90, 90), st.floats(-180, 180))
in_japan = st.builds(Position, st.floats(30, 40), st.floats(130, 140))


@pytest.mark.parametrize("place", [(90.1, 0), (-91, 0), (0, 180.5), (math.nan, 0), (0, math.inf)])
def test_position_outside_the_globe_is_refused(place: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="no such position"):
        Position(*place)


def test_known_distances() -> None:
    assert distance_km(Position(35.6895, 139.6917), Position(34.6937, 135.5022)) == pytest.approx(396, abs=1)
    assert distance_km(Position(0, 0), Position(0, 1)) == pytest.approx(111.195, abs=0.001)
    assert distance_km(Position(0, -90), Position(0, 90)) == pytest.approx(math.pi * EARTH_RADIUS_KM)


@given(anywhere, anywhere)
def test_distance_is_symmetric_and_bounded(a: Position, b: Position) -> None:
    assert 0 <= distance_km(a, b) <= math.pi * EARTH_RADIUS_KM + 1e-6
    assert distance_km(a, b) == pytest.approx(distance_km(b, a), abs=1e-6)


@given(anywhere, st.lists(anywhere, max_size=5), st.sampled_from([0.5, 30, 300, 3_000, 12_000]))
@pytest.mark.parametrize("shift", [0.0, 0.2])
def test_nearest_within_agrees_with_measuring_all(
    shift: float, centre: Position, others: list[Position], limit: float
) -> None:
    if shift and centre.latitude < 80:
        others = [*others, Position(centre.latitude + shift, centre.longitude)]
    near = [d for d in (distance_km(centre, other) for other in others) if d <= limit]
    assert nearest_within(centre, others, limit) == min(near, default=None)


@given(in_japan, st.floats(0, 360), st.floats(0, 29.9))
def test_nothing_within_the_circle_is_missed(centre: Position, bearing: float, kilometres: float) -> None:
    angle, turn = kilometres / EARTH_RADIUS_KM, math.radians(bearing)
    south = math.radians(centre.latitude)
    north = math.asin(math.sin(south) * math.cos(angle) + math.cos(south) * math.sin(angle) * math.cos(turn))
    east = math.atan2(
        math.sin(turn) * math.sin(angle) * math.cos(south),
        math.cos(angle) - math.sin(south) * math.sin(north),
    )
    other = Position(math.degrees(north), centre.longitude + math.degrees(east))
    assert nearest_within(centre, [other], 30) == pytest.approx(kilometres, abs=1e-6)


def test_nearest_across_the_date_line() -> None:
    assert nearest_within(Position(0, 179.95), [Position(0, -179.95)], 30) == pytest.approx(11.12, abs=0.01)


@pytest.mark.parametrize(("kilometres", "minutes"), [(0, 0), (10, 15), (100, 145), (401, 481)])
def test_travel_is_fifty_for_the_first_hundred_road_kilometres_then_seventy(kilometres: int, minutes: int) -> None:
    road = kilometres * 1.3
    assert travel_minutes(kilometres) == minutes
    assert minutes == pytest.approx((min(road, 100) / 50 + max(road - 100, 0) / 70) * 60, abs=2)


@given(st.integers(0, 20_000))
def test_further_never_takes_less(kilometres: int) -> None:
    assert travel_minutes(kilometres) < travel_minutes(kilometres + 2)


@pytest.mark.deep
def test_no_two_municipalities_lie_so_that_the_last_bit_decides_about_a_kilometre() -> None:
    places = [Position(each.latitude, each.longitude) for each in directory.municipalities()]
    assert len(places) == 1_741
    # Rounding turns at halves, limits at whole kilometres; a double errs by less than a millionth of a metre here
    halves = (2 * distance_km(a, b) for a, b in combinations(places, 2))
    assert min(abs(each - round(each)) for each in halves) > 1e-7
