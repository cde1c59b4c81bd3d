import pickle
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements import directory
from aid.ranking.geography import Position, travel_minutes
from aid.ranking.islands import NO_SEA, Island, Main, Travel, crossing, island_of
from aid.ranking.places import place

TOME, SAPPORO, NAHA, ISHIGAKI, SADO, TAKAMATSU, FUKUOKA = (
    "042129",
    "011002",
    "472018",
    "472077",
    "152242",
    "372013",
    "401307",
)
CODES = [each.code for each in directory.municipalities()]
islands = st.sampled_from(CODES).map(island_of)


@pytest.mark.parametrize(
    ("code", "key", "main"),
    [
        (TOME, "honshu", Main.HONSHU),
        (SAPPORO, "hokkaido", Main.HOKKAIDO),
        (ISHIGAKI, "ishigaki", Main.OKINAWA),
        (SADO, "sado", Main.HONSHU),
        (TAKAMATSU, "shikoku", Main.SHIKOKU),
        (FUKUOKA, "kyushu", Main.KYUSHU),
    ],
)
def test_each_place_lies_on_its_island(code: str, key: str, main: Main) -> None:
    assert island_of(code) == Island(key, main)


def test_nothing_is_crossed_on_one_island_or_where_none_is_known() -> None:
    assert crossing(island_of("462225"), island_of("465259")) == NO_SEA  # both on 奄美大島
    assert crossing(None, island_of(SADO)) == NO_SEA


def test_goods_take_the_ship_and_people_what_is_faster() -> None:
    to_okinawa = crossing(island_of(TOME), island_of(NAHA))
    assert to_okinawa.minutes(Travel.GOODS) == 1_500
    assert to_okinawa.minutes(Travel.PEOPLE) == 240
    assert to_okinawa.minutes(Travel.REMOTE) == 0
    further = crossing(island_of(TOME), island_of(ISHIGAKI))
    assert further.minutes(Travel.GOODS) > to_okinawa.minutes(Travel.GOODS)
    assert further.sea_km > to_okinawa.sea_km


@given(islands, islands, st.sampled_from(Travel))
def test_the_way_back_is_the_way_there(a: Island, b: Island, travel: Travel) -> None:
    assert crossing(a, b) == crossing(b, a)
    assert crossing(a, b).minutes(travel) >= 0
    assert crossing(a, b).minutes(Travel.PEOPLE) <= crossing(a, b).minutes(Travel.GOODS)


def test_every_main_island_is_a_way_from_every_other() -> None:
    for a, b in product(Main, Main):
        minutes = crossing(Island(a.value, a), Island(b.value, b)).minutes(Travel.GOODS)
        assert (minutes > 0) is (a is not b)


def test_who_has_moved_is_on_the_island_where_it_works_now() -> None:
    office, moved = directory.find(SADO), directory.find(TOME)
    assert office is not None
    assert moved is not None
    assert place(SADO, office.latitude, office.longitude) == Position(
        office.latitude, office.longitude, island_of(SADO)
    )
    seat = place(SADO, moved.latitude, moved.longitude)
    assert seat is not None
    assert seat.island == island_of(TOME)
    company = place(None, 43.06, 141.35)
    assert company is not None
    assert company.island == island_of(SAPPORO)
    assert place(None, None, None) is None
    assert place(SADO, 38.0, None) is None


@given(st.integers(0, 3_000))
def test_people_are_never_slower_than_goods(kilometres: int) -> None:
    assert travel_minutes(kilometres, Travel.PEOPLE) <= travel_minutes(kilometres, Travel.GOODS)
    assert travel_minutes(kilometres, Travel.PEOPLE) <= travel_minutes(kilometres + 1, Travel.PEOPLE)
    assert travel_minutes(kilometres, Travel.REMOTE) == 0


def test_an_island_stays_one_object_in_a_process_that_it_is_sent_to() -> None:
    for code in ("131016", "152242"):
        assert pickle.loads(pickle.dumps(island_of(code))) is island_of(code)
