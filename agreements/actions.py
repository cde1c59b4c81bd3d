"""Members as bodies of their own: entering them once, and where they work now."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements import authority, queries
from agreements.directory import Municipality
from agreements.models import Member, MemberKind
from agreements.places import municipality_named
from agreements.schemas import Seat, SeatView
from foundation import audit, clock
from foundation.actor import Actor
from foundation.calls import check_version
from foundation.database.statements import insert_or_skip
from foundation.ids import new_id
from foundation.problems import FieldError, Invalid


def member_at(session: Session, place: Municipality) -> Member:
    """Return the one member of a municipality or prefecture, entering it where it is new."""
    kind = MemberKind.PREFECTURE if place.is_prefecture else MemberKind.MEMBER
    statement = select(Member).where(Member.municipality == place.code)
    if (known := session.scalar(statement)) is not None:
        return known
    row = {
        "id": new_id(),
        "kind": kind.value,
        "municipality": place.code,
        "name": place.name,
        "created_at": clock.now(session),
        "version": 1,
    }
    insert_or_skip(session, Member, row)
    return session.scalars(statement).one()


def locked(session: Session, member: str) -> Member:
    """Return a member's row as it is now, kept from others until the commit."""
    return session.get_one(Member, member, with_for_update=True, populate_existing=True)


def move_seat(session: Session, actor: Actor, member_id: str, seat: Seat) -> SeatView:
    """Say where a member works from now on. Whoever calls has judged that the actor may say so."""
    member = locked(session, member_id)
    _set_seat(session, member, seat)
    audit.record(session, actor, "agreements.seat_moved", f"member:{member.id}", chain=member.id)
    session.flush()
    return queries.seat_view(member)


def change_seat(session: Session, actor: Actor, ref: str, seat: Seat, if_match: int | None = None) -> SeatView:
    """Move the seat of a member that the actor tends."""
    member = locked(session, queries.member_of(session, actor, ref).id)
    authority.require_tending(session, actor, member.id)
    check_version(member.version, if_match)
    return move_seat(session, actor, member.id, seat)


def _set_seat(session: Session, member: Member, seat: Seat) -> None:
    if (seat.latitude is None) != (seat.longitude is None):
        missing = "/latitude" if seat.latitude is None else "/longitude"
        raise Invalid(
            FieldError(missing, "missing", "緯度と経度は両方入力してください。", "Give both latitude and longitude.")
        )
    place = municipality_named(seat.municipality) if seat.municipality else None
    office = place if seat.latitude is None else None
    member.seat_name = seat.name
    member.seat_municipality = place.code if place else None
    member.seat_latitude = office.latitude if office else seat.latitude
    member.seat_longitude = office.longitude if office else seat.longitude
    member.seat_since = clock.now(session)
    member.version += 1
