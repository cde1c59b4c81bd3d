"""要請カード: one-time codes of a contact and the numbered places of its member, made in peacetime, on paper."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, false, func, select, update
from sqlalchemy.orm import Session

from agreements import queries as agreements
from agreements.models import Contact, Person
from aid.asking import codes, trust
from aid.asking.errors import CardHolderNotFound
from aid.asking.models import RequestCode, RequestPlace
from aid.asking.schemas import CardsView, CardView, IssuedCardView, PlacesDraft, PlaceView, WordView
from aid.asking.vocabulary import LETTERS
from foundation import audit, clock
from foundation.actor import Actor
from foundation.database.statements import insert_or_skip, insert_rows
from foundation.ids import new_id
from inventory.catalogue import KINDS

CODES = 12
"""Codes of a card: a line each, and more requests than a member made in the first three days of 2011."""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Limit cards to those of the actor's own people: not even the coordinator sees another member's."""
    return Person.member_id == actor.member if actor.member else false()


def cards(session: Session, actor: Actor) -> CardsView:
    """Return the own contacts with what is left of their cards, and the places."""
    assert actor.member is not None
    people = _contacts(session, actor)
    left = trust.codes_left(session, [each.id for each in people])
    issued = _issued(session, actor.member)
    return CardsView(
        municipality=actor.municipality,
        member=actor.member,
        items=[
            CardView(person=each.id, name=each.name, left=left.get(each.id, 0), issued_at=issued.get(each.id))
            for each in people
        ],
        places=_places(session, actor.member),
    )


def issue(session: Session, actor: Actor, person: str) -> IssuedCardView:
    """Make a person's card; the codes of the former one are void. Raises CardHolderNotFound."""
    assert actor.member is not None
    holder = next((each for each in _contacts(session, actor) if each.id == person), None)
    if holder is None:
        raise CardHolderNotFound
    now = clock.now(session)
    session.execute(
        update(RequestCode)
        .where(RequestCode.person_id == person, RequestCode.used_at.is_(None), RequestCode.voided_at.is_(None))
        .values(voided_at=now)
    )
    made = _made(session, actor.member, person)
    audit.record(session, actor, "aid.request_card_issued", f"person:{person}", chain=actor.member, codes=len(made))
    _, name = agreements.name_of_members(session, [actor.member])[actor.member]
    places = _places(session, actor.member)
    return IssuedCardView(
        person=person,
        name=holder.name,
        municipality=actor.municipality,
        member_name=name,
        issued_at=now,
        codes=made,
        places=places,
        letters=[WordView(letters=letters, name_ja=KINDS[kind].name_ja) for letters, kind in LETTERS.items()],
        example=f"OUEN {actor.municipality or ''} G2 T0{' L1' if places else ''} {made[0]}".replace("  ", " "),
    )


def keep_places(session: Session, actor: Actor, draft: PlacesDraft) -> CardsView:
    """Replace the member's places by these."""
    assert actor.member is not None
    session.execute(delete(RequestPlace).where(RequestPlace.member_id == actor.member))
    rows = [{"member_id": actor.member, "number": each.number, "name": each.name} for each in draft.items]
    if rows:
        insert_rows(session, RequestPlace, *rows)
    audit.record(session, actor, "aid.request_places_kept", f"member:{actor.member}", places=len(rows))
    return cards(session, actor)


def _issued(session: Session, member: str) -> dict[str, datetime]:
    latest = select(RequestCode.person_id, func.max(RequestCode.issued_at)).where(RequestCode.member_id == member)
    rows = session.execute(latest.group_by(RequestCode.person_id))
    return {person: at for person, at in rows}  # noqa: C416 — rows are no pairs to a type checker


def _made(session: Session, member: str, person: str) -> list[str]:
    """Write new codes; one that the member has had before is drawn again."""
    made: list[str] = []
    while len(made) < CODES:
        code = codes.make()
        row = {
            "id": new_id(),
            "member_id": member,
            "person_id": person,
            "digest": trust.code_digest(session, member, code),
            "issued_at": clock.now(session),
        }
        if insert_or_skip(session, RequestCode, row):
            made.append(code)
    return made


def _contacts(session: Session, actor: Actor) -> Sequence[Person]:
    designated = select(Contact.person_id).where(Contact.member_id == actor.member, Contact.person_id.is_not(None))
    statement = select(Person).where(visible_to(actor), Person.is_active, Person.id.in_(designated))
    return session.scalars(statement.order_by(Person.id)).all()


def _places(session: Session, member: str) -> list[PlaceView]:
    rows = session.scalars(select(RequestPlace).where(RequestPlace.member_id == member).order_by(RequestPlace.number))
    return [PlaceView(number=each.number, name=each.name) for each in rows]
