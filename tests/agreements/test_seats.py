import pytest
from sqlalchemy.orm import Session

from agreements import actions, directory, queries
from agreements.errors import MemberNotFound
from agreements.schemas import Seat
from foundation import clock
from foundation.database import Database
from foundation.problems import Forbidden, Invalid, Stale
from tests.agreements.factories import FUJISAWA, TAMA, TOME, contact, found_group, group_in_force

KAZO = "112101"
"""加須市: where 双葉町 worked after its third move."""


def position(session: Session, group: str, code: str) -> tuple[float | None, float | None]:
    found = next(each for each in queries.bound_members(session, group) if each.municipality == code)
    return found.latitude, found.longitude


def office(code: str) -> tuple[float, float]:
    place = directory.find(code)
    assert place is not None
    return place.latitude, place.longitude


async def test_distance_is_measured_from_the_current_seat(database: Database) -> None:
    def story(session: Session) -> None:
        group, ids, actors = group_in_force(session)
        assert position(session, group, TOME) == office(TOME)
        before = queries.seat_of(session, actors[TAMA], TOME)
        assert (before.name, before.municipality, before.is_moved) == ("登米市", TOME, False)
        seat = Seat(name="旧騎西高校", municipality=KAZO)
        moved = actions.change_seat(session, actors[TOME], TOME, seat, before.version)
        assert (moved.member, moved.municipality, moved.since) == (ids[TOME], KAZO, clock.now(session))
        assert (moved.latitude, moved.longitude) == office(KAZO) == position(session, group, TOME)
        exact = actions.change_seat(
            session, actors[TOME], TOME, Seat(name="迫体育館", latitude=38.69, longitude=141.19)
        )
        assert (exact.municipality, exact.is_moved) == (None, True)
        assert position(session, group, TOME) == (38.69, 141.19)
        with pytest.raises(Stale):
            actions.change_seat(session, actors[TOME], TOME, seat, before.version)

    await database.write(story)


async def test_a_seat_is_said_by_its_member_or_the_coordinator(database: Database) -> None:
    def story(session: Session) -> None:
        _, _, actors = group_in_force(session)
        seat = Seat(name="避難先", municipality=KAZO)
        with pytest.raises(Forbidden):
            actions.change_seat(session, actors[TAMA], TOME, seat)
        assert actions.change_seat(session, actors[FUJISAWA], TOME, seat).name == "避難先"
        other = found_group(session, coordinator="172031")
        assert other.coordinator_member is not None
        outsider = contact(session, other.id, other.coordinator_member, "x@komatsu.example")
        with pytest.raises(MemberNotFound):
            actions.change_seat(session, outsider, TOME, seat)

    await database.write(story)


async def test_half_a_position_and_unknown_codes_are_refused(database: Database) -> None:
    def story(session: Session) -> None:
        _, _, actors = group_in_force(session)
        for seat, pointer in (
            (Seat(name="某所", latitude=38.0), "/longitude"),
            (Seat(name="某所", longitude=141.0), "/latitude"),
            (Seat(name="某所", municipality="112102"), "/municipality"),
        ):
            with pytest.raises(Invalid) as refused:
                actions.change_seat(session, actors[TOME], TOME, seat)
            assert refused.value.errors[0].pointer == pointer

    await database.write(story)
